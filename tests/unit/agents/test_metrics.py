from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agents.metrics import ALERT_OUTCOMES, Metrics, new_registry, render
from tests.prometheus import promtool

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests/golden/contracts/metrics.txt"


def families():
    """Name, type, text and labels with their known values, from the object itself."""
    metrics = Metrics(new_registry(), reject_reasons=("*",), receivers=("*",))
    found = [m for m in vars(metrics).values() if hasattr(m, "_labelnames")]
    for metric in sorted(found, key=lambda m: m._name):
        children = list(metric._metrics) if metric._labelnames else []
        labels = {}
        for i, label in enumerate(metric._labelnames):
            labels[label] = list(dict.fromkeys(child[i] for child in children))
        suffix = "_total" if metric._type == "counter" else ""
        yield metric._name + suffix, metric._type, metric._documentation, labels


def contract() -> str:
    lines = []
    for name, kind, _, labels in families():
        if name == "siaga_build_info":
            labels = {"version": []}
        shown = ", ".join(f"{k}={'|'.join(v) or '*'}" for k, v in labels.items())
        lines.append(f"{kind:<9} {name}{{{shown}}}" if shown else f"{kind:<9} {name}")
    return "\n".join(lines) + "\n"


def test_names_types_and_labels_are_the_contract():
    """A change breaks dashboards and alert rules: change golden, docs/metrics.md and CHANGELOG together."""
    assert contract() == GOLDEN.read_text()


def test_the_documentation_lists_exactly_these_metrics():
    table = (ROOT / "docs/metrics.md").read_text()
    rows = re.findall(r"^\| `(siaga_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|$", table, flags=re.MULTILINE)
    documented = {name: (kind, labels.strip(), text.strip()) for name, kind, labels, text in rows}
    built = {
        name: (kind, ", ".join(f"`{label}`" for label in labels), text)
        for name, kind, text, labels in families()
    }
    assert documented == built


def page(**kwargs) -> tuple[Metrics, dict]:
    registry = new_registry()
    metrics = Metrics(registry, **kwargs)
    return metrics, {f.name: f for f in text_string_to_metric_families(render(registry).decode())}


def test_known_label_values_start_at_zero():
    _, found = page(receivers=["ops"], reject_reasons=["bad_json"])
    values = {(s.name, tuple(s.labels.values())): s.value for f in found.values() for s in f.samples}
    assert values["siaga_posts_total", ("rejected",)] == 0
    assert values["siaga_posts_rejected_total", ("bad_json",)] == 0
    assert all(values["siaga_alerts_total", (outcome, "ops")] == 0 for outcome in ALERT_OUTCOMES)
    assert values["siaga_stage_seconds_count", ("score",)] == 0


def test_every_name_has_the_prefix_and_no_created_series():
    _, found = page()
    own = [name for name in found if not name.startswith(("process_", "siaga_"))]
    assert own == []
    assert not [s.name for f in found.values() for s in f.samples if s.name.endswith("_created")]


@pytest.mark.prometheus
def test_promtool_finds_nothing_to_say():
    registry = new_registry()
    Metrics(registry, receivers=["ops"], brands=["kunang"])
    checked = promtool("check", "metrics", stdin=render(registry))
    assert (checked.returncode, checked.stdout.decode()) == (0, "")


def test_a_histogram_takes_many_values_as_it_takes_them_one_by_one():
    values = [0.0, 0.1, 0.10001, 2, 2, 59.9, 1e9, 30]
    one, many = Metrics(new_registry()), Metrics(new_registry())
    for value in values:
        one.scoring_latency.observe(value)
    many.scoring_latency.observe_all(values[:3])
    many.scoring_latency.observe_all(values[3:])
    many.scoring_latency.observe_all([])
    assert [s.value for s in next(iter(many.scoring_latency.collect())).samples] == pytest.approx(
        [s.value for s in next(iter(one.scoring_latency.collect())).samples]
    )


def test_clocks_that_differ_make_no_negative_latency():
    metrics = Metrics(new_registry())
    metrics.intake_latency.observe_all([-5.0, 1.0])
    found = {
        s.name + s.labels.get("le", ""): s.value for f in metrics.intake_latency.collect() for s in f.samples
    }
    assert found["siaga_intake_latency_seconds_sum"] == 1.0
    assert found["siaga_intake_latency_seconds_bucket0.5"] == 1


def test_two_registries_do_not_share_numbers():
    first, _ = page()
    first.posts.labels(outcome="matched").inc(7)
    _, found = page()
    assert all(s.value == 0 for s in found["siaga_posts"].samples)


def test_an_unknown_label_is_refused():
    metrics, _ = page()
    with pytest.raises(ValueError, match="label"):
        metrics.posts.labels(brand="x")
