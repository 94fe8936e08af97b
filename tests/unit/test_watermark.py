import pytest

from detector.clock import MINUTE_MS
from detector.mention import Cover, Hole
from detector.watermark import DEAD_MS, Clocks

NOW = 1_753_085_100_000
SECOND = 1_000


class Log:
    """Statements of sources at relative times; a clock is in seconds after a common moment."""

    def __init__(self, sources: int) -> None:
        self.clocks = Clocks()
        self.now = NOW
        self._sources = sources
        self._ends = [0] * sources

    def says(self, source: int, clock: float | None = None, *, after: float = 1.0, idle: bool = False):
        self.now += round(after * SECOND)
        self.clocks.pass_time(self.now)
        at = None if clock is None else NOW + round(clock * SECOND)
        self.clocks.hear(Cover(source, self._sources, self._ends[source], self._ends[source] + 1, at, idle))
        self._ends[source] += 1
        return self.watermark

    @property
    def watermark(self) -> float | None:
        at = self.clocks.watermark
        return None if at is None else (at - NOW) / SECOND


def test_it_starts_when_every_source_has_spoken():
    log = Log(3)
    assert log.says(0, 10) is None
    assert log.says(2, 30) is None
    assert log.says(0, 40) is None
    assert log.says(1, 20) == 20


def test_it_is_the_least_clock_and_never_falls():
    log = Log(2)
    log.says(0, 10)
    assert log.says(1, 20) == 10
    assert log.says(0, 30) == 20
    assert log.says(1, 5) == 20
    assert log.says(1, 25) == 25


def test_a_source_without_posts_that_is_not_idle_holds_it():
    log = Log(2)
    log.says(0, 10)
    assert log.says(1) is None
    assert log.says(1, idle=True) == 10


def test_an_idle_source_is_as_far_as_the_others_were_when_it_said_so():
    log = Log(2)
    log.says(0, 10)
    assert log.says(1, 3) == 3
    assert log.says(1, 3, idle=True) == 10
    assert log.says(0, 500) == 10
    assert log.says(1, 3, idle=True) == 500


def test_a_source_that_begins_to_speak_is_not_overtaken():
    log = Log(2)
    log.says(0, 10)
    log.says(1, 10, idle=True)
    for clock in range(20, 4_000, 100):  # the past is replayed fast
        assert log.says(0, clock, after=0.1) == 10
    assert log.says(1, 15) == 15


def test_all_idle_it_goes_on_by_live_time():
    log = Log(2)
    log.says(0, 100)
    log.says(1, 60)
    log.says(0, 100, idle=True)
    assert log.says(1, 60, idle=True) == 100
    assert log.says(0, 100, idle=True) == 101
    assert log.says(1, 60, idle=True) == 102
    assert log.says(0, 100) == 102
    assert log.says(0, 100, after=2) == 102


def test_an_old_statement_of_silence_is_not_silence():
    log = Log(2)
    log.says(0, 100, idle=True)
    assert log.says(1, 60, idle=True) == 100
    for _ in range(4):
        log.says(0, 100, idle=True)
    assert log.watermark == 104
    log.says(0, 100, idle=True)
    assert log.says(0, 100, idle=True) == 105, "source 1 has not confirmed its silence for 6 seconds"


def test_an_own_outage_is_not_silence():
    log = Log(2)
    log.says(0, 100)
    assert log.says(1, 60) == 60
    assert log.says(0, 10_000, after=3_600) == 60
    assert log.clocks.degraded() == []
    assert log.says(1, 61) == 61


def test_an_outage_while_all_are_idle_advances_it_by_two_seconds():
    log = Log(1)
    log.says(0, 100, idle=True)
    log.says(0, 100, idle=True)
    before = log.watermark
    log.says(0, 100, idle=True, after=86_400)
    assert log.watermark == before + 2


def test_a_source_is_dead_after_ten_minutes_of_live_time():
    log = Log(2)
    log.says(0, 100)
    log.says(1, 60)
    for second in range(DEAD_MS // SECOND):
        assert log.says(0, 200 + second) == 60
    assert log.clocks.degraded() == []
    assert log.says(0, 1_000) == 1_000
    assert log.clocks.degraded() == [1]
    assert log.says(1, 70) == 1_000
    assert log.clocks.degraded() == []


def test_a_timestamp_that_falls_passes_no_time():
    log = Log(1)
    log.says(0, 1)
    live = log.clocks.live_ms
    log.says(0, 2, after=-3_000)
    log.says(0, 2, after=2_999)
    assert log.clocks.live_ms == live


def test_new_partitions_of_posts_hold_it_until_they_speak():
    log = Log(1)
    assert log.says(0, 10) == 10
    log._sources, log._ends = 2, [1, 0]
    assert log.says(0, 20) == 10
    assert log.says(1, 15) == 15


@pytest.mark.parametrize(
    ("begin", "hole", "tiles"),
    [(5, Hole.NONE, True), (0, Hole.NONE, True), (6, Hole.NONE, False), (6, Hole.GAP, True),
     (9, Hole.EXPIRED, True)],
)  # fmt: skip
def test_covers_tile(begin, hole, tiles):
    clocks = Clocks()
    clocks.hear(Cover(0, 1, 0, 5, NOW))
    assert clocks.tiles(Cover(0, 1, begin, 12, NOW, hole=hole)) is tiles
    assert clocks.tiles(Cover(1, 2, 7, 12, NOW)), "nothing is known of that source"


def test_a_cover_read_again_takes_nothing_back():
    clocks = Clocks()
    clocks.hear(Cover(0, 1, 0, 9, NOW + MINUTE_MS))
    clocks.hear(Cover(0, 1, 0, 5, NOW))
    assert (clocks.applied(0), clocks.watermark) == (9, NOW + MINUTE_MS)
