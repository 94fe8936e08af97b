"""Axes of a chart: where a value lies, which values are written beside it, and how."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from bench.dashboards.data import Curve

_LEVELS = 4
_TICKS_S = (10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600)
_MOST_TICKS = 5


class Box(NamedTuple):
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float


class Axes(NamedTuple):
    """From times and values to pixels of a box."""

    box: Box
    start: float
    end: float
    low: float
    high: float

    def x(self, at: float) -> float:
        """Return where a time lies."""
        return round(self.box.x + (at - self.start) / (self.end - self.start) * self.box.width, 1)

    def y(self, value: float) -> float:
        """Return where a value lies; the larger, the nearer to the top."""
        part = (value - self.low) / (self.high - self.low)
        return round(self.box.y + (1.0 - part) * self.box.height, 1)


def levels_of(curves: Sequence[Curve], unit: str) -> list[float]:
    """Return round values that enclose all points and zero, the lowest first.

    >>> levels_of([Curve("a", [(0.0, 7.0), (1.0, 9.5)])], "short")
    [0.0, 2.5, 5.0, 7.5, 10.0]
    >>> levels_of([], "short")
    [0.0, 1.0]
    """
    values = [value for curve in curves for _, value in curve.points]
    low, high = min([0.0, *values]), max([0.0, *values])
    if high == low:
        return [0.0, 1.0]
    base = 1.0
    if unit == "bytes" and high >= 1:
        base = 1024.0 ** int(math.log(high, 1024))
    elif unit == "s" and high >= 120:
        base = 60.0
    step = _round_step((high - low) / base / _LEVELS) * base
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def _round_step(least: float) -> float:
    size = 10.0 ** math.floor(math.log10(least))
    return next(factor * size for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * size >= least * 0.999)


def ticks_of(start: float, end: float) -> list[tuple[float, str]]:
    """Return round times within a span and how they are written, in UTC."""
    step = next((s for s in _TICKS_S if (end - start) / s <= _MOST_TICKS), _TICKS_S[-1])
    form = "%H:%M:%S" if step < 60 else "%H:%M"
    first = math.ceil(start / step) * step
    return [
        (float(at), datetime.fromtimestamp(at, UTC).strftime(form)) for at in range(first, int(end) + 1, step)
    ]


def written(value: float, unit: str) -> str:
    """Return a value for people.

    >>> written(0.0125, "s"), written(90, "s"), written(0.25, "percentunit"), written(2_400_000, "bytes")
    ('12.5 ms', '1.5 min', '25%', '2.29 MiB')
    >>> written(1_250, "short"), written(0.0, "s"), written(1, "short")
    ('1.25 K', '0', '1')
    """
    if value == 0:
        return "0"
    if unit == "percentunit":
        return f"{100 * value:.3g}%"
    scales = {
        "s": ((60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
        "bytes": ((1024.0**3, "GiB"), (1024.0**2, "MiB"), (1024.0, "KiB"), (1.0, "B")),
    }.get(unit, ((1e6, "M"), (1e3, "K"), (0.0, "")))
    size, name = next((one for one in scales if abs(value) >= one[0]), scales[-1])
    return f"{value / (size or 1.0):.3g} {name}".rstrip()
