import math

import numpy as np
import pytest

from detector.baseline import BASELINE_FORMAT, Baseline
from detector.codec import CodecError, from_msgpack, to_msgpack
from detector.day_shape import DayShape
from detector.residuals import Residuals, bin_of, least_in_bin

START = 29_000_003
DAY = 1_440


def fresh(lag: int = 21, young: int = 600) -> Baseline:
    return Baseline(
        window_min=15, lag_min=lag, half_life_min=DAY, young_min=young, rank_p=0.0025, reference_days=14
    )


def counts(minutes: int, seed: int = 3) -> list[int]:
    random = np.random.default_rng(seed)
    level = 6 * (1 + np.sin(np.arange(minutes) * 2 * np.pi / DAY)) * random.gamma(4, 0.25, minutes)
    return [int(c) for c in random.poisson(level)]


def test_means_equal_numpy_on_the_prefix() -> None:
    baseline, series = fresh(), counts(2_500)
    for i, count in enumerate(series):
        baseline.learn(START + i, count)
        if i % 97 == 0:
            weights = 0.5 ** (np.arange(i, -1, -1) / DAY)
            past = baseline.past(START + i)
            assert past is not None
            prefix = np.array(series[: i + 1])
            assert past.weight == pytest.approx(weights.sum())
            assert past.mean == pytest.approx((weights * prefix).sum() / weights.sum())
            assert past.log_mean == pytest.approx((weights * np.log1p(prefix)).sum() / weights.sum())
            assert past.history == sum(series[: i + 1]) // 15
            assert past.exposure == i + 1


def test_rank_equals_the_conformal_p_value_of_all_residuals() -> None:
    baseline, series = fresh(), counts(5 * DAY)
    bins: list[int] = []
    for i, count in enumerate(series):
        known = baseline.past(START + i - 21) if i else None
        if i >= 600 and known is not None:
            bins.append(bin_of(count, known.log_mean))
        baseline.learn(START + i, count)
        if i % 501 == 0:
            past = baseline.past(START + i)
            assert past is not None
            assert past.sample == len(bins)
            n = len(bins)
            allowed = max(0.0025, 1 / (1 + n)) * (1 + n)
            rare = [b for b in range(200) if 1 + sum(x >= b for x in bins) <= allowed + 1e-9]
            assert past.rank_bin == rare[0]


def test_residuals_forget_after_the_reference_days() -> None:
    residuals = Residuals(0.0025, 14)
    for _ in range(3 * DAY):
        residuals.add(0)
    for _ in range(1_000):
        residuals.add(40)
    assert residuals.rank_bin == 41
    for _ in range(14):
        residuals.start_day()
    assert residuals.sample == 3 * DAY + 1_000
    residuals.start_day()
    assert residuals.sample == 0
    assert residuals.rank_bin == 0


@pytest.mark.parametrize("log_mean", [0.0, 0.3, 2.0, 9.9])
@pytest.mark.parametrize("index", [0, 1, 7, 20, 63, 150])
def test_least_in_bin_is_the_least(log_mean: float, index: int) -> None:
    least = least_in_bin(index, log_mean)
    assert bin_of(least, log_mean) >= index
    assert least == 0 or bin_of(least - 1, log_mean) < index


def test_time_of_day_equals_the_mean_of_the_last_week() -> None:
    shape, series = DayShape(), counts(10 * DAY)
    begin = 20_000 * DAY + 7
    for i, count in enumerate(series):
        minute = begin + i
        if minute % 15 == 0:
            shape.start_slot(minute)
        shape.add(minute, count)
        if i % 487 == 0:
            judged = i + 20
            # Slots at the rim count by the minutes they share with the hour: equal up to one slot's spread.
            week = [
                series[j]
                for back in range(1, 8)
                for j in range(judged - back * DAY - 30, judged - back * DAY + 31)
                if 0 <= j <= i
            ]
            mean = shape.mean_at(begin + judged)
            if len(week) < 61:
                continue
            assert mean == pytest.approx(sum(week) / len(week), rel=0.12, abs=0.2)


def test_time_of_day_is_exact_where_counts_change_by_slot_only() -> None:
    shape = DayShape()
    for minute in range(3 * DAY):
        shape.start_slot(minute) if minute % 15 == 0 else None
        shape.add(minute, minute // 15 % 7)
    at = 3 * DAY + 100
    expected = [m // 15 % 7 for day in range(3) for m in range(day * DAY + 70, day * DAY + 131)]
    assert shape.mean_at(at) == pytest.approx(sum(expected) / len(expected))
    assert DayShape().mean_at(at) is None


def test_silent_sources_only_let_time_pass() -> None:
    baseline = fresh()
    for i, count in enumerate(counts(2_000)):
        baseline.learn(START + i, count)
    before = baseline.past(START + 1_999)
    for i in range(DAY):
        baseline.learn(START + 2_000 + i, 0, known=False)
    after = baseline.past(START + 2_000 + DAY - 1)
    assert before is not None
    assert after is not None
    assert after.mean == pytest.approx(before.mean)
    assert after.log_mean == pytest.approx(before.log_mean)
    assert after.weight == pytest.approx(before.weight / 2)
    assert (after.sample, after.exposure, after.history) == (before.sample, before.exposure, before.history)


def test_a_cap_protects_means_but_not_the_reference() -> None:
    capped, plain = fresh(young=0), fresh(young=0)
    for i in range(300):
        capped.learn(START + i, 2)
        plain.learn(START + i, 2)
    for i in range(300, 360):
        capped.learn(START + i, 500, cap=6.0)
        plain.learn(START + i, 500)
    one, other = capped.past(START + 359), plain.past(START + 359)
    assert one is not None
    assert other is not None
    assert one.mean < 6.0 < other.mean
    assert one.sample == other.sample
    assert one.rank_bin == other.rank_bin > bin_of(2, one.log_mean)
    assert one.history == other.history


def test_means_recover_after_one_enormous_window() -> None:
    baseline = fresh()
    for i in range(40 * DAY):
        baseline.learn(START + i, 10**9 if i == 100 else 4)
    past = baseline.past(START + 40 * DAY - 1)
    assert past is not None
    assert past.mean == pytest.approx(4.0, rel=1e-3)
    assert past.log_mean == pytest.approx(math.log(5.0))


def test_past_reaches_back_lag_minutes() -> None:
    baseline = fresh(lag=5)
    for i in range(10):
        baseline.learn(START + i, i)
    assert baseline.past(START + 4) is not None
    assert baseline.past(START + 3) is None
    with pytest.raises(ValueError, match=f"not learnt yet: got {START + 10}; expected at most {START + 9}"):
        baseline.past(START + 10)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative count: got -1; expected 0 or more; check the window sums"):
        fresh().learn(START, -1)


def test_a_busy_dump_stays_small() -> None:
    baseline = fresh()
    for i, count in enumerate(counts(16 * DAY)):
        baseline.learn(START + i, count * 5_000)
    assert len(baseline.dump()) <= 10_000


def test_another_format_is_refused() -> None:
    state = from_msgpack(fresh().dump(), list)
    state[0] = BASELINE_FORMAT + 1
    with pytest.raises(
        ValueError, match=r"baseline of another format: got 3; expected 2; relearn it from history"
    ):
        fresh().restore(to_msgpack(state))
    with pytest.raises(CodecError, match="bad MessagePack"):
        fresh().restore(b"\xc1")


def test_residuals_are_against_what_was_known_a_lag_before() -> None:
    quick = Baseline(window_min=15, lag_min=21, half_life_min=5, young_min=0, rank_p=0.5, reference_days=14)
    for i in range(100):
        quick.learn(START + i, 2 if i < 50 else 200)
    # After the jump, 21 minutes still see only the old level: log(201 / 3) = 4.2, the next one 3.7.
    (day,) = from_msgpack(quick.dump(), list)[7]
    assert sum(day[40:]) == 21


def test_the_reference_is_the_running_day_and_the_fourteen_before() -> None:
    baseline = fresh(young=0)
    begin = 20_000 * DAY
    for i in range(20 * DAY):
        baseline.learn(begin + i, 3)
    past = baseline.past(begin + 20 * DAY - 1)
    assert past is not None
    assert past.sample == 15 * DAY


@pytest.mark.parametrize("silence", [1, 21, 22, 23, 24, 40, 200, 1_441, 3_000, 16 * DAY])
@pytest.mark.parametrize("before", [0, 5, 300, 1_500])
def test_silence_is_learnt_at_once_bit_by_bit(silence: int, before: int) -> None:
    """Across quarters, days, the end of youth and of the reference, whatever was learnt before."""
    one, other = fresh(), fresh()
    for i, count in enumerate(counts(before + 1)):
        for baseline in (one, other):
            baseline.learn(START + i, count)
    until = START + before + silence
    for minute in range(START + before + 1, until + 1):
        one.learn(minute, 0)
    other.learn_silence(until)
    assert one.dump() == other.dump()
    for i, count in enumerate(counts(40, seed=9), until + 1):
        for baseline in (one, other):
            baseline.learn(i, count)
    assert one.dump() == other.dump()


def test_silence_after_silent_sources_is_silence_too() -> None:
    one, other = fresh(), fresh()
    for i in range(300):
        for baseline in (one, other):
            baseline.learn(START + i, 0 if i > 100 else 3, known=i < 100)
    for minute in range(START + 300, START + 400):
        one.learn(minute, 0)
    other.learn_silence(START + 399)
    assert one.dump() == other.dump()


def test_what_format_1_dumped_goes_on_as_it_was() -> None:
    baseline = fresh()
    for i, count in enumerate(counts(2_000)):
        baseline.learn(START + i, count)
    last = baseline.past(START + 1_999)
    assert last is not None
    state = from_msgpack(baseline.dump(), list)
    old = [1, state[1], last.mean * last.weight, last.log_mean * last.weight, last.weight, *state[5:10]]
    old.append([past[:7] for past in state[10]])
    continued = fresh().restore(to_msgpack(old))
    for i, count in enumerate(counts(300, seed=8), START + 2_000):
        baseline.learn(i, count)
        continued.learn(i, count)
    one, other = baseline.past(START + 2_299), continued.past(START + 2_299)
    assert other == pytest.approx(one)
