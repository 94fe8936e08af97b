"""Puts streams together: posts in the order in which they arrive, as JSON, and the truth about them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from random import Random

from msgspec import Struct

from agents.simulation.draft import Draft, Stream, Voice
from agents.simulation.plan import Request, plan
from detector.clock import Millis, to_rfc3339
from detector.codec import to_json
from detector.post import Author


class SimulatedPost(Struct, frozen=True, omit_defaults=True):
    """A post as it is written; intake takes every one."""

    platform: str
    id: str
    created_at: str
    text: str
    author: Author
    lang: str | None = None
    reach: int | None = None


class Simulation:
    """One seeded simulation.

    Parameters
    ----------
    wanted
        What to simulate.
    seed
        Equal seeds and requests give equal bytes.
    brand
        Key of the brand; with the seed and the request it makes the posts' ids its own.
    voice
        How the brand is written, and in which languages.
    disorder_ms
        A post arrives up to so much later than its time; 0 for time order.

    Raises
    ------
    ValueError
        When the request cannot be planned.
    """

    def __init__(self, wanted: Request, seed: int, brand: str, voice: Voice, disorder_ms: Millis = 0) -> None:
        self._wanted = wanted
        self._seed = seed
        self._brand = brand
        self._voice = voice
        self._disorder_ms = disorder_ms
        self._streams = plan(wanted)
        self._counts: dict[str, Counter[str]] = {stream.name: Counter() for stream in self._streams}
        whole = to_json((wanted, seed, brand, sorted(voice.names), voice.languages))
        self._prefix = blake2b(whole, digest_size=5).hexdigest()

    def posts(self) -> Iterator[SimulatedPost]:
        """Yield the posts in the order of arrival."""
        for counts in self._counts.values():
            counts.clear()
        return _arriving(self._numbered(), self._disorder_ms, Random(f"{self._seed}/disorder"))

    def lines(self) -> Iterator[bytes]:
        """Yield the posts as lines of JSON."""
        for post in self.posts():
            yield to_json(post) + b"\n"

    def truth(self) -> dict[str, object]:
        """Return what was put in; counts are those of the posts taken so far."""
        start, end = self._wanted.start, self._wanted.start + self._wanted.duration
        return {
            "kind": self._wanted.kind,
            "seed": self._seed,
            "brand": self._brand,
            "start_at": to_rfc3339(start),
            "end_at": to_rfc3339(end),
            "posts": sum(counts["posts"] for counts in self._counts.values()),
            "streams": [self._told(stream) for stream in self._streams],
        }

    def drafts(self) -> Iterator[tuple[str, Draft]]:
        """Yield stream name and draft of each post, in time order."""
        seed = f"{self._seed}/{self._brand}"
        named = [_named(stream.name, stream.drafts(seed, self._voice)) for stream in self._streams]
        return heapq.merge(*named, key=lambda pair: pair[1].at)

    def _numbered(self) -> Iterator[tuple[Millis, SimulatedPost]]:
        for number, (name, draft) in enumerate(self.drafts(), 1):
            self._counts[name].update(_traits(draft))
            author, platform, _ = draft.person
            tag = None if not draft.tagged else "en" if draft.language == "en" else "id"
            at = draft.at // 1000 * 1000
            id_ = f"{self._prefix}-{number}"
            post = SimulatedPost(platform, id_, to_rfc3339(at), draft.text, author, tag, draft.reach)
            yield draft.at, post

    def _told(self, stream: Stream) -> dict[str, object]:
        counts = self._counts[stream.name]
        return {"name": stream.name, **stream.truth(), "counts": dict(sorted(counts.items()))}


def _named(name: str, drafts: Iterable[Draft]) -> Iterator[tuple[str, Draft]]:
    return ((name, draft) for draft in drafts)


def _traits(draft: Draft) -> Sequence[str]:
    traits = ["posts", f"topic:{draft.topic}", f"language:{draft.language}"]
    if draft.topic.negative:
        traits.append("negative")
    if draft.copy:
        traits.append("copy")
    return traits


def _arriving(
    timed: Iterator[tuple[Millis, SimulatedPost]], disorder_ms: Millis, dice: Random
) -> Iterator[SimulatedPost]:
    """Yield posts by time plus a delay of up to `disorder_ms`."""
    waiting: list[tuple[Millis, int, SimulatedPost]] = []
    for number, (at, post) in enumerate(timed):
        while waiting and waiting[0][0] <= at:
            yield heapq.heappop(waiting)[2]
        delay = dice.randint(0, disorder_ms) if disorder_ms else 0
        heapq.heappush(waiting, (at + delay, number, post))
    while waiting:
        yield heapq.heappop(waiting)[2]
