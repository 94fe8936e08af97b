"""When a rise began: the change-point estimate of a cumulative sum."""

from __future__ import annotations

from collections.abc import Sequence
from math import log


def rise_began(counts: Sequence[int], expected: float, risen: float) -> int:
    """Return the index of the minute with which a rise began that was noticed in the last minute.

    The cumulative sum of Page (Continuous inspection schemes, Biometrika 41, 1954) for Poisson counts:
    ``S = max(0, S + x - k)`` with the reference ``k = (b - a) / ln(b / a)`` between the usual rate `a` and
    the risen rate `b`. The change is taken to be the minute after the last one at which S was zero, and of
    these the first in which anything was said.

    Parameters
    ----------
    counts
        Per minute, oldest first, at least one.
    expected, risen
        Usual and risen counts per minute; ``0 < expected < risen``.

    Examples
    --------
    >>> rise_began([0, 1, 0, 0, 3, 4, 6], expected=0.1, risen=2.0)
    4
    """
    reference = (risen - expected) / log(risen / expected)
    total, began = 0.0, 0
    for index, count in enumerate(counts):
        total = max(0.0, total + count - reference)
        if total == 0.0:
            began = index + 1
    while began < len(counts) - 1 and counts[began] == 0:
        began += 1
    return min(began, len(counts) - 1)
