"""Upper tail of the beta-binomial: so many of a crowd, when the share itself is known only roughly.

A share is drawn from a beta distribution with mean ``s`` and concentration ``c`` (``a = s * c``,
``b = (1 - s) * c``), then `n` voices with it (J. G. Skellam, Journal of the Royal Statistical Society B
10, 1948). The variance is ``n s (1 - s) (n + c) / (c + 1)``: even in a large crowd, shares differ from hour
to hour by about ``sqrt(s (1 - s) / (c + 1))``.
"""

from __future__ import annotations

from math import exp, lgamma

# Terms below this part of their sum no longer change it.
_NEGLIGIBLE = 1e-16
# The sum is as long as the crowd, and a larger one makes nothing surer: at c = 100 the shares of two hours
# differ by 5 points, by chance alone in 20,000 voices by a third of one.
MOST_VOICES = 20_000


def upper_tail(count: int, crowd: int, share: float, concentration: float) -> float:
    """Return the probability of `count` or more out of `crowd`, 0 to 1.

    Parameters
    ----------
    count
        Any integer; 0 or less is certain.
    crowd
        0 or more; above `MOST_VOICES` it counts as so many, with the same share (rounded up).
    share
        Expected share, above 0 and below 1.
    concentration
        Above 0; the larger, the nearer to the binomial.

    Raises
    ------
    ValueError
        When a value is out of range.

    Examples
    --------
    >>> round(upper_tail(2, crowd=2, share=0.5, concentration=2.0), 9)  # any share is as likely: one third
    0.333333333
    """
    if crowd < 0:
        raise ValueError(f"crowd out of range: got {crowd}; expected 0 or more; check the window sums")
    if not 0.0 < share < 1.0:
        raise ValueError(f"share out of range: got {share}; expected above 0 and below 1; check the baseline")
    if not 0.0 < concentration < float("inf"):
        raise ValueError(
            f"concentration out of range: got {concentration}; expected above 0 and finite; correct it"
        )
    if count <= 0:
        return 1.0
    if count > crowd:
        return 0.0
    if crowd > MOST_VOICES:
        count, crowd = -(-count * MOST_VOICES // crowd), MOST_VOICES
    a, b = share * concentration, (1.0 - share) * concentration
    if count <= crowd * share:
        # The other side has fewer terms, and no cancellation matters near one half.
        return min(1.0, max(0.0, 1.0 - _sum_up(crowd - count + 1, crowd, b, a)))
    return min(1.0, _sum_up(count, crowd, a, b))


def _sum_up(count: int, crowd: int, a: float, b: float) -> float:
    """Return the probability of `count` or more; above the mean the terms fall fast."""
    term = exp(
        lgamma(crowd + 1.0)
        - lgamma(count + 1.0)
        - lgamma(crowd - count + 1.0)
        + lgamma(count + a)
        + lgamma(crowd - count + b)
        - lgamma(crowd + a + b)
        + lgamma(a + b)
        - lgamma(a)
        - lgamma(b)
    )
    total = term
    for k in range(count, crowd):
        term *= (crowd - k) / (k + 1.0) * (k + a) / (crowd - k - 1.0 + b)
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return total
