"""What people write of a brand on any day."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from msgspec import Struct

from agents.simulation.arrivals import arrivals
from agents.simulation.draft import Desk, Draft, Voice
from agents.simulation.people import Crowd
from agents.simulation.phrases import Topic
from agents.simulation.season import season
from detector.clock import Millis, to_rfc3339

# One post in seven is a complaint: a convention.
TOPICS = {
    Topic.NEUTRAL: 0.33,
    Topic.QUESTION: 0.27,
    Topic.PRAISE: 0.2,
    Topic.JOKE: 0.05,
    Topic.RECOVERY: 0.01,
    Topic.SERVICE: 0.05,
    Topic.OUTAGE: 0.05,
    Topic.BILL: 0.04,
}


class Background(Struct, frozen=True):
    """Chatter without an event.

    `rate` is the mean of posts per minute; `seasonal`: by day and week, else the same at all times;
    `dispersion`: see `agents.simulation.arrivals.arrivals`.
    """

    begin: Millis
    end: Millis
    rate: float
    seasonal: bool = False
    dispersion: float = 0.0
    name: str = "background"

    def drafts(self, seed: str, voice: Voice) -> Iterator[Draft]:
        """Yield its posts in time order."""
        dice = Random(f"{seed}/{self.name}")
        desk, crowd = Desk(dice, voice), Crowd(dice, "a", 4_000)
        for at in arrivals(dice, self.begin, self.end, self._level, self.dispersion):
            yield desk.draft(at, TOPICS, crowd)

    def _level(self, at: Millis) -> float:
        return self.rate * season(at) if self.seasonal else self.rate

    def truth(self) -> dict[str, object]:
        """Return what was put in, apart from counts."""
        return {
            "begin_at": to_rfc3339(self.begin),
            "end_at": to_rfc3339(self.end),
            "rate_per_min": self.rate,
            "seasonal": self.seasonal,
            "dispersion": self.dispersion,
        }
