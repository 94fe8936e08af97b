import random

import pytest

from detector.onset import rise_began


def ramp(seed: int, rise_min: int, peak: float, usual: float = 0.2) -> tuple[list[int], int]:
    """Return counts per minute up to the 15-minute window of seven or more that is noticed, and the truth."""
    rng = random.Random(seed)
    counts: list[int] = []
    for minute in range(300):
        risen = max(0, minute - 99) / rise_min if rise_min else float(minute >= 100)
        rate = usual + peak * min(1.0, risen)
        counts.append(sum(rng.random() < rate / 50 for _ in range(50)))
        if minute > 100 and sum(counts[-15:]) >= 15:
            return counts[-60:], max(len(counts) - 60, 0)
    raise AssertionError("nothing rose")


@pytest.mark.parametrize(("rise_min", "peak"), [(0, 2.0), (0, 10.0), (10, 4.0), (60, 4.0)])
def test_the_median_error_on_simulated_rises_is_a_few_minutes(rise_min: int, peak: float) -> None:
    errors = []
    for seed in range(60):
        counts, first = ramp(seed, rise_min, peak)
        risen = sum(counts[-15:]) / 15
        errors.append(first + rise_began(counts, 0.2, risen) - 100)
    errors.sort()
    # A slow ramp is below what is expected at first: nobody could tell its begin.
    assert 0 <= errors[30] <= max(2, rise_min // 3)
    window_begins_early = errors[2] < -12
    assert not window_begins_early


def test_the_minute_after_the_last_quiet_one() -> None:
    assert rise_began([0, 0, 0, 0, 5, 5], 0.1, 2.0) == 4


def test_silence_before_the_first_post_is_no_rise() -> None:
    assert rise_began([0, 0, 0, 7], 0.1, 0.5) == 3


def test_a_rise_that_was_always_there_begins_with_what_is_known() -> None:
    assert rise_began([9] * 60, 0.1, 9.0) == 0


def test_the_only_minute() -> None:
    assert rise_began([3], 0.1, 3.0) == 0


def test_an_earlier_bump_that_ended_is_not_the_begin() -> None:
    assert rise_began([6, 6, *[0] * 30, 4, 6, 8], 0.1, 1.2) == 32
