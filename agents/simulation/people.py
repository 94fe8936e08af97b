"""Who posts, and where: people with one platform each and so many followers."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from detector.post import Author

_PLATFORMS = {
    "x": 38,
    "instagram": 15,
    "facebook": 14,
    "tiktok": 12,
    "threads": 7,
    "youtube": 4,
    "forum": 4,
    "telegram": 3,
    "reddit": 3,
}
_MOST_FOLLOWERS = 400_000


class Person(NamedTuple):
    """One author with a platform and a handle."""

    author: Author
    platform: str
    handle: str


class Crowd:
    """So many people who may post; some post far more often than others.

    The median of the followers is about 250, and one in a hundred has more than 10,000.
    """

    def __init__(self, dice: Random, name: str, size: int, platforms: tuple[str, ...] = ()) -> None:
        self._dice = dice
        self._name = name
        self._size = size
        self._weights = {p: w for p, w in _PLATFORMS.items() if not platforms or p in platforms}
        self._weights.update({p: 10 for p in platforms if p not in _PLATFORMS})
        self._known: dict[int, Person] = {}

    def someone(self) -> Person:
        """Return a person; the first ones of the crowd come up most."""
        number = int(self._size * self._dice.random() ** 1.5)
        if number not in self._known:
            self._known[number] = self._new(number)
        return self._known[number]

    def reach(self, person: Person) -> int | None:
        """Return how many saw a post, as the few sources do that know it."""
        if self._dice.random() > 0.25:
            return None
        return int((person.author.followers or 0) * self._dice.uniform(0.05, 0.6)) + self._dice.randrange(40)

    def _new(self, number: int) -> Person:
        followers = min(_MOST_FOLLOWERS, int(self._dice.lognormvariate(5.5, 1.6)))
        platform = self._dice.choices(tuple(self._weights), tuple(self._weights.values()))[0]
        name = f"{self._name}{number}"
        return Person(Author(name, followers), platform, f"warga_{name}")
