"""A dashboard as SVG: its panels in their places, with what Prometheus says; for the documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from msgspec import Struct

from bench.dashboards.chart import Axes, Box, levels_of, ticks_of, written
from bench.dashboards.data import Curve, Points, Span, ask, panels

_COLUMN, _ROW, _GAP, _MARGIN, _TOP = 50, 25, 6, 10, 52
_COLORS = ("#3a8f4d", "#d99a00", "#3b7dd8", "#d4603a", "#8a5cc2", "#158f98", "#b8518f", "#7a7f87")
# Where a name says what it is, its color does.
_NAMED = {
    "negative": "#d23f3f", "positive": "#3a8f4d", "neutral": "#8c96a3", "critical": "#b3202c",
    "high": "#d4603a", "medium": "#d99a00", "info": "#3b7dd8", "opened": "#d23f3f", "resolved": "#3a8f4d",
    "rejected": "#d23f3f", "accepted": "#3a8f4d", "late": "#d99a00", "counted": "#3a8f4d",
}  # fmt: skip
_STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#5b6470}.h{font-size:17px;font-weight:600;fill:#1f2630}"
    ".r{font-size:13px;font-weight:600;fill:#1f2630}.t{font-size:12px;font-weight:600;fill:#1f2630}"
    ".n{font-size:30px;font-weight:600}.bg{fill:#f2f4f7}.card{fill:#fff;stroke:#dfe3e8}"
    ".g{stroke:#e6e9ee;fill:none}.l{fill:none;stroke-width:1.6;stroke-linejoin:round}"
    ".m{fill:none;stroke-dasharray:3 3;opacity:.8}.ok{fill:#2e8b57}.bad{fill:#d23f3f}"
    "@media(prefers-color-scheme:dark){text{fill:#9aa4b2}.h,.r,.t{fill:#e6e9ee}.bg{fill:#111418}"
    ".card{fill:#1a1e24;stroke:#2a3038}.g{stroke:#2a3038}}"
)


class Shown(Struct, frozen=True):
    """What a dashboard shows: the curves of each panel by its id, and marked moments with their color."""

    span: Span
    curves: dict[int, list[Curve]]
    marks: list[tuple[float, str]]


def look(url: str, board: dict[str, Any], span: Span, brand: str = ".+") -> Shown:
    """Ask Prometheus for all that a dashboard shows."""
    curves = {
        panel["id"]: [
            curve
            for target in panel["targets"]
            for curve in ask(url, target["expr"], target["legendFormat"], span, brand)
        ]
        for panel in panels(board)
    }
    marks = [
        (at, mark["iconColor"])
        for mark in board["annotations"]["list"]
        for curve in ask(url, mark["expr"], "", span, brand)
        for at in _beginnings(curve.points, span.step)
    ]
    return Shown(span, curves, marks)


def draw(board: dict[str, Any], shown: Shown) -> str:
    """Return a dashboard as a whole SVG file."""
    width = 24 * _COLUMN + 2 * _MARGIN
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    height = _TOP + bottom * _ROW + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(board['title'])}</title><style>{_STYLE}</style>",
        f'<rect class="bg" width="{width}" height="{height}"/>',
        f'<text class="h" x="{_MARGIN + 4}" y="24">{escape(board["title"])}</text>',
        f'<text x="{_MARGIN + 4}" y="42">{escape(board["description"])}</text>',
    ]
    for panel in board["panels"]:
        box = _box(panel["gridPos"])
        if panel["type"] == "row":
            parts.append(
                f'<text class="r" x="{box.x + 2}" y="{box.y + 15}">▾ {escape(panel["title"])}</text>'
            )
            continue
        parts += _card(panel, box)
        kind = _number if panel["type"] == "stat" else _lines
        parts += kind(panel, box, shown)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _box(at: dict[str, int]) -> Box:
    return Box(
        _MARGIN + at["x"] * _COLUMN + _GAP / 2,
        _TOP + at["y"] * _ROW,
        at["w"] * _COLUMN - _GAP,
        at["h"] * _ROW - _GAP,
    )


def _card(panel: dict[str, Any], box: Box) -> Iterator[str]:
    yield f"<g><title>{escape(panel['description'])}</title>"
    place = f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"'
    yield f'<rect class="card" {place} rx="4"/>'
    yield f'<text class="t" x="{box.x + 10:g}" y="{box.y + 18:g}">{escape(panel["title"])}</text>'


def _number(panel: dict[str, Any], box: Box, shown: Shown) -> Iterator[str]:
    """Draw the newest value of each curve; red from the threshold on."""
    defaults = panel["fieldConfig"]["defaults"]
    limits = [s["value"] for s in defaults["thresholds"]["steps"] if s["value"] is not None]
    curves = shown.curves[panel["id"]]
    for number, curve in enumerate(curves):
        value = curve.points[-1][1]
        middle = box.x + (number + 0.5) * box.width / len(curves)
        kind = "bad" if limits and value >= limits[0] else "ok"
        said = written(value, defaults["unit"])
        yield f'<text class="n {kind}" x="{middle:g}" y="{box.y + 58:g}" text-anchor="middle">{said}</text>'
        yield (f'<text x="{middle:g}" y="{box.y + 80:g}" text-anchor="middle">{escape(curve.name)}</text>')


def _lines(panel: dict[str, Any], box: Box, shown: Shown) -> Iterator[str]:
    unit, curves, span = panel["fieldConfig"]["defaults"]["unit"], shown.curves[panel["id"]], shown.span
    levels = levels_of(curves, unit)
    plot = Box(box.x + 54, box.y + 30, box.width - 68, box.height - 84)
    axes = Axes(plot, span.start, span.end, levels[0], levels[-1])
    for level in levels:
        y = axes.y(level)
        yield f'<path class="g" d="M{plot.x:g} {y:g}h{plot.width:g}"/>'
        yield f'<text x="{plot.x - 6:g}" y="{y + 4:g}" text-anchor="end">{written(level, unit)}</text>'
    for at, text in ticks_of(span.start, span.end):
        x = axes.x(at)
        yield f'<path class="g" d="M{x:g} {plot.y:g}v{plot.height:g}"/>'
        yield f'<text x="{x:g}" y="{plot.y + plot.height + 15:g}" text-anchor="middle">{text}</text>'
    for at, color in shown.marks:
        yield f'<path class="m" stroke="{color}" d="M{axes.x(at):g} {plot.y:g}v{plot.height:g}"/>'
    colors = _colors(curves)
    for curve, color in zip(curves, colors, strict=True):
        path = _path(curve.points, axes, span.step)
        yield f'<path class="l" stroke="{color}"{_dash(panel, curve.name)} d="{path}"/>'
    yield from _legend(curves, colors, box)


def _colors(curves: Sequence[Curve]) -> list[str]:
    """Return a color for each curve: by its name where that says something, else one not used yet."""
    free = iter(_COLORS * (1 + len(curves) // len(_COLORS)))
    found = []
    for curve in curves:
        named = next((_NAMED[word] for word in curve.name.split() if word in _NAMED), None)
        found.append(named if named and named not in found else next(free))
    return found


def _dash(panel: dict[str, Any], name: str) -> str:
    for override in panel["fieldConfig"]["overrides"]:
        if re.search(override["matcher"]["options"].strip("/"), name):
            dash = " ".join(map(str, override["properties"][0]["value"]["dash"]))
            return f' stroke-dasharray="{dash}"'
    return ""


def _legend(curves: Sequence[Curve], colors: Sequence[str], box: Box) -> Iterator[str]:
    """Name as many curves as two lines have room for: first those that are not zero throughout."""
    named = sorted(
        zip(curves, colors, strict=True), key=lambda one: not any(value for _, value in one[0].points)
    )
    left, end = box.x + 14, box.x + box.width - 10
    x, y = left, box.y + box.height - 24
    for number, (curve, color) in enumerate(named):
        needed = 20 + 6.2 * len(curve.name)
        rest = 50 if number < len(named) - 1 else 0
        if x + needed > end and y < box.y + box.height - 10:
            x, y = left, y + 15
        if y > box.y + box.height - 10 and x + needed > end - rest:
            yield f'<text x="{x:g}" y="{y:g}">+{len(named) - number} more</text>'
            return
        yield f'<path d="M{x:g} {y - 4:g}h10" stroke="{color}" stroke-width="3"/>'
        yield f'<text x="{x + 14:g}" y="{y:g}">{escape(curve.name)}</text>'
        x += needed + 8


def _path(points: Points, axes: Axes, step: float) -> str:
    parts, before = [], None
    for at, value in points:
        pen = "L" if before is not None and at - before <= 1.5 * step else "M"
        parts.append(f"{pen}{axes.x(at):g} {axes.y(value):g}")
        before = at
    return "".join(parts) + ("h1" if len(parts) == 1 else "")


def _beginnings(points: Points, step: float) -> list[float]:
    """Return the times at which something is there that was not there a step before."""
    return [
        at for number, (at, _) in enumerate(points) if number == 0 or at - points[number - 1][0] > 1.5 * step
    ]
