"""Upper tail of the negative binomial, and the least count that is as improbable as wanted; no scipy.

The distribution is that of counts whose Poisson rate is itself gamma distributed: mean ``m`` and size
``r`` give the variance ``m + m**2 / r``. Its tail is a regularised incomplete beta function,
``P(S >= s) = I_x(s, r)`` with ``x = m / (m + r)`` (NIST DLMF 8.17.5), computed by the continued
fraction of DLMF 8.17.22 with Lentz's method (W. J. Lentz, Applied Optics 15, 1976).
"""

from __future__ import annotations

import math

_TINY = 1e-300
_EPSILON = 1e-15
_MAX_STEPS = 100_000


def upper_tail(count: int, mean: float, size: float) -> float:
    """Return the probability of `count` or more, 0 to 1.

    Parameters
    ----------
    count
        Any integer; 0 or less is certain.
    mean
        0 or more, finite; relative accuracy about 1e-9 for means up to 1e6.
    size
        Above 0, finite; the larger, the nearer to Poisson.

    Raises
    ------
    ValueError
        When the mean or the size is out of range.

    Examples
    --------
    >>> round(upper_tail(3, mean=1.0, size=1.0), 9)  # geometric: one half to the third
    0.125
    """
    _check(mean, size)
    if count <= 0:
        return 1.0
    if mean == 0.0:
        return 0.0
    return _tail(float(count), mean, size)


def least_count(p: float, mean: float, size: float) -> int:
    """Return the least count whose upper tail is `p` or less.

    Parameters
    ----------
    p
        Wanted probability, above 0 and below 1.
    mean, size
        As in `upper_tail`.

    Examples
    --------
    >>> least_count(0.13, mean=1.0, size=1.0)
    3
    """
    _check(mean, size)
    if not 0.0 < p < 1.0:
        raise ValueError(f"probability out of range: got {p}; expected above 0 and below 1; correct it")
    if mean == 0.0:
        return 1
    low, high, low_log, high_log = _bracket(p, mean, size)
    halve = False
    while high - low > 1:
        middle = (low + high) // 2
        if not halve and high_log < 0.0 < low_log:
            # The tail falls about geometrically: a straight line through its logarithm lands near.
            middle = low + int((high - low) * (low_log / (low_log - high_log)))
            middle = min(max(middle, low + 1), high - 1)
        level = _log_excess(middle, p, mean, size)
        if level <= 0.0:
            halve = high - middle < (high - low) // 4
            high, high_log = middle, level
        else:
            halve = middle - low < (high - low) // 4
            low, low_log = middle, level
    return high


def _bracket(p: float, mean: float, size: float) -> tuple[int, int, float, float]:
    """Return counts with a tail above and at or below `p`, and the logarithms of tail / p there."""
    low, low_log = 0, -math.log(p)
    high = int(mean + 4.0 * math.sqrt(mean + mean * mean / size)) + 1
    high_log = _log_excess(high, p, mean, size)
    while high_log > 0.0:
        low, low_log = high, high_log
        high *= 2
        high_log = _log_excess(high, p, mean, size)
    return low, high, low_log, high_log


def _log_excess(count: int, p: float, mean: float, size: float) -> float:
    tail = _tail(float(count), mean, size)
    return math.log(tail / p) if tail > 0.0 else -math.inf


def _tail(count: float, mean: float, size: float) -> float:
    x = mean / (mean + size)
    front = math.exp(
        math.lgamma(count + size)
        - math.lgamma(count)
        - math.lgamma(size)
        - count * math.log1p(size / mean)
        - size * math.log1p(mean / size)
    )
    if x < (count + 1.0) / (count + size + 2.0):
        return min(1.0, front * _fraction(count, size, x) / count)
    return min(1.0, max(0.0, 1.0 - front * _fraction(size, count, size / (mean + size)) / size))


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function I_x(a, b), without its front factor."""
    c = 1.0
    d = 1.0 / _away(1.0 - (a + b) * x / (a + 1.0))
    h = d
    for step in range(1, _MAX_STEPS):
        even = step * (b - step) * x / ((a + 2 * step - 1.0) * (a + 2 * step))
        d = 1.0 / _away(1.0 + even * d)
        c = _away(1.0 + even / c)
        h *= d * c
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1.0))
        d = 1.0 / _away(1.0 + odd * d)
        c = _away(1.0 + odd / c)
        change = d * c
        h *= change
        if abs(change - 1.0) < _EPSILON:
            break
    return h


def _away(value: float) -> float:
    """Keep a denominator off zero."""
    return value if abs(value) > _TINY else _TINY


def _check(mean: float, size: float) -> None:
    if not (0.0 <= mean < math.inf):
        raise ValueError(f"mean out of range: got {mean}; expected 0 or more and finite; check the baseline")
    if not (0.0 < size < math.inf):
        raise ValueError(f"size out of range: got {size}; expected above 0 and finite; check the baseline")
