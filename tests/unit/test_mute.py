"""What does not go out is noted once, with what held it back."""

from __future__ import annotations

from msgspec import structs

from detector.budget import looser_point, operating_point
from detector.clock import MINUTE_MS
from detector.codec import from_msgpack, to_msgpack
from detector.detector_settings import DetectorSettings
from detector.kept_back import Hold
from detector.mention import Cover, MentionRecord, position
from detector.mute import hold_back, on_near
from detector.rank_tail import RankTail
from detector.severity import Severity
from detector.shard import Shard
from detector.spike import Reason, Signal, Verdict
from detector.watch import IncidentSettings, Outcome, Watch
from detector.window import Window
from tests.mention_logs import LATENESS_MS, START, mention

SETTINGS = IncidentSettings()
POINT, LOOSER = operating_point(0.1), looser_point(0.1)
STRICT = DetectorSettings(rank_p=POINT.rank_p, tail_p=POINT.tail_p)


def verdict(minute: int, reason: Reason = Reason.WITHIN_CHANCE) -> Verdict:
    return Verdict(Signal.NEGATIVE_COUNT, reason, minute, 15, 8.0, 0.5, 0.0, 8.0, 16.0, 0.001, 900, 500)


def test_it_is_noted_once_for_the_time_that_it_would_have_muted() -> None:
    step = on_near("kopi", Watch(), verdict(0), SETTINGS)
    assert (step.outcome, step.kept_back.hold, step.kept_back.at) == (
        Outcome.NOTHING_TO_SAY, Hold.BUDGET, "1970-01-01T00:00:00Z",
    )  # fmt: skip
    assert step.watch.kept_back == step.kept_back
    assert on_near("kopi", step.watch, verdict(1_439), SETTINGS).kept_back is None
    assert on_near("kopi", step.watch, verdict(1_440), SETTINGS).kept_back is not None


def test_what_the_mute_holds_back_weighs_more_than_what_the_budget_does() -> None:
    near = on_near("kopi", Watch(), verdict(0), SETTINGS).watch
    muted = hold_back("kopi", near, verdict(5, Reason.SPIKE), Hold.MUTED, SETTINGS)
    assert (muted.outcome, muted.kept_back.hold) == (Outcome.MUTED, Hold.MUTED)
    assert on_near("kopi", muted.watch, verdict(10), SETTINGS).kept_back is None


def test_within_the_mute_of_an_alarm_a_larger_budget_would_have_said_nothing_either() -> None:
    told = Watch(
        alarm_minute=0, alarm_level=8.0, alarm_severity=Severity.CRITICAL, alarm_signal=Signal.NEGATIVE_COUNT,
        muted_until=1_440,
    )  # fmt: skip
    assert on_near("kopi", told, verdict(100), SETTINGS).kept_back is None
    assert on_near("kopi", told, verdict(1_440), SETTINGS).kept_back is not None


def test_it_is_part_of_the_state_and_older_watches_have_none() -> None:
    watch = on_near("kopi", Watch(), verdict(0), SETTINGS).watch
    assert from_msgpack(to_msgpack(watch), Watch) == watch
    assert "kept_back" not in from_msgpack(to_msgpack(structs.replace(watch, kept_back=None)), dict)


def detector() -> RankTail:
    return RankTail(Signal.NEGATIVE_COUNT, STRICT, LOOSER)


def test_nearly_a_spike_is_what_the_next_larger_budget_calls_one() -> None:
    """Counts from 0 up: nothing, then nearly, then a spike; the bounds are those of the two budgets."""
    one = detector()
    other = RankTail(
        Signal.NEGATIVE_COUNT, structs.replace(STRICT, rank_p=LOOSER.rank_p, tail_p=LOOSER.tail_p)
    )
    unbudgeted = RankTail(Signal.NEGATIVE_COUNT, STRICT)
    for minute in range(4 * 1_440):
        count = 0 if minute % 300 > 40 else 3
        for each in (one, other, unbudgeted):
            each.learn(Window(minute, 15, count, count), in_incident=False)
    now = 4 * 1_440
    most, least = one.limit(now).least, other.limit(now).least
    assert least < most
    for count in range(most):
        window = Window(now, 15, count, count)
        assert one.nearly(window) == (count >= least), count
        assert not unbudgeted.nearly(window)
    restored = detector().load(one.dump())
    assert restored.nearly(Window(now, 15, least, least))


def test_a_partition_notes_it_when_the_minute_closes_and_says_nothing_to_the_outside() -> None:
    shard = Shard(0, 1, lambda _brand: [detector()], SETTINGS)
    for posts, minute in enumerate([*range(0, 600, 60), *[650] * 7, 700]):
        at = position(posts)
        row = mention("a", posts, START + minute * MINUTE_MS, at, -1, author=posts)
        cover = Cover(0, 1, at, position(posts + 1), START + minute * MINUTE_MS - LATENESS_MS)
        shard.apply(shard.through + 1, START, MentionRecord(cover, [row]))
    found = shard.take()
    assert found.revisions == []
    (one,) = found.kept_back
    assert (one.brand, one.hold, one.observed, one.reason) == ("a", Hold.BUDGET, 7.0, Reason.WITHIN_CHANCE)
    assert shard.tracks["a"].watch.kept_back == one
