from __future__ import annotations

import pytest

from detector.alert import ReceiverRule
from detector.clock import MINUTE_MS, start_of, to_rfc3339
from detector.codec import to_json
from detector.incident import Change
from detector.kept_back import Hold
from detector.ledger import observe, record
from detector.mention import Cover, MentionRecord, position
from detector.shard import Shard
from detector.spike import Reason, Signal
from detector.watch import IncidentSettings
from detector.why import Because, feed_of, minute_asked, told_of, why
from tests.mention_logs import LATENESS_MS, START, detectors_of, mention

MINUTE = START // MINUTE_MS
SETTINGS = IncidentSettings()


class Brand:
    """A partition fed minute by minute, and the question about its brand."""

    def __init__(self) -> None:
        self.shard = Shard(0, 1, detectors_of, SETTINGS)
        self.posts = 0

    def hears(self, *minutes: int, clock: int | None = None) -> Brand:
        for minute in minutes:
            self._apply([minute], minute if clock is None else clock)
        if not minutes:
            self._apply([], clock)
        return self

    def _apply(self, minutes, clock):
        rows = []
        for minute in minutes:
            self.posts += 1
            at = position(self.posts)
            rows.append(mention("a", self.posts, START + minute * MINUTE_MS, at, -1, author=self.posts))
        cover = Cover(
            0, 1, position(self.posts), position(self.posts + 1), START + clock * MINUTE_MS - LATENESS_MS
        )
        self.shard.apply(self.shard.through + 1, START, MentionRecord(cover, rows))

    def answer(self, now: int | None = None):
        shard = self.shard
        minute = minute_asked(shard.clocks, LATENESS_MS)
        at = None if now is None else START + now * MINUTE_MS
        feed = feed_of(shard.clocks, LATENESS_MS, at)
        return why("a", shard.tracks.get("a"), minute, shard.closed_to, SETTINGS, feed)


def negatives(answer):
    return next(look for look in answer.looks if look.signal is Signal.NEGATIVE_COUNT)


def quiet_hours(hours: int) -> Brand:
    return Brand().hears(*range(0, hours * 60, 60))


def test_a_brand_nobody_has_spoken_of():
    answer = Brand().hears(clock=30).answer()
    assert (answer.because, answer.looks) == (Because.NO_POSTS, ())
    assert answer.sentence == "no post of this brand has been counted yet"


def test_posts_of_a_first_minute_that_is_not_closed_are_not_denied():
    brand = Brand().hears(0, 0, 1)
    assert brand.answer().because is Because.WARMING_UP


def test_a_brand_that_is_watched_for_an_hour_is_warming_up():
    answer = quiet_hours(2).answer()
    assert answer.because is Because.WARMING_UP
    assert (negatives(answer).threshold, negatives(answer).missing) == (None, None)


def test_what_is_short_of_an_alarm_is_what_it_takes():
    brand = quiet_hours(5)
    brand.hears(*[290] * 3, clock=290)
    look = negatives(brand.answer())
    assert (look.observed, look.threshold, look.missing, look.reason) == (3, 7, 4, Reason.TOO_FEW)
    assert brand.answer().sentence == "it is no spike: too few posts to mean anything"
    assert brand.shard.take().revisions == []
    brand.hears(290, 290, 290, clock=290)
    assert negatives(brand.answer()).missing == 1
    assert brand.shard.take().revisions == []
    brand.hears(290, clock=290)
    assert [r.change for r in brand.shard.take().revisions] == [Change.OPENED]
    answer = brand.answer()
    assert (answer.because, negatives(answer).missing) == (Because.INCIDENT_OPEN, 0)
    assert answer.incident.verdict == negatives(answer).verdict


def test_the_closest_of_the_open_minutes_counts():
    brand = quiet_hours(5)
    brand.hears(*[290] * 4, 294, clock=294)
    answer = brand.answer()
    assert answer.at == to_rfc3339(start_of(MINUTE + 294))
    assert negatives(answer).observed == 5
    brand.hears(clock=309)
    late = brand.answer()
    # The window of minute 309 no longer holds the posts, that of 304 is still open and does.
    assert (negatives(late).observed, negatives(late).at) == (5, to_rfc3339(start_of(MINUTE + 304)))


def test_after_an_alarm_it_is_muted_and_says_what_comes_through():
    brand = quiet_hours(5)
    brand.hears(*[290] * 9, clock=290)
    brand.hears(clock=420)
    assert [r.change for r in brand.shard.take().revisions][-1] is Change.RESOLVED
    brand.hears(*[420] * 8, clock=420)
    answer = brand.answer()
    assert brand.shard.take().revisions == []
    assert answer.because is Because.MUTED
    mute = answer.mute
    assert mute.until == to_rfc3339(start_of(MINUTE + 290 + 24 * 60))
    assert (mute.level, mute.breaks_through_at) == (7, 14)
    assert (answer.kept_back.hold, answer.kept_back.at) == (Hold.MUTED, to_rfc3339(start_of(MINUTE + 420)))
    brand.hears(clock=290 + 24 * 60)
    assert brand.answer().mute is None


def test_asking_changes_nothing_of_what_is_decided():
    asked, alone = quiet_hours(5), quiet_hours(5)
    for minute in (290, 290, 291, 295, 295, 295, 296, 300):
        asked.hears(minute)
        alone.hears(minute)
        asked.answer()
    assert asked.shard.take().revisions == alone.shard.take().revisions


def test_event_time_far_behind_the_clock_is_catching_up():
    brand = quiet_hours(2)
    assert brand.answer(now=61).feed.catching_up is False
    late = brand.answer(now=120).feed
    assert (late.catching_up, late.behind_ms) == (True, 60 * MINUTE_MS)
    assert brand.answer().feed.behind_ms is None


@pytest.fixture
def entry():
    brand = quiet_hours(5)
    brand.hears(*[290] * 9, clock=290)
    (opened,) = brand.shard.take().revisions[:1]
    return observe(None, opened, to_json(opened), START)


def test_receivers_are_told_as_the_service_decides(entry):
    rules = {
        "room": ReceiverRule(receiver="room", max_age_ms=0),
        "other": ReceiverRule(receiver="other", brands=frozenset({"b"})),
    }
    room, other = told_of([entry], rules, "a", START)
    assert (room.reason, room.delivered_revision) == ("not_yet_told", 0)
    assert other.sentence == "the receiver did not ask for this brand"
    (room,) = told_of([record(entry, "room", 1)], {"room": rules["room"]}, "a", START)
    assert (room.action, room.reason, room.delivered_revision) == ("skip", "already_delivered", 1)
    assert told_of([entry], rules, "b", START) == []
