"""How many alarms a brand may cost in an ordinary week, and what the detectors must demand for it."""

from __future__ import annotations

from typing import NamedTuple

DEFAULT_BUDGET = 0.5


class OperatingPoint(NamedTuple):
    """The p-values that the rank, the tail and the share must reach; see the settings of the detectors."""

    rank_p: float
    tail_p: float
    share_p: float


# Alarms a brand-week, and the point that keeps within it: the most of .2, 2 and 20 posts a minute on streams
# in which nothing happens but the day's wave, quiet weekends and hours that differ by a factor of two
# (`bench/nulls.py`, all signals together).
TABLE: tuple[tuple[float, OperatingPoint], ...] = (
    (0.1, OperatingPoint(0.0005, 1e-6, 1e-5)),
    (0.25, OperatingPoint(0.001, 1e-5, 1e-4)),
    (0.5, OperatingPoint(0.0025, 1e-4, 1e-3)),
    (2.0, OperatingPoint(0.005, 1e-3, 3e-3)),
    (5.0, OperatingPoint(0.01, 1e-2, 1e-2)),
)


def operating_point(alerts_per_brand_week: float) -> OperatingPoint:
    """Return the loosest point of the table that keeps within a budget, or its strictest one.

    Examples
    --------
    >>> operating_point(0.5)
    OperatingPoint(rank_p=0.0025, tail_p=0.0001, share_p=0.001)
    >>> operating_point(0.7) == operating_point(0.5)
    True
    """
    return TABLE[_row(alerts_per_brand_week)][1]


def looser_point(alerts_per_brand_week: float) -> OperatingPoint | None:
    """Return the point of the next larger budget: what it adds is what this one keeps back.

    Examples
    --------
    >>> looser_point(0.5)
    OperatingPoint(rank_p=0.005, tail_p=0.001, share_p=0.003)
    >>> looser_point(5.0) is None
    True
    """
    row = _row(alerts_per_brand_week) + 1
    return TABLE[row][1] if row < len(TABLE) else None


def _row(alerts_per_brand_week: float) -> int:
    return max(0, sum(alarms <= alerts_per_brand_week for alarms, _ in TABLE) - 1)
