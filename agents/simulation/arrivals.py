"""When posts come: a Poisson process whose rate may change each minute, and be over-dispersed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from detector.clock import MINUTE_MS, Millis

_HOUR_MS = 60 * MINUTE_MS


def arrivals(
    dice: Random, begin: Millis, end: Millis, level: Callable[[Millis], float], dispersion: float = 0.0
) -> Iterator[Millis]:
    """Yield instants from `begin` up to before `end`, in order.

    Parameters
    ----------
    dice
        The source of all chance.
    level
        Posts per minute expected at an instant, 0 or more; read once for each minute.
    dispersion
        Variance of the factor, gamma distributed with mean 1, that multiplies the level of each hour; 0 for
        a plain Poisson process. 0.25 is the "gamma 4" of the null streams in ``bench/detection.py``.
    """
    factor, hour = 1.0, None
    for minute in range(begin, end, MINUTE_MS):
        if dispersion and minute // _HOUR_MS != hour:
            hour = minute // _HOUR_MS
            factor = dice.gammavariate(1 / dispersion, dispersion)
        rate = level(minute) * factor
        if rate <= 0:
            continue
        at = minute + dice.expovariate(rate) * MINUTE_MS
        last = min(minute + MINUTE_MS, end)
        while at < last:
            yield int(at)
            at += dice.expovariate(rate) * MINUTE_MS
