"""What Prometheus has for a dashboard as it is shipped: every query of every panel, over a time."""

from __future__ import annotations

import json
import math
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from msgspec import Struct

FOLDER = Path(__file__).parents[2] / "config/grafana/dashboards"
Points = list[tuple[float, float]]


class Span(Struct, frozen=True):
    """A time, in seconds since 1970, and the step and the window of rates within it, in seconds."""

    start: float
    end: float
    step: float = 1.0
    rate: float = 30.0


class Curve(Struct, frozen=True):
    """One series of a query: what the legend calls it, and its points; without NaN and infinity."""

    name: str
    points: Points


def boards() -> list[dict[str, Any]]:
    """Return the dashboards of `config/grafana/dashboards`."""
    return [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels of a dashboard that ask something."""
    return [panel for panel in board["panels"] if panel.get("targets")]


def ask(url: str, expression: str, legend: str, span: Span, brand: str = ".+") -> list[Curve]:
    """Return what a query gives, with Grafana's variables in their places.

    Parameters
    ----------
    url
        Of Prometheus.
    expression
        PromQL as it stands in the dashboard.
    legend
        How its series are called, with ``{{label}}``.
    span
        From when to when.
    brand
        What ``$brand`` stands for: a pattern.

    Raises
    ------
    ValueError
        With what Prometheus said, when it refuses, and when it does not answer.
    """
    plain = expression.replace("$__rate_interval", f"{span.rate:g}s").replace("$brand", brand)
    words = urllib.parse.urlencode(
        {"query": plain, "start": span.start, "end": span.end, "step": f"{span.step:g}"}
    )
    try:
        with urllib.request.urlopen(f"{url}/api/v1/query_range?{words}", timeout=30) as answer:
            found = json.load(answer)["data"]["result"]
    except urllib.error.HTTPError as error:
        said = error.read().decode()[:500]
        raise ValueError(f"Prometheus refuses a query: got {plain!r}; it says {said}") from None
    except urllib.error.URLError as error:
        reason = f"got {url} ({error.reason}); expected the address of a Prometheus"
        raise ValueError(f"nobody answers: {reason}; start it, or leave --url out") from None
    curves = [Curve(_name(legend, one["metric"]), _finite(one["values"])) for one in found]
    return [curve for curve in curves if curve.points]


def _name(legend: str, labels: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda m: labels.get(m[1], ""), legend).strip() or "all"


def _finite(values: list[list[Any]]) -> Points:
    return [(at, value) for at, text in values if math.isfinite(value := float(text))]
