"""When a brand's counts need no look: while the nearest limit is farther than its mentions can have come."""

from __future__ import annotations

from math import ceil

from msgspec import Struct

from detector.clock import Minute

# Between two looks at one window its count grows by at least a fifth: a burst of n posts costs
# about log(n) looks, and a restart in between looks at the same counts.
_GROWTH = 1.2

ENDLESS = 1 << 62
"""More than there are mentions."""


class Calm(Struct):
    """So many mentions more, none before minute `since`, are surely worth no look.

    A mention raises a count by one at most: of a busy brand hardly any needs to be compared with a limit.
    """

    left: int
    since: Minute


def milestone(value: int, least: int) -> int:
    """Return the first count, from a value on, that is a step of the grid ``least * 1.2**k``, rounded up.

    Parameters
    ----------
    value
        At least `least`.
    least
        The least count that is a spike, 1 or more.

    >>> [milestone(value, least=10) for value in (10, 11, 12, 13, 16)]
    [10, 12, 12, 15, 18]
    """
    step = float(least)
    while step <= value - 1:
        step = max(step * _GROWTH, step + 1)
    return ceil(step)
