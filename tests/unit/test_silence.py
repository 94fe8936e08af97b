import random

import pytest

from detector.clock import DAY_MIN, HOUR_MIN
from detector.codec import from_msgpack, to_msgpack
from detector.post import PLATFORMS
from detector.silence import (
    DOUBTFUL_P,
    GONE_AFTER_MIN,
    LEAST_QUIET_MIN,
    PAUSE_MIN,
    SILENT_P,
    Feed,
    Pulse,
    hear,
    silent_feeds,
)
from detector.spike import Reason

START = 29_218_500 // DAY_MIN * DAY_MIN
X, FACEBOOK = PLATFORMS.index("x"), PLATFORMS.index("facebook")


class Feeds:
    """Two feeds of a brand, heard minute by minute; others keep the partition live."""

    def __init__(self) -> None:
        self.heard = Pulse()
        self.feeds: dict[int, Feed] = {}
        self.minute = START

    def go_on(self, minutes: int, *platforms: int, every: int = 1, others: bool = True) -> None:
        for _ in range(minutes):
            self.minute += 1
            speaking = dict.fromkeys(platforms, 1) if self.minute % every == 0 else {}
            if speaking or others:
                self.heard.hear(self.minute)
            hear(self.feeds, self.minute, self.heard.live, speaking, learn=True)

    def silent(self, p: float = SILENT_P) -> list[str]:
        return [one.platform for one in silent_feeds(self.feeds, self.minute, self.heard.live, p)]


def test_a_feed_that_stops_is_told_with_its_numbers() -> None:
    story = Feeds()
    story.go_on(2 * DAY_MIN, X, FACEBOOK, every=5)
    assert story.silent() == []
    story.go_on(3 * HOUR_MIN, FACEBOOK, every=5)
    (found,) = silent_feeds(story.feeds, story.minute, story.heard.live)
    assert (found.platform, found.reason, found.last) == ("x", Reason.SOURCE_SILENT, START + 2 * DAY_MIN)
    assert found.expected == pytest.approx(36, abs=1)
    assert found.p_value == pytest.approx((1 + 0.2 * found.expected) ** -5, rel=0.01)
    assert (
        found.sentence == "no post on x where 36 were expected: the sources are silent, so zero says nothing"
    )


def test_doubt_comes_before_certainty() -> None:
    story = Feeds()
    story.go_on(2 * DAY_MIN, X, FACEBOOK, every=5)
    story.go_on(HOUR_MIN, FACEBOOK, every=5)
    assert (story.silent(DOUBTFUL_P), story.silent()) == (["x"], [])


def test_a_feed_that_speaks_again_is_silent_no_more() -> None:
    story = Feeds()
    story.go_on(2 * DAY_MIN, X, FACEBOOK, every=5)
    story.go_on(3 * HOUR_MIN, FACEBOOK, every=5)
    story.go_on(5, X, every=5)
    assert story.silent() == []


def test_silence_of_everybody_is_no_silence_of_a_feed() -> None:
    """An outage of siaga itself, or of all sources: event time passes and nothing at all is heard."""
    story = Feeds()
    story.go_on(2 * DAY_MIN, X, FACEBOOK, every=5)
    story.go_on(12 * HOUR_MIN, others=False)
    assert story.silent(DOUBTFUL_P) == []
    story.go_on(5, FACEBOOK, every=5, others=False)
    assert story.heard.live < 2 * DAY_MIN + 5 + PAUSE_MIN
    assert story.silent(DOUBTFUL_P) == []


def test_the_only_feed_of_a_brand_is_missed_while_other_brands_are_heard() -> None:
    story = Feeds()
    story.go_on(2 * DAY_MIN, X, every=5)
    story.go_on(3 * HOUR_MIN)
    assert story.silent() == ["x"]


def test_a_night_is_no_silence() -> None:
    story = Feeds()
    for _ in range(9):
        story.go_on(16 * HOUR_MIN, X)
        assert story.silent() == []
        story.go_on(8 * HOUR_MIN)
    story = Feeds()
    for _ in range(5):
        story.go_on(16 * HOUR_MIN, X)
        story.go_on(7 * HOUR_MIN)
        if story.minute > START + 2 * DAY_MIN:
            assert story.silent(DOUBTFUL_P) == []
        story.go_on(HOUR_MIN)


def test_a_feed_is_not_judged_in_its_first_day_and_gone_after_two_of_silence() -> None:
    story = Feeds()
    story.go_on(20 * HOUR_MIN, X)
    story.go_on(5 * HOUR_MIN)
    assert story.silent() == []
    story = Feeds()
    story.go_on(3 * DAY_MIN, X)
    story.go_on(GONE_AFTER_MIN)
    assert story.silent() == ["x"]
    story.go_on(1)
    assert story.silent() == []


def test_a_busy_feed_may_pause() -> None:
    story = Feeds()
    for _ in range(2 * DAY_MIN):
        story.minute += 1
        story.heard.hear(story.minute)
        hear(story.feeds, story.minute, story.heard.live, {X: 500}, learn=True)
    story.go_on(LEAST_QUIET_MIN - 1)
    assert story.silent() == []
    story.go_on(1)
    assert story.silent() == ["x"]


def test_what_an_incident_brings_is_not_expected_of_the_next_day() -> None:
    story = Feeds()
    story.go_on(2 * DAY_MIN, X, every=60)
    for _ in range(60):
        story.minute += 1
        story.heard.hear(story.minute)
        hear(story.feeds, story.minute, story.heard.live, {X: 100}, learn=False)
    story.go_on(DAY_MIN - 60, X, every=60)
    story.go_on(60)
    assert story.silent(DOUBTFUL_P) == []


def test_it_goes_on_after_a_restart_with_the_same_bits() -> None:
    rng = random.Random(3)
    feeds: dict[int, Feed] = {}
    minute = START
    for i in range(3_000):
        minute += rng.choice([1, 3, 40, 2_000 if i % 500 == 0 else 1])
        hear(feeds, minute, i, {X: rng.randrange(1, 4)}, learn=rng.random() < 0.9)
        again = from_msgpack(to_msgpack(feeds), dict[int, Feed]) if i % 100 == 0 else feeds
        assert again == feeds
        feeds = again


@pytest.mark.parametrize("rate", [0.05, 0.5, 3.0])
def test_feeds_that_go_on_are_hardly_ever_called_silent(rate: float) -> None:
    """Over-dispersed by the hour (gamma 4) with a daily season, twenty days: none here."""
    rng = random.Random(7)
    story, found, factor = Feeds(), 0, 1.0
    for i in range(12 * DAY_MIN):
        if i % HOUR_MIN == 0:
            evening = 1.6 if i % DAY_MIN > DAY_MIN // 2 else 0.4
            factor = rate * evening * rng.gammavariate(4, 0.25)
        story.minute += 1
        if rng.random() < min(1.0, factor):
            story.heard.hear(story.minute)
            hear(story.feeds, story.minute, story.minute, {X: 1}, learn=True)
        if i % 10 == 0:
            found += bool(silent_feeds(story.feeds, story.minute, story.minute))
    assert found == 0
