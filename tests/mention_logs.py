"""Seeded logs of the `mentions` topic, as several owners of posts partitions would have written them."""

import random
from collections.abc import Sequence

from detector.clock import MINUTE_MS
from detector.detector_settings import DetectorSettings
from detector.mention import Cover, Mention, MentionRecord, pack, position, unpack
from detector.rank_tail import RankTail
from detector.shard import Findings, Shard
from detector.spike import Detector, Signal
from detector.state import read_state
from detector.watch import IncidentSettings

START = 29_000_000 * MINUTE_MS
LATENESS_MS = 5 * MINUTE_MS
SETTINGS = DetectorSettings(lateness_min=5)

Entry = tuple[int, int, MentionRecord]


def mention(brand: str, post: int, created_at: int, at: int, label: int = -1, author: int = 0) -> Mention:
    """Return a mention whose other fields follow from its post; each half hour has its topic."""
    topic = f"topic{chr(97 + created_at // (30 * MINUTE_MS) % 26)}"
    return Mention(
        brand, post, author, created_at, at, 6_000 * label, label, post % 5, post % 4, 50, post % 9,
        post % 97, brand, f"{topic} post{post} thing{post} word{post} here{post}",
    )  # fmt: skip


def detectors_of(_brand: str) -> Sequence[Detector]:
    return [RankTail(signal, SETTINGS) for signal in (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT)]


def new_shard() -> Shard:
    return Shard(0, 1, detectors_of, IncidentSettings())


def crisis_log(seed: int, hours: int = 8, sources: int = 2, brands: int = 3) -> list[Entry]:
    """Return (offset, timestamp, record): a quiet day part, then a burst about the first brand.

    Posts are out of order by up to the allowed lateness and beyond, some come twice, and every source
    ticks once a minute.
    """
    rng = random.Random(seed)
    posts = _posts(rng, hours, brands)
    log: list[Entry] = []
    covered, clocks, offsets = [0] * sources, [None] * sources, [0] * sources
    for arrival, batch in _by_arrival(posts):
        for source in range(sources):
            mine = [p for p in batch if p[1] % sources == source]
            rows = []
            for _, post, created_at, brand, label in mine:
                at = position(offsets[source])
                offsets[source] += 1
                rows.append(mention(f"brand{brand}", post, created_at, at, label, 1 + post % 200))
                clock = min(created_at, arrival) - LATENESS_MS
                clocks[source] = clock if clocks[source] is None else max(clocks[source], clock)
            end = position(offsets[source])
            cover = Cover(source, sources, covered[source], end, clocks[source])
            covered[source] = end
            log.append((len(log), arrival, unpack(pack(cover, rows))))
    return log


def _posts(rng, hours, brands):
    posts, number = [], 0
    for minute in range(hours * 60):
        burst = 12 if hours * 40 < minute < hours * 40 + 30 else 0
        for brand in range(brands):
            for _ in range(_poisson(rng, 0.3) + (burst if brand == 0 else 0)):
                number += 1
                created_at = START + minute * MINUTE_MS + rng.randrange(MINUTE_MS)
                delay = rng.choice([0, 0, 0, rng.randrange(4 * MINUTE_MS), rng.randrange(9 * MINUTE_MS)])
                row = (created_at + delay, number, created_at, brand, rng.choice([-1, -1, 0, 1]))
                posts.append(row)
                if rng.random() < 0.05:
                    posts.append((row[0] + rng.randrange(12 * MINUTE_MS), *row[1:]))
    return sorted(posts)


def _poisson(rng, mean):
    count, threshold, product = 0, 2.718281828459045**-mean, rng.random()
    while product > threshold:
        count, product = count + 1, product * rng.random()
    return count


def _by_arrival(posts):
    """Yield (end of the tick, posts that arrived in it), once a minute."""
    batches: dict[int, list] = {}
    for post in posts:
        batches.setdefault(post[0] // MINUTE_MS, []).append(post)
    for minute in range(min(batches), max(batches) + 20):
        yield (minute + 1) * MINUTE_MS, batches.get(minute, [])


def replay(log: Sequence[Entry], shard: Shard | None = None) -> tuple[Shard, Findings]:
    """Return a shard that applied a log at once, and all it found."""
    shard = shard or new_shard()
    for offset, timestamp, record in log:
        shard.apply(offset, timestamp, record)
    return shard, shard.take()


class Store:
    """Keeps the writes of checkpoints as the changelog topic would."""

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}

    def put(self, entries) -> None:
        for key, value in entries:
            if value is None:
                self.entries.pop(key, None)
            else:
                self.entries[key] = value

    def restored(self) -> Shard:
        return self.into(new_shard())

    def into(self, shard: Shard) -> Shard:
        shard.restore(read_state(0, 1, self.entries))
        return shard
