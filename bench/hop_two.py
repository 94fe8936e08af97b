"""Hop two alone, in this process: mentions per CPU-second, and what a crowd that goes on takes in memory.

    python -m bench.hop_two [--brands 20] [--rate 60] [--minutes 6] [--crowd 15]

Brands that have a past of some hours are talked of for some minutes; records are decoded, counted, judged and
closed, and the state is made. Then twenty other brands draw a crowd each minute, more authors than are kept
of a closed minute: memory has its size once open minutes are full, though an hour of authors is remembered.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bench.document import machine
from bench.material import bare_settings, brands, make_posts
from bench.memory import resident
from bench.past import PAST_MIN, read_mentions, with_a_past
from bench.post_streams import shipped
from detector.clock import MINUTE_MS, minute_of
from detector.mention import Cover, Mention, MentionRecord, pack, position, unpack
from detector.shard import Shard
from detector.watch import IncidentSettings

NOW = 1_790_000_040_000
RECORD = 500
BAR = 250_000
CROWDS, CROWD = 20, 1_500


def spent(brand_count: int, rate: int, minutes: int) -> dict[str, float]:
    """Return CPU microseconds a mention by what they are spent on, and those of closing a brand's minute."""
    about = brands(brand_count)
    with tempfile.TemporaryDirectory() as folder:
        settings = bare_settings(Path(folder), about)
    span = minutes * MINUTE_MS
    mentions = read_mentions(
        settings, make_posts(brand_count * rate * minutes, NOW, about=about, span_ms=span), NOW
    )
    first = minute_of(mentions[0].created_at)
    shard, _, end = with_a_past(settings, mentions, list(about), first)
    found = dict.fromkeys(("decode", "count and decide", "close and learn", "state"), 0.0)
    offset, closed = PAST_MIN, 0

    def run(rows: Sequence[Mention], clock: int, stage: str) -> None:
        nonlocal offset, end
        placed = [row._replace(position=position(end + i)) for i, row in enumerate(rows)]
        data = pack(Cover(0, 1, position(end), position(end + len(rows)), clock), placed)
        record = _timed(found, "decode", lambda: unpack(data))
        _timed(found, stage, lambda: shard.apply(offset, clock, record))
        _timed(found, "state", lambda: (shard.take(), shard.checkpoint()))
        offset, end = offset + 1, end + len(rows)

    gc.collect()
    gc.disable()
    by_minute: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_minute.setdefault(minute_of(mention.created_at), []).append(mention)
    for minute, rows in by_minute.items():
        for at in range(0, len(rows), RECORD):
            run(rows[at : at + RECORD], minute * MINUTE_MS, "count and decide")
        run([], (minute + 1) * MINUTE_MS, "close and learn")
        closed += len({row.brand for row in rows})
    gc.enable()
    us = {stage: seconds / len(mentions) * 1e6 for stage, seconds in found.items()}
    return us | {"a closed minute of a brand": found["close and learn"] / closed * 1e6}


def _timed(found: dict[str, float], stage: str, work: Callable[[], object]) -> MentionRecord:
    began = time.process_time()
    result = work()
    found[stage] += time.process_time() - began
    return result  # type: ignore[return-value]


def crowd_mb(minutes: int) -> list[float]:
    """Return the resident megabytes of this process after each minute in which crowds speak."""
    rng, shard, found, end = random.Random(1), Shard(0, 1, lambda _: shipped(), IncidentSettings()), [], 0
    begin = minute_of(NOW)
    for minute in range(begin, begin + minutes):
        for _ in range(CROWDS):
            rows = [_said(rng, minute, position(end + i)) for i in range(CROWD)]
            cover = Cover(0, 1, position(end), position(end + CROWD), (minute - 1) * MINUTE_MS)
            shard.apply(end, minute * MINUTE_MS, MentionRecord(cover, rows))
            shard.take()
            shard.checkpoint()
            end += CROWD
        found.append(resident())
    return found


def _said(rng: random.Random, minute: int, at: int) -> Mention:
    label = rng.choice((-1, 0, 0, 1))
    return Mention(
        f"merek-{rng.randrange(CROWDS)}", rng.getrandbits(64), rng.getrandbits(64), minute * MINUTE_MS, at,
        label * 100, label, 0, 1, 50, 10, rng.getrandbits(64), "merek", "jaringan putus lagi, parah banget",
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="hop two alone")
    parser.add_argument("--brands", type=int, default=20)
    parser.add_argument("--rate", type=int, default=60, help="posts a brand and minute")
    parser.add_argument("--minutes", type=int, default=6)
    parser.add_argument("--crowd", type=int, default=15, help="minutes; at least 8")
    options = parser.parse_args(arguments)
    us = spent(options.brands, options.rate, options.minutes)
    for stage, cost in us.items():
        print(f"{stage:28} {cost:7.2f} µs")
    whole = sum(list(us.values())[:-1])
    print(
        f"{'all, a mention':28} {whole:7.2f} µs: {1e6 / whole:,.0f} mentions a CPU-second (wanted: {BAR:,})"
    )
    mb = crowd_mb(max(options.crowd, 8))
    begin, late = median(mb[3:6]), median(mb[-3:])
    print(f"{CROWDS} crowds of {CROWD:,} a minute: {begin:.0f} MB after 5, {late:.0f} MB after {len(mb)} min")
    print(machine())
    return 0


if __name__ == "__main__":
    sys.exit(main())
