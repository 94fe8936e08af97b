"""What a dashboard is made of, without Grafana: rows of panels, each with queries, unit and explanation."""

from __future__ import annotations

from typing import NamedTuple


class Query(NamedTuple):
    """One PromQL expression, and what its series are called."""

    expression: str
    legend: str


class Panel(NamedTuple):
    """One picture. `kind` is ``lines`` or ``number``, `unit` one of Grafana's, `width` of 24."""

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    kind: str = "lines"
    width: int = 8
    thresholds: tuple[float, ...] = ()


class Row(NamedTuple):
    """Panels that belong together."""

    title: str
    panels: tuple[Panel, ...]


class Annotation(NamedTuple):
    """Moments that are marked in all panels: those at which an expression has a value."""

    name: str
    expression: str
    title: str
    color: str


class Dashboard(NamedTuple):
    """One page."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    annotations: tuple[Annotation, ...]
    has_brands: bool = False

    @property
    def panels(self) -> list[Panel]:
        """All panels, in order."""
        return [panel for row in self.rows for panel in row.panels]


def of(metric: str, **labels: str) -> str:
    """Return a selector of siaga's series; a value that begins with ``~`` is a pattern.

    >>> of("siaga_lag_records", topic="posts", partition="~1|2")
    'siaga_lag_records{job="siaga", topic="posts", partition=~"1|2"}'
    """
    chosen = [f'{k}=~"{v[1:]}"' if v.startswith("~") else f'{k}="{v}"' for k, v in labels.items()]
    return f"{metric}{{{', '.join(['job=' + chr(34) + 'siaga' + chr(34), *chosen])}}}"


def rate(metric: str, **labels: str) -> str:
    """Return a rate over what Grafana holds for enough."""
    return f"rate({of(metric, **labels)}[$__rate_interval])"


def increase(by: str, metric: str) -> str:
    """Return by how much a counter has grown within a step, summed by some labels."""
    return f"sum by ({by}) (increase({of(metric)}[$__rate_interval]))"


def quantiles(histogram: str, *at: float) -> tuple[Query, ...]:
    """Return quantiles of a histogram over all workers."""
    buckets = f"sum by (le) ({rate(histogram + '_bucket')})"
    return tuple(Query(f"histogram_quantile({q}, {buckets})", f"{q:.0%}") for q in at)
