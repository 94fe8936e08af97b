import pytest

from detector.catching_up import CATCHING_UP_MS, behind_ms, is_catching_up
from detector.clock import MINUTE_MS
from detector.mention import Cover, MentionRecord, position
from detector.shard import Shard
from detector.watermark import Clocks, Source
from tests.crowd_logs import QUICK, detectors_of
from tests.mention_logs import LATENESS_MS, START, mention

NOW = 1_753_085_100_000


def clocks(**fields) -> Clocks:
    return Clocks(expected=1, sources={0: Source(0, None, None, False, NOW, 0)}, newest=NOW, **fields)


def test_nothing_is_known_before_the_watermark_starts():
    assert behind_ms(clocks(), LATENESS_MS) is None
    assert not is_catching_up(clocks(), LATENESS_MS)


@pytest.mark.parametrize(
    ("age_ms", "behind", "catching_up"),
    [
        (0, 0, False),
        (LATENESS_MS, 0, False),
        (LATENESS_MS + CATCHING_UP_MS, CATCHING_UP_MS, False),
        (LATENESS_MS + CATCHING_UP_MS + 1, CATCHING_UP_MS + 1, True),
    ],
)
def test_behind_is_what_is_more_than_the_lateness(age_ms, behind, catching_up):
    found = clocks(watermark=NOW - age_ms)
    assert behind_ms(found, LATENESS_MS) == behind
    assert is_catching_up(found, LATENESS_MS) is catching_up
    assert behind_ms(found, LATENESS_MS, now=NOW - 9) == behind, "no clock is before the newest record"
    assert behind_ms(found, LATENESS_MS, now=NOW + LATENESS_MS) == age_ms


def test_when_all_said_just_now_that_nothing_is_left_nobody_is_behind():
    quiet = clocks(watermark=NOW - 10**9, idle_at=5, idle_from=NOW - 10**9)
    assert behind_ms(quiet, LATENESS_MS) == 0
    assert behind_ms(quiet, LATENESS_MS, now=NOW + CATCHING_UP_MS) == 0
    assert is_catching_up(quiet, LATENESS_MS, now=NOW + CATCHING_UP_MS + 1), "that was long ago"


def incidents_read(late_by_ms: int, lateness_ms: int | None):
    """A burst after two quiet hours, each record read so long after its posts."""
    shard, end = Shard(0, 1, detectors_of, QUICK, lateness_ms), 0
    for minute in range(130):
        posts = 20 if minute == 120 else int(minute == 0)
        at = START + minute * MINUTE_MS
        rows = [mention("a", 900 * minute + i, at + i, position(end + i), author=i) for i in range(posts)]
        cover = Cover(0, 1, position(end), position(end + posts), at - LATENESS_MS)
        end += posts
        shard.apply(minute, at + late_by_ms, MentionRecord(cover, rows))
    return shard.take().revisions


def test_an_incident_found_in_a_backlog_says_so():
    assert {one.catching_up for one in incidents_read(3 * MINUTE_MS, LATENESS_MS)} == {True}
    assert {one.catching_up for one in incidents_read(1_000, LATENESS_MS)} == {False}
    assert {one.catching_up for one in incidents_read(3 * MINUTE_MS, None)} == {False}
