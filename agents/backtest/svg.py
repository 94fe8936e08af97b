"""A plot of counts over time as SVG: what was seen, what was expected, where an alarm begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import sqrt

from msgspec import Struct

from detector.clock import Minute, start_of, to_rfc3339

WIDTH, HEIGHT = 960, 238
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 34, 30
_STEPS_MIN = (5, 15, 30, 60, 180, 360, 720, 1_440, 2_880, 10_080, 20_160, 40_320, 80_640, 161_280, 322_560)
_MOST_TICKS = 9
_LEAST_GAP = 20


class Line(Struct, frozen=True):
    """One curve: its class in the style sheet, its name, and its points by minute; None breaks it."""

    kind: str
    name: str
    points: Sequence[tuple[Minute, float | None]]


class Span(Struct, frozen=True):
    """A time that is marked: an incident (by its severity) or a label (``label``)."""

    kind: str
    begin: Minute
    end: Minute
    name: str


class Plot(Struct, frozen=True, kw_only=True):
    """All of one plot. `band` are the points of what is no alarm, from zero up."""

    id: str
    title: str
    text: str
    first: Minute
    last: Minute
    lines: Sequence[Line]
    band: Sequence[tuple[Minute, float]] = ()
    spans: Sequence[Span] = ()


def draw(plot: Plot) -> str:
    """Return a plot as an SVG element; counts go by their square root, so that quiet days stay readable."""
    scale = _Scale(plot)
    parts = [
        f'<svg role="img" aria-labelledby="{plot.id}-t {plot.id}-d" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f'<title id="{plot.id}-t">{escape(plot.title)}</title>',
        f'<desc id="{plot.id}-d">{escape(plot.text)}</desc>',
        *_grid(scale),
        *(_span(span, scale) for span in plot.spans if span.kind != "label"),
        _area(plot.band, scale),
        *(_curve(line, scale) for line in plot.lines),
        *(_flag(span, scale) for span in plot.spans),
        *_key(plot),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


class _Scale:
    def __init__(self, plot: Plot) -> None:
        self.first, self.last = plot.first, max(plot.last, plot.first + 1)
        seen = [y for line in plot.lines for _, y in line.points if y is not None]
        # A band far above everything seen would press the curves flat.
        most = max(seen, default=1.0)
        self.top = max(most, min(max((y for _, y in plot.band), default=1.0), 2.0 * most + 8.0), 1.0) * 1.08

    def x(self, minute: float) -> float:
        part = (minute - self.first) / (self.last - self.first)
        return round(_LEFT + min(max(part, 0.0), 1.0) * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        part = sqrt(min(max(value, 0.0), self.top) / self.top)
        return round(HEIGHT - _BOTTOM - part * (HEIGHT - _TOP - _BOTTOM), 1)


def _grid(scale: _Scale) -> Iterator[str]:
    right, floor = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    for value in _levels(scale):
        y = scale.y(value)
        yield f'<path class="grid" d="M{_LEFT} {y}H{right}"/>'
        yield f'<text class="axis" x="{_LEFT - 6}" y="{y + 4:g}" text-anchor="end">{value:g}</text>'
    step = next((s for s in _STEPS_MIN if (scale.last - scale.first) / s <= _MOST_TICKS), _STEPS_MIN[-1])
    for minute in range(-(-scale.first // step) * step, scale.last + 1, step):
        x = scale.x(minute)
        yield f'<path class="grid" d="M{x} {_TOP}V{floor}"/>'
        if _LEFT + 30 <= x <= right - 30:
            when = _when(minute, step)
            yield f'<text class="axis" x="{x}" y="{floor + 18}" text-anchor="middle">{when}</text>'


def _when(minute: Minute, step: int) -> str:
    text = to_rfc3339(start_of(minute))
    if step >= 40_320:
        return text[:10]
    if step >= 1_440 or text[11:16] == "00:00":
        return text[5:10]
    return text[11:16]


def _levels(scale: _Scale) -> list[float]:
    """Return round values for the vertical axis, far enough from one another to be read."""
    chosen = [0.0]
    size = 1.0
    while size <= scale.top:
        for value in (size, 2 * size, 5 * size):
            if value <= scale.top and scale.y(chosen[-1]) - scale.y(value) >= _LEAST_GAP:
                chosen.append(value)
        size *= 10
    return chosen


def _area(band: Sequence[tuple[Minute, float]], scale: _Scale) -> str:
    if not band:
        return ""
    floor = scale.y(0)
    steps = [f"M{scale.x(band[0][0])} {floor}"]
    for minute, value in band:
        steps.append(f"L{scale.x(minute)} {scale.y(value)}")
    steps.append(f"L{scale.x(band[-1][0])} {floor}Z")
    return f'<path class="band" d="{"".join(steps)}"/>'


def _curve(line: Line, scale: _Scale) -> str:
    steps = []
    pen = "M"
    for minute, value in line.points:
        if value is None:
            pen = "M"
            continue
        steps.append(f"{pen}{scale.x(minute)} {scale.y(value)}")
        pen = "L"
    return f'<path class="line {line.kind}" d="{"".join(steps)}"/>' if steps else ""


def _span(span: Span, scale: _Scale) -> str:
    begin, end = scale.x(span.begin), scale.x(span.end)
    width = max(2.0, round(end - begin, 1))
    return (
        f'<rect class="span {span.kind}" x="{begin}" y="{_TOP}" width="{width}" '
        f'height="{HEIGHT - _TOP - _BOTTOM}"><title>{escape(span.name)}</title></rect>'
    )


def _flag(span: Span, scale: _Scale) -> str:
    """Return the mark of a span: a letter above for an incident, a triangle below for a label."""
    x, floor = scale.x(span.begin), HEIGHT - _BOTTOM
    title = f"<title>{escape(span.name)}</title>"
    if span.kind == "label":
        return f'<path class="label" d="M{x} {floor + 1}l-5 9h10z">{title}</path>'
    return (
        f'<g class="flag {span.kind}">{title}<path d="M{x} {_TOP}v-14h14v14z"/>'
        f'<text x="{x + 7:g}" y="{_TOP - 3}" text-anchor="middle">{span.kind[0].upper()}</text></g>'
    )


def _key(plot: Plot) -> Iterator[str]:
    shown: list[tuple[str, str]] = [(f"line {line.kind}", line.name) for line in plot.lines]
    if plot.band:
        shown.append(("band", "no alarm"))
    if any(span.kind == "label" for span in plot.spans):
        shown.append(("label", "label"))
    x = WIDTH - _RIGHT
    for kind, name in reversed(shown):
        x -= 7 * len(name) + 30
        marks = {"band": f"M{x} 12h16v-8h-16z", "label": f"M{x + 8} 3l-5 9h10z"}
        mark = marks.get(kind, f"M{x} 8h16")
        yield f'<path class="{kind}" d="{mark}"/><text class="axis" x="{x + 21}" y="12">{escape(name)}</text>'
