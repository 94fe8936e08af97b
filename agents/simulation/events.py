"""What happens to a brand: a crisis, a joke that goes viral, one furious author."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Literal, TypeAlias

from msgspec import Struct, structs

from agents.simulation.arrivals import arrivals
from agents.simulation.draft import Desk, Draft, Voice
from agents.simulation.people import Crowd
from agents.simulation.phrases import Topic
from agents.simulation.season import HOUR_MS
from detector.clock import MINUTE_MS, Millis, to_rfc3339

Onset: TypeAlias = Literal["step", "ramp", "dusk"]
# How long it takes to reach the peak. Dusk is a step too, but people notice one by one that come home.
RISE_MS: dict[Onset, int] = {"step": 0, "ramp": HOUR_MS, "dusk": 10 * MINUTE_MS}
# How many of the latest texts of an event are passed on.
_REMEMBERED = 6

COMPLAINTS = {Topic.OUTAGE: 0.72, Topic.SERVICE: 0.2, Topic.BILL: 0.08}
ASIDES = {Topic.QUESTION: 0.55, Topic.NEUTRAL: 0.35, Topic.JOKE: 0.1}
AFTERWARDS = {Topic.RECOVERY: 0.6, Topic.QUESTION: 0.1, Topic.NEUTRAL: 0.1, Topic.SERVICE: 0.2}
VIRAL = {Topic.JOKE: 0.76, Topic.NEUTRAL: 0.1, Topic.PRAISE: 0.06, Topic.QUESTION: 0.05, Topic.SERVICE: 0.03}


class Crisis(Struct, frozen=True):
    """Many people complain, until it is mended; then thanks come in and it ebbs away.

    `peak` is in posts per minute; `negative_share` is the share of complaints until it is mended, 0 to 1, and
    `copies` the share of these that copy another; `platforms` empty for the usual ones.
    """

    onset: Millis
    mended: Millis
    end: Millis
    peak: float
    shape: Onset = "step"
    negative_share: float = 0.85
    copies: float = 0.15
    platforms: tuple[str, ...] = ()
    name: str = "crisis"

    def drafts(self, seed: str, voice: Voice) -> Iterator[Draft]:
        """Yield its posts in time order."""
        dice = Random(f"{seed}/{self.name}")
        desk, crowd = Desk(dice, voice), Crowd(dice, "b", 20_000, self.platforms)
        share = self.negative_share
        during = {topic: weight * share for topic, weight in COMPLAINTS.items()}
        during |= {topic: weight * (1 - share) for topic, weight in ASIDES.items()}
        passed_on = _PassedOn(desk, self.copies, frozenset(COMPLAINTS))
        for at in arrivals(dice, self.onset, self.end, self.level):
            draft = desk.draft(at, during if at < self.mended else AFTERWARDS, crowd)
            yield passed_on.maybe(draft) if at < self.mended else draft

    def level(self, at: Millis) -> float:
        """Return the posts per minute expected: up to the peak, then slowly fewer; once mended, soon few."""
        rise = RISE_MS[self.shape]
        up = min(1.0, (at - self.onset + MINUTE_MS) / rise) if rise else 1.0
        tired = 0.5 ** (max(0, at - self.onset - rise) / (4 * HOUR_MS))
        over = 0.5 ** (max(0, at - self.mended) / (HOUR_MS / 2))
        return self.peak * up * tired * over

    def truth(self) -> dict[str, object]:
        """Return what was put in, apart from counts."""
        return {
            "onset_at": to_rfc3339(self.onset),
            "mended_at": to_rfc3339(self.mended),
            "end_at": to_rfc3339(self.end),
            "shape": self.shape,
            "peak_per_min": self.peak,
            "negative_share": self.negative_share,
            "copies": self.copies,
        }


class Joke(Struct, frozen=True):
    """A joke about the brand goes viral: hardly anybody is angry, `copies` of the jokes are passed on."""

    onset: Millis
    end: Millis
    peak: float
    copies: float = 0.5
    name: str = "joke"

    def drafts(self, seed: str, voice: Voice) -> Iterator[Draft]:
        """Yield its posts in time order."""
        dice = Random(f"{seed}/{self.name}")
        desk, crowd = Desk(dice, voice), Crowd(dice, "c", 20_000)
        passed_on = _PassedOn(desk, self.copies, frozenset({Topic.JOKE}))
        for at in arrivals(dice, self.onset, self.end, self.level):
            yield passed_on.maybe(desk.draft(at, VIRAL, crowd))

    def level(self, at: Millis) -> float:
        """Return the posts per minute expected: the peak after 20 minutes, halved each hour after."""
        since = at - self.onset
        up = min(1.0, (since + MINUTE_MS) / (20 * MINUTE_MS))
        return self.peak * up * 0.5 ** (max(0, since - 20 * MINUTE_MS) / HOUR_MS)

    def truth(self) -> dict[str, object]:
        """Return what was put in, apart from counts."""
        return {
            "onset_at": to_rfc3339(self.onset),
            "end_at": to_rfc3339(self.end),
            "peak_per_min": self.peak,
            "copies": self.copies,
        }


class FuriousAuthor(Struct, frozen=True):
    """One author complains again and again."""

    onset: Millis
    end: Millis
    rate: float = 0.4
    name: str = "author"

    def drafts(self, seed: str, voice: Voice) -> Iterator[Draft]:
        """Yield its posts in time order."""
        dice = Random(f"{seed}/{self.name}")
        desk, crowd = Desk(dice, voice), Crowd(dice, "d", 1, ("x",))
        for at in arrivals(dice, self.onset, self.end, lambda _at: self.rate):
            yield desk.draft(at, COMPLAINTS, crowd)

    def truth(self) -> dict[str, object]:
        """Return what was put in, apart from counts."""
        return {
            "onset_at": to_rfc3339(self.onset),
            "end_at": to_rfc3339(self.end),
            "rate_per_min": self.rate,
        }


class _PassedOn:
    """The latest texts of an event on what it is about, which others copy."""

    def __init__(self, desk: Desk, share: float, topics: frozenset[Topic]) -> None:
        self._desk = desk
        self._share = share
        self._topics = topics
        self._latest: list[Draft] = []

    def maybe(self, draft: Draft) -> Draft:
        """Return a post as it is, or instead of it a copy of one before it."""
        dice = self._desk.dice
        if draft.topic not in self._topics:
            return draft
        if not self._latest or dice.random() >= self._share:
            self._latest = [draft, *self._latest][:_REMEMBERED]
            return draft
        source = dice.choice(self._latest)
        text = self._desk.writer.retold(source.text, source.topic.mood, source.person.handle)
        return structs.replace(draft, text=text, topic=source.topic, language=source.language, copy=True)
