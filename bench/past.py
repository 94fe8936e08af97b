"""Gives brands a past, so that a benchmark judges them as a service does that has run for a while.

Some brands are talked of for hours as they are in the benchmark, through the core itself; what it saved of
each is copied to the brands of about the same rank. The worker then restores that state from Kafka.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from agents.assembly import new_reader, new_shard
from agents.settings.load import Settings
from bench.material import PARTITIONS
from bench.produce import Outgoing, append
from bench.restore import Entry, pattern_of, state_of
from detector.clock import MINUTE_MS, Millis, Minute, minute_of
from detector.mention import Cover, Mention, MentionRecord, position
from detector.shard import Shard
from detector.state import baseline_key
from tests.integration.installation import Installation

# Three hours make a brand fit to be judged.
PAST_MIN = 200
PATTERNS = 25
_ODD = 0x9E3779B97F4A7C15


def read_mentions(settings: Settings, posts: Sequence[bytes], now: Millis) -> list[Mention]:
    """Return the mentions of posts, as hop one makes them."""
    return new_reader(settings, 1).read(enumerate(posts), now).mentions[0]


def some_brands(brands: Sequence[str], count: int = PATTERNS) -> list[str]:
    """Return some brands of all ranks."""
    return list(brands[:: max(1, len(brands) // count)])


def with_a_past(
    settings: Settings, mentions: Sequence[Mention], brands: Sequence[str], begin: Minute
) -> tuple[Shard, dict[str, bytes], int]:
    """Return a shard in which brands were talked of until a minute as they are in mentions.

    Returns
    -------
    tuple
        The shard, the state it saved by key, and the position it is at.
    """
    by_minute = _whole_minutes(mentions, set(brands))
    shard, saved, at = new_shard(settings, 0, 1), {}, 0
    for step in range(PAST_MIN):
        minute = begin - PAST_MIN + step
        rows = list(_moved(by_minute[step % len(by_minute)], minute, at))
        end = at + len(rows)
        cover = Cover(0, 1, position(at), position(end), (minute + 1) * MINUTE_MS)
        shard.apply(step, minute * MINUTE_MS, MentionRecord(cover, rows))
        shard.take()
        writes = shard.checkpoint()
        for key, value in [*writes.before, *writes.after] if writes else ():
            if value is None:
                saved.pop(key, None)
            else:
                saved[key] = value
        at = end
    return shard, saved, at


def _whole_minutes(mentions: Sequence[Mention], brands: set[str]) -> list[list[Mention]]:
    """Return the mentions of some brands by minute, without the first and the last one if others are left."""
    found: dict[Minute, list[Mention]] = defaultdict(list)
    for mention in mentions:
        if mention.brand in brands:
            found[minute_of(mention.created_at)].append(mention)
    minutes = [rows for _, rows in sorted(found.items())]
    return minutes[1:-1] or minutes


def _moved(rows: Sequence[Mention], minute: Minute, at: int) -> Iterator[Mention]:
    """Yield mentions as if other people had said the same in another minute."""
    for i, row in enumerate(rows):
        yield row._replace(
            created_at=row.created_at % MINUTE_MS + minute * MINUTE_MS,
            post=at + i + 1,
            author=(row.author + minute * _ODD) % 2**64,
            position=position(at + i),
        )


def state_with_a_past(
    settings: Settings, posts: Sequence[bytes], brands: Sequence[str], now: Millis
) -> dict[int, list[Entry]]:
    """Return the state of each mentions partition when the first of the posts is about to be read."""
    mentions = read_mentions(settings, posts, now)
    begin = min(minute_of(mention.created_at) for mention in mentions)
    chosen = some_brands(brands)
    _, saved, _ = with_a_past(settings, mentions, chosen, begin)
    # Of few posts, some of the brands chosen have none, and so no past.
    patterns = [pattern_of(saved, brand) for brand in chosen if baseline_key(0, brand) in saved]
    made = [patterns[i * len(patterns) // len(brands)] for i in range(len(brands))]
    return state_of(brands, made, begin - 1)


def give_past(siaga: Installation, state: dict[int, list[Entry]]) -> None:
    """Append a state to the state topic, before any worker starts."""
    append(
        siaga.bootstrap,
        siaga.topic("siaga-state-changelog"),
        (
            Outgoing(value, partition, key.encode())
            for partition in range(PARTITIONS)
            for key, value in state[partition]
        ),
    )
