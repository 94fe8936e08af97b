"""What a PromQL expression asks for: its metrics with their labels, and its functions."""

from collections.abc import Iterator
from typing import Any

import promql_parser

from agents.metrics import Metrics, new_registry

# What Prometheus 2.42 and 3.x both know under the same name, as far as it is used here.
FUNCTIONS = {
    "absent", "changes", "clamp_max", "clamp_min", "histogram_quantile", "increase", "label_replace",
    "last_over_time", "max_over_time", "rate", "time", "timestamp", "vector",
}  # fmt: skip
# Prometheus itself gives these to what it scrapes.
_TARGET = {"job", "instance"}
# Of every process, and of every target.
_OTHERS = {"up": set(), "process_start_time_seconds": set(), "process_resident_memory_bytes": set(),
           "process_cpu_seconds_total": set(), "process_open_fds": set()}  # fmt: skip


def nodes(expression: str) -> Iterator[Any]:
    """Yield the nodes of an expression's tree.

    Raises
    ------
    ValueError
        When it is no PromQL.
    """
    waiting = [promql_parser.parse(expression)]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [
            getattr(node, name) for name in ("expr", "lhs", "rhs", "vector_selector") if hasattr(node, name)
        ]
        waiting += list(getattr(node, "args", ()))
        if (param := getattr(node, "param", None)) is not None:
            waiting.append(param)


def known_series() -> dict[str, set[str]]:
    """Return every series that a worker publishes, with its labels."""
    known = {name: labels | _TARGET for name, labels in _OTHERS.items()}
    for metric in vars(Metrics(new_registry())).values():
        if not hasattr(metric, "_labelnames"):
            continue
        labels = {*metric._labelnames} | _TARGET
        name = metric._name
        if metric._type == "counter":
            known[f"{name}_total"] = labels
        elif metric._type == "histogram":
            known |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            known[name] = labels
    return known


def faults(expression: str, recorded: set[str] = frozenset()) -> list[str]:
    """Return what is wrong with an expression: unknown metrics, labels, functions.

    Parameters
    ----------
    expression
        PromQL.
    recorded
        Names that recording rules make.
    """
    known, found = known_series(), []
    for node in nodes(expression):
        kind = type(node).__name__
        if kind == "Call" and node.func.name not in FUNCTIONS:
            found.append(
                f"function {node.func.name} is not of both Prometheus 2.42 and 3.x, as far as is known"
            )
        if kind != "VectorSelector" or node.name in recorded:
            continue
        if node.name not in known:
            found.append(f"no such metric: {node.name}")
            continue
        labels = {matcher.name for matcher in node.matchers.matchers}
        found += [f"{node.name} has no label {label}" for label in labels - known[node.name]]
        if "job" not in labels:
            found.append(f"{node.name} of whom? job is not given")
    return found
