import re
from fractions import Fraction
from math import comb

import numpy as np
import pytest

from detector.negbinom import least_count, upper_tail


def exact_tail(count: int, mean: int, size: int) -> Fraction:
    """Sum of the exact probabilities below, for whole sizes."""
    success = Fraction(size, size + mean)
    below = sum(comb(k + size - 1, k) * success**size * (1 - success) ** k for k in range(count))
    return 1 - below


def summed_tail(count: int, mean: float, size: float) -> float:
    """Sum of the upper probabilities by recurrence, for any size."""
    x = mean / (mean + size)
    top = int(mean + 200 * (1 + mean + mean / size)) + count
    k = np.arange(1, top)
    ratios = np.log((k - 1 + size) / k * x)
    logs = size * np.log(size / (size + mean)) + np.concatenate([[0.0], np.cumsum(ratios)])
    return float(np.exp(logs[count:])[::-1].sum())


@pytest.mark.parametrize("mean", [1, 3, 20, 150])
@pytest.mark.parametrize("size", [1, 2, 7, 40])
@pytest.mark.parametrize("count", [1, 2, 7, 30, 200, 500])
def test_tail_equals_exact_sum(mean: int, size: int, count: int) -> None:
    exact = float(exact_tail(count, mean, size))
    assert upper_tail(count, mean, size) == pytest.approx(exact, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("mean", [1e-3, 0.05, 0.7, 6.5, 300.0])
@pytest.mark.parametrize("size", [0.02, 0.5, 4.7, 900.0])
@pytest.mark.parametrize("count", [1, 3, 7, 40])
def test_tail_equals_sum_for_any_size(mean: float, size: float, count: int) -> None:
    expected = summed_tail(count, mean, size)
    assert upper_tail(count, mean, size) == pytest.approx(expected, rel=1e-7, abs=1e-300)


@pytest.mark.parametrize("mean", [1e-3, 0.1, 1.0, 33.3, 1e3, 1e4, 1e6])
@pytest.mark.parametrize("size", [1e-3, 0.1, 1.0, 5.0, 1e3, 1e6])
@pytest.mark.parametrize("p", [1e-12, 1e-4, 0.05, 0.5, 0.99])
def test_least_count_is_the_least(mean: float, size: float, p: float) -> None:
    least = least_count(p, mean, size)
    assert least >= 1
    assert upper_tail(least, mean, size) <= p < upper_tail(least - 1, mean, size)


def test_large_means_scale() -> None:
    # With little excess variance of its own, the rate's gamma distribution is all that is left.
    assert least_count(1e-4, 1e6, 5.0) / 1e6 == pytest.approx(least_count(1e-4, 1e4, 5.0) / 1e4, rel=1e-3)


def test_rims() -> None:
    assert upper_tail(0, 5.0, 1.0) == 1.0
    assert upper_tail(-3, 5.0, 1.0) == 1.0
    assert upper_tail(1, 0.0, 1.0) == 0.0
    assert least_count(1e-4, 0.0, 1.0) == 1


@pytest.mark.parametrize(
    ("mean", "size", "message"),
    [
        (-1.0, 1.0, "mean out of range: got -1.0; expected 0 or more and finite; check the baseline"),
        (float("nan"), 1.0, "mean out of range: got nan; expected 0 or more and finite; check the baseline"),
        (1.0, 0.0, "size out of range: got 0.0; expected above 0 and finite; check the baseline"),
        (1.0, float("inf"), "size out of range: got inf; expected above 0 and finite; check the baseline"),
    ],
)
def test_bad_parameters(mean: float, size: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        upper_tail(3, mean, size)


def test_bad_probability() -> None:
    with pytest.raises(ValueError, match=r"probability out of range: got 0.0; expected above 0 and below 1"):
        least_count(0.0, 1.0, 1.0)
