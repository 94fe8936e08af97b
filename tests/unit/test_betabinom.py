from fractions import Fraction
from math import comb

import pytest

from detector.betabinom import MOST_VOICES, upper_tail


def exact(count: int, crowd: int, a: int, b: int) -> Fraction:
    """The tail for whole-numbered a and b, by rising factorials, in fractions."""

    def rising(x: int, n: int) -> Fraction:
        result = Fraction(1)
        for i in range(n):
            result *= x + i
        return result

    total = sum(comb(crowd, k) * rising(a, k) * rising(b, crowd - k) for k in range(count, crowd + 1))
    return Fraction(total) / rising(a + b, crowd)


@pytest.mark.parametrize(("a", "b"), [(1, 1), (30, 70), (65, 35), (2, 98)])
@pytest.mark.parametrize("crowd", [1, 20, 37, 400])
def test_the_tail_is_the_exact_one(a: int, b: int, crowd: int) -> None:
    for count in {1, crowd // 3, crowd // 2, crowd - 1, crowd}:
        expected = float(exact(count, crowd, a, b)) if count > 0 else 1.0
        assert upper_tail(count, crowd, a / (a + b), a + b) == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_the_ends() -> None:
    assert upper_tail(0, 50, 0.3, 100.0) == 1.0
    assert upper_tail(-3, 0, 0.3, 100.0) == 1.0
    assert upper_tail(51, 50, 0.3, 100.0) == 0.0
    assert 0.0 <= upper_tail(90_000, 100_000, 0.5, 100.0) < 1e-12


@pytest.mark.parametrize(
    ("crowd", "share", "concentration", "message"),
    [
        (-1, 0.3, 100.0, "crowd out of range: got -1; expected 0 or more; check the window sums"),
        (9, 0.0, 100.0, "share out of range: got 0.0; expected above 0 and below 1; check the baseline"),
        (9, 1.0, 100.0, "share out of range: got 1.0; expected above 0 and below 1; check the baseline"),
        (9, 0.3, 0.0, "concentration out of range: got 0.0; expected above 0 and finite; correct it"),
    ],
)
def test_what_is_out_of_range(crowd: int, share: float, concentration: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        upper_tail(3, crowd, share, concentration)


def test_a_crowd_of_a_billion_is_judged_at_once_and_as_a_large_one() -> None:
    assert upper_tail(3 * 10**8, 10**9, 0.25, 100.0) == upper_tail(6_000, MOST_VOICES, 0.25, 100.0)
    assert upper_tail(10**9, 10**9, 0.25, 100.0) < 1e-12
    assert upper_tail(1, 10**9, 0.25, 100.0) == pytest.approx(1.0)
