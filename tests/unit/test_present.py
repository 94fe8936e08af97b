"""The present of a brand is what its detectors say, and to ask for it changes nothing."""

from detector.clock import MINUTE_MS
from detector.mention import Cover, MentionRecord, position
from detector.present import present
from detector.shard import Shard
from detector.share_rise import ShareRise
from detector.spike import Detector, Reason, Signal
from detector.watch import IncidentSettings
from tests.mention_logs import LATENESS_MS, START, detectors_of, mention

START_MIN = START // MINUTE_MS


def all_detectors(brand: str) -> list[Detector]:
    return [*detectors_of(brand), ShareRise()]


class Feed:
    """A partition with one brand, fed minute by minute."""

    def __init__(self) -> None:
        self.shard = Shard(0, 1, all_detectors, IncidentSettings())
        self.posts = 0

    def hears(self, minute: int, posts: int) -> None:
        begin = self.posts + 1
        self.posts += posts
        at = START + minute * MINUTE_MS
        rows = [
            mention("a", n, at, position(n), -1 if n % 2 else 1, author=n)
            for n in range(begin, begin + posts)
        ]
        cover = Cover(0, 1, position(begin), position(self.posts + 1), at - LATENESS_MS)
        self.shard.apply(self.shard.through + 1, at, MentionRecord(cover, rows))

    def now(self, minute: int) -> dict:
        track = self.shard.tracks.get("a")
        return {v.signal: v for v in present(track, START_MIN + minute)} if track else {}


def history(minute: int) -> int:
    return 2 if minute % 20 == 0 else 0


def test_a_burst_is_seen_while_its_minute_is_open():
    feed = Feed()
    for minute in range(600):
        feed.hears(minute, history(minute))
    quiet = feed.now(599)
    feed.hears(600, 30)
    burst = feed.now(600)
    assert quiet[Signal.NEGATIVE_COUNT].reason is Reason.TOO_FEW
    assert burst[Signal.NEGATIVE_COUNT].observed == 15
    assert burst[Signal.NEGATIVE_COUNT].reason is Reason.SPIKE
    assert burst[Signal.NEGATIVE_COUNT].minute == START_MIN + 600
    assert 0 < burst[Signal.NEGATIVE_COUNT].expected < burst[Signal.NEGATIVE_COUNT].upper < 15
    share = burst[Signal.NEGATIVE_SHARE]
    assert share.observed == 0.5
    assert share.minute == START_MIN + 600 - LATENESS_MS // MINUTE_MS - 1, "the last closed one"


def test_a_brand_of_which_nothing_is_learnt_has_no_present():
    feed = Feed()
    feed.hears(0, 3)
    assert feed.now(0) == {}


def test_a_silent_brand_keeps_the_limit_it_had_and_holds_nothing():
    feed = Feed()
    for minute in range(300):
        feed.hears(minute, 2)
    for minute in range(300, 900, 10):
        feed.hears(minute, 0)
    verdict = feed.now(890)[Signal.TOTAL_COUNT]
    assert verdict.observed == 0
    assert verdict.expected > 0


def test_asking_changes_nothing():
    """A worker that shows its windows decides, and writes, what one decides and writes that does not."""
    asked, left_alone = Feed(), Feed()
    for minute in range(700):
        posts = 30 if minute == 640 else history(minute)
        for feed in (asked, left_alone):
            feed.hears(minute, posts)
        asked.now(minute)
        asked.now(minute + 10)
    assert asked.shard.take() == left_alone.shard.take()
    assert asked.shard.checkpoint() == left_alone.shard.checkpoint()
