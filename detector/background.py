"""What a brand's posts usually say: a bounded table of terms with decayed counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct

from detector.clock import DAY_MIN, HOUR_MIN, Minute
from detector.codec import from_msgpack, to_msgpack

MAX_TERMS = 200
HALF_LIFE_MIN = 14 * DAY_MIN
# A brand's posts are looked at every third hour, while little is known of it every ten minutes: so that terms
# cost next to nothing a post.
EVERY_MIN = 3 * HOUR_MIN
EVERY_MIN_YOUNG = 10
YOUNG_TEXTS = 60.0


class Background(Struct, frozen=True, array_like=True):
    """How many of some decayed number of texts held each term. Part of the state format.

    `next_at` is the first minute whose texts will be looked at, `minute` the one to which counts are decayed.
    """

    minute: Minute = 0
    next_at: Minute = 0
    texts: float = 0.0
    counts: dict[str, float] = {}


def learn(packed: bytes, minute: Minute, terms: Iterable[Collection[str]]) -> bytes:
    """Return a packed background that also knows the terms of some texts of a minute.

    Of more than `MAX_TERMS` the rarest go; of equals those that come later in the alphabet. The counts that
    stay are a little too low at most: a term that went and came back begins anew.
    """
    before = unpack(packed)
    keep = 0.5 ** ((minute - before.minute) / HALF_LIFE_MIN)
    texts = before.texts * keep
    counts = {term: count * keep for term, count in before.counts.items()}
    for each in terms:
        texts += 1.0
        for term in each:
            counts[term] = counts.get(term, 0.0) + 1.0
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MAX_TERMS]
    every = EVERY_MIN_YOUNG if texts < YOUNG_TEXTS else EVERY_MIN
    return to_msgpack(Background(minute, minute + every, round(texts, 3), {t: round(n, 3) for t, n in most}))


def unpack(packed: bytes) -> Background:
    """Return a background; of no bytes the one that knows nothing."""
    return from_msgpack(packed, Background) if packed else Background()
