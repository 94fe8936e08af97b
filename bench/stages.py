"""What each stage of the core costs, in this process: CPU microseconds a post."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from agents.assembly import detectors_of, new_reader, new_scorer
from agents.settings.load import Settings
from bench.past import PAST_MIN, some_brands, with_a_past
from detector.brand import BrandMatcher
from detector.clock import MINUTE_MS, Millis, minute_of
from detector.intake import read_record
from detector.mention import Cover, Mention, MentionRecord, pack, position, unpack
from detector.text import near_copy, redact
from detector.track import Track

SLAB = 5_000
# Of all brands so many are judged: enough for a mean, few enough to give each of them a past.
JUDGED = 50
T = TypeVar("T")


class Clocked:
    """Collects what was spent by stage."""

    def __init__(self) -> None:
        self.us: dict[str, float] = {}

    def __call__(self, stage: str, per: int, work: Callable[[], T]) -> T:
        began = time.process_time()
        result = work()
        self.us[stage] = (time.process_time() - began) / per * 1e6
        return result


def stage_costs(settings: Settings, records: Sequence[bytes], now: Millis) -> dict[str, float]:
    """Return the cost of each stage for records of one post each, about as many brands as are configured.

    What stages cost together is the core's share; the rest of what a worker needs is Kafka and Faust. The
    stages of hop two are measured on brands that have a past and are judged.
    """
    clocked = Clocked()
    mentions = _hop_one(settings, records, now, clocked)
    _hop_two(settings, mentions, clocked)
    return clocked.us


def _hop_one(settings: Settings, records: Sequence[bytes], now: Millis, clocked: Clocked) -> list[Mention]:
    count = len(records)
    match = BrandMatcher(settings.brands).match
    score = new_scorer(settings).score
    ignored = {brand.key: (brand.name, *brand.aliases) for brand in settings.brands}
    reader = new_reader(settings, 1)
    for record in records[:SLAB]:
        reader.read([(0, record)], now)  # caches fill as they do in a worker
    posts = clocked("decode", count, lambda: [read_record(r, now).accepted[0].post for r in records])
    found = clocked("match", count, lambda: [match(post.text, post.brands)[0].brand for post in posts])
    clocked(
        "score",
        count,
        lambda: [score(p.text, ignored[b], p.lang) for p, b in zip(posts, found, strict=True)],
    )
    clocked("redact, near copies", count, lambda: [(redact(p.text), near_copy(p.text)) for p in posts])
    slabs = [records[at : at + SLAB] for at in range(0, count, SLAB)]
    began = time.process_time()
    readings = [reader.read(enumerate(slab, i * SLAB), now) for i, slab in enumerate(slabs)]
    whole = (time.process_time() - began) / count * 1e6
    clocked.us["hashes, rows"] = max(whole - sum(clocked.us.values()), 0.0)
    packed = clocked(
        "encode", count, lambda: [pack(_cover(i), r.mentions[0]) for i, r in enumerate(readings)]
    )
    clocked("decode mentions", count, lambda: [unpack(data) for data in packed])
    return [mention for reading in readings for mention in reading.mentions[0]]


def _cover(slab: int) -> Cover:
    return Cover(0, 1, position(slab * SLAB), position((slab + 1) * SLAB), 0)


def _hop_two(settings: Settings, mentions: list[Mention], clocked: Clocked) -> None:
    """Measure counting, deciding, closing and the state on some brands that have a past."""
    judged = some_brands([brand.key for brand in settings.brands], JUDGED)
    mentions = [mention for mention in mentions if mention.brand in set(judged)]
    first, last, count = minute_of(mentions[0].created_at), minute_of(mentions[-1].created_at), len(mentions)
    shard, _, at = with_a_past(settings, mentions, judged, first)
    detectors = detectors_of(settings)
    tracks = {brand: Track(brand, lambda: detectors("")) for brand in judged}
    clocked(
        "duplicates and count",
        count,
        lambda: [tracks[m.brand].refill(m, minute_of(m.created_at)) for m in mentions],
    )
    held = Cover(0, 1, position(at), position(at + count), first * MINUTE_MS)
    placed = [mention._replace(position=position(at + i)) for i, mention in enumerate(mentions)]
    clocked("apply", count, lambda: shard.apply(PAST_MIN, first * MINUTE_MS, MentionRecord(held, placed)))
    clocked.us["decide"] = max(clocked.us.pop("apply") - clocked.us["duplicates and count"], 0.0)
    tick = Cover(0, 1, position(at + count), position(at + count), (last + 1) * MINUTE_MS)
    clocked("close and learn", count, lambda: shard.apply(PAST_MIN + 1, 0, MentionRecord(tick, [])))
    clocked("state", count, shard.checkpoint)
    closed = len({(mention.brand, minute_of(mention.created_at)) for mention in mentions})
    clocked.us["(a closed minute of a brand)"] = clocked.us["close and learn"] * count / closed
