from __future__ import annotations

import random

from agents.backtest.curve import MOST_BINS, Curve, Peak
from detector.clock import MINUTE_MS
from detector.incident import Change
from detector.spike import Reason, Signal, Verdict
from tests.mention_logs import START, crisis_log, replay

MINUTE = START // MINUTE_MS // 15 * 15


def verdict(minute: int, expected: float, upper: float) -> Verdict:
    return Verdict(
        Signal.TOTAL_COUNT, Reason.TOO_FEW, minute, 15, 0.0, expected, 0.0, upper, 0.0, 1.0, 10, 10
    )


def test_a_bin_holds_the_peak_of_its_windows_however_long_the_run():
    rng, curve, windows = random.Random(3), Curve(15), {}
    for minute in range(MINUTE, MINUTE + 60 * 1440, 7):
        late = minute - rng.randrange(20)
        posts = rng.randrange(4)
        curve.add(late, posts, posts // 2)
        seen = windows.setdefault(late // 15, [0, 0])
        seen[0] += posts
        seen[1] += posts // 2
    curve.finish()
    assert curve.factor == 8
    assert len(curve.bins) <= MOST_BINS + 1
    assert len(curve.minutes) < 14 * 60
    expected: dict[int, Peak] = {}
    for at, (posts, negatives) in windows.items():
        before = expected.get(at // 8, Peak(0, 0))
        expected[at // 8] = Peak(max(before.posts, posts), max(before.negatives, negatives))
    assert curve.bins == expected


def test_bands_widen_to_the_mean_of_what_was_expected_and_the_least_that_alarms():
    curve = Curve(15)
    for at, (mean, upper) in enumerate([(1.0, 6.0), (3.0, 9.0)]):
        curve.judged(verdict(MINUTE // 30 * 30 + 15 * at, mean, upper))
    curve._widen()
    ((_, band),) = curve.bands[Signal.TOTAL_COUNT].items()
    assert (band.expected, band.samples, band.least) == (2.0, 2, 7.0)


def test_the_minutes_around_an_incident_are_kept():
    revisions = replay(crisis_log(1))[1].revisions
    opened = next(r for r in revisions if r.change is Change.OPENED)
    curve, at = Curve(15), opened.verdict.minute
    for minute in range(at - 600, at + 3_000):
        curve.add(minute, 1, 0)
        if minute == at:
            curve.told(opened)
    first, last = curve.span_of(opened.id)
    assert all(minute in curve.minutes for minute in range(first, last + 1))
    assert first <= at - 170
    assert at - 600 not in curve.minutes
    assert last + 100 not in curve.minutes
