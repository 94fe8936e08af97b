"""Logs of `mentions` with what hurts: brands that fall silent, crowds, several incidents in a few hours."""

import random
from collections.abc import Sequence

from detector.clock import MINUTE_MS, minute_of
from detector.codec import from_msgpack
from detector.detector_settings import DetectorSettings
from detector.mention import Cover, MentionRecord, position
from detector.rank_tail import RankTail
from detector.shard import Shard
from detector.spike import Detector, Signal
from detector.state import MinuteRecord
from detector.voices import MAX_VOICES
from detector.watch import IncidentSettings
from tests.mention_logs import LATENESS_MS, START, Entry, Store, mention

SETTINGS = DetectorSettings(lateness_min=5, window_min=5, min_exposure_min=60)
QUICK = IncidentSettings(mute_min=60, resolve_after_min=5, update_every_min=5, escalate_after_min=10)
CROWD = MAX_VOICES + 60


def detectors_of(_brand: str) -> Sequence[Detector]:
    return [RankTail(signal, SETTINGS) for signal in (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT)]


def quick_shard() -> Shard:
    """Return a shard whose incidents open after an hour and end within minutes."""
    return Shard(0, 1, detectors_of, QUICK)


class QuickStore(Store):
    def restored(self) -> Shard:
        return self.into(quick_shard())


Sent = tuple[int, int, int, str, int, int]


def crowd_posts(seed: int, minutes: int = 260) -> list[Sent]:
    """Return (arrival, post, created_at, brand, label, author) in order of arrival.

    One brand is steady, one bursts twice after hours of silence, one draws a crowd.
    """
    rng = random.Random(seed)
    plan: list[tuple[int, str, int]] = [
        (minute, "steady", rng.choice([0, 0, 1])) for minute in range(minutes)
    ]
    plan += [(3, "silent", 1), (4, "silent", 1)]
    for burst in (100 + rng.randrange(9), 230 + rng.randrange(9)):
        plan += [(burst, "silent", rng.randrange(12, 30)), (burst + 3, "silent", 9)]
    plan += [(minute, "steady", 9) for minute in range(120, 126)]
    plan += [(2, "crowd", 1)] + [(minute, "crowd", CROWD) for minute in (150, 151, 153)]
    posts, number = [], 0
    for minute, brand, count in plan:
        for _ in range(count):
            number += 1
            created_at = START + minute * MINUTE_MS + rng.randrange(MINUTE_MS)
            delay = rng.choice([0, 0, rng.randrange(4 * MINUTE_MS), rng.randrange(9 * MINUTE_MS)])
            # In a crowd many come back in the next minute; elsewhere some authors are unknown.
            author = rng.randrange(1, 900) if brand == "crowd" else rng.randrange(300)
            posts.append((created_at + delay, number, created_at, brand, rng.choice([-1, -1, 0, 1]), author))
            if rng.random() < 0.04:
                posts.append((created_at + rng.randrange(12 * MINUTE_MS), *posts[-1][1:]))
    return sorted(posts)


def crowd_log(seed: int, sources: int = 2) -> list[Entry]:
    """Return a log of these posts, many late and some twice."""
    return log_of(crowd_posts(seed), sources)


def log_of(posts: Sequence[Sent], sources: int) -> list[Entry]:
    """Return a log to which every source adds a record once a minute."""
    first, last = minute_of(posts[0][0]), minute_of(posts[-1][0])
    arrivals: dict[int, list] = {}
    for post in posts:
        arrivals.setdefault(minute_of(post[0]), []).append(post)
    log: list[Entry] = []
    ends, clocks = [0] * sources, [None] * sources
    for minute in range(first, last + 20):
        for source in range(sources):
            rows, begin = [], ends[source]
            for _, post, created_at, brand, label, author in arrivals.get(minute, ()):
                if post % sources == source:
                    rows.append(mention(brand, post, created_at, position(ends[source]), label, author))
                    ends[source] += 1
            clock = (minute + 1) * MINUTE_MS - LATENESS_MS
            clocks[source] = max(clocks[source] or clock, clock)
            cover = Cover(source, sources, position(begin), position(ends[source]), clocks[source])
            log.append((len(log), (minute + 1) * MINUTE_MS, MentionRecord(cover, rows)))
    return log


def put(store: Store, writes) -> None:
    if writes is not None:
        store.put([*writes.before, writes.header, *writes.after])


def closed_posts(entries: dict[str, bytes]) -> dict[tuple[str, int], int]:
    """Return the posts of each brand and closed minute, as some saved minutes have them."""
    counted = {}
    for key, data in entries.items():
        if "/minute/" in key:
            record = from_msgpack(data, MinuteRecord)
            for brand, row in record.brands.items():
                counted[brand, record.minute] = row.tally.posts
    return counted
