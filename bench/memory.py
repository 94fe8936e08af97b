"""What a brand takes in memory after 14 days: all of it, from counts to evidence, in real core objects.

    python -m bench.memory [--brands 40 80] [--json FILE] [--write]

Each number of brands lives through 20 days in a process of its own. The slope of resident memory between the
two numbers is what a brand takes; whether it still grows between day 14 and day 20 is shown. A third process
says which modules made what is held. The service's own copy of the state, Faust's table, comes on top and is
in what `python -m bench.restore` measures on a whole worker.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import random
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.bars import Bars
from bench.document import DOCS, machine, table, write_block
from bench.post_streams import shipped
from bench.process_watch import rss_mb
from detector.clock import DAY_MIN, MINUTE_MS
from detector.codec import pretty_json
from detector.mention import Cover, Mention, MentionRecord, position
from detector.shard import Shard
from detector.watch import IncidentSettings

DAYS, LATER = 14, 20
BEGIN = 29_000_000
BAR_KB = 1_200_000 / 10_000
MAY_GROW = 1.05
# Posts a minute: every tenth brand is talked of often, the others now and then.
OFTEN, SELDOM = 2.0, 0.1
_WORDS = (
    "jaringan putus lagi dari pagi, parah banget tidak ada jawaban", "thanks for the quick help today",
    "baru pasang kemarin, sejauh ini lancar dan cepat", "how long until the shop opens again?",
    "kecewa, refund belum masuk padahal janjinya dua hari", "the support never answers, will never buy again",
    "promo bulan ini menarik juga ya, siapa sudah coba?", "petugas ramah dan masalahnya langsung selesai",
)  # fmt: skip
_VOCABULARY = [f"kata{n}" for n in range(2_000)]


def live(shard: Shard, brands: int, begin_day: int, end_day: int) -> None:
    """Let brands be talked of for some days."""
    rng = random.Random(begin_day)
    at = 0 if begin_day == 0 else shard.clocks.applied(0) or 0
    for minute in range(BEGIN + begin_day * DAY_MIN, BEGIN + end_day * DAY_MIN):
        rows = []
        for brand in range(brands):
            rate = OFTEN if brand % 10 == 0 else SELDOM
            while rng.random() < rate / (1 + rate):
                rows.append(_mention(f"merek-{brand:05}", minute, at + position(len(rows)), rng))
        end = at + position(len(rows))
        cover = Cover(0, 1, at, end, (minute + 1) * MINUTE_MS)
        shard.apply(minute, minute * MINUTE_MS, MentionRecord(cover, rows))
        shard.take()
        shard.checkpoint()
        at = end


def _mention(brand: str, minute: int, at: int, rng: random.Random) -> Mention:
    label = rng.choice((-1, 0, 0, 1))
    text = f"{brand} {rng.choice(_WORDS)} {rng.choice(_VOCABULARY)} {rng.choice(_VOCABULARY)}"
    return Mention(
        brand, rng.getrandbits(63) | 1, rng.randrange(1, 50_000),
        minute * MINUTE_MS + rng.randrange(MINUTE_MS),
        at, label * 5_000, label, rng.randrange(3), 1, 50, rng.randrange(1_000), rng.getrandbits(60), brand,
        text,
    )  # fmt: skip


def resident(begun_mb: float = 0.0) -> float:
    """Return the resident megabytes of this process, after all that is free has been given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return rss_mb(_own_pid()) - begun_mb


def _own_pid() -> int:
    return int(Path("/proc/self").resolve().name)


def one(brands: int, trace: bool) -> dict[str, object]:
    """Return what so many brands take in this process after 14 and after 20 days."""
    if trace:
        tracemalloc.start()
    shard = Shard(0, 1, lambda _brand: shipped(), IncidentSettings())
    live(shard, brands, 0, DAYS)
    if trace:
        gc.collect()
        return {"kb": _by_module(brands)}
    early = resident()
    live(shard, brands, DAYS, LATER)
    return {"mb": [early, resident()]}


def _by_module(brands: int) -> dict[str, float]:
    """Return kilobytes a brand by the module that asked for them; what stays small is left to the rest."""
    found: Counter[str] = Counter()
    for statistic in tracemalloc.take_snapshot().statistics("filename"):
        path = Path(statistic.traceback[0].filename)
        found[f"{path.parent.name}/{path.name}"] += statistic.size
    return {name: round(size / brands / 1e3, 1) for name, size in found.most_common(12)}


def _child(brands: int, trace: bool = False) -> dict:
    words = [sys.executable, "-m", "bench.memory", "--one", str(brands), *(["--trace"] if trace else [])]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="what a brand takes in memory after 14 days")
    parser.add_argument("--brands", type=int, nargs=2, default=[40, 80])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--trace", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(one(options.one, options.trace)))
        return 0
    few, many = options.brands
    found = {count: _child(count)["mb"] for count in (few, many)}
    early, late = ((found[many][at] - found[few][at]) / (many - few) * 1e3 for at in (0, 1))
    modules = _child(few // 2, trace=True)["kb"]
    rows = [
        (f"after {DAYS} days, resident, by slope", f"{early:.1f}"),
        (f"after {LATER} days", f"{late:.1f}"),
        *((f"of it made in `{name}`", f"{size:.1f}") for name, size in modules.items()),
    ]
    shown = table(("a brand takes", "kB"), rows)
    rates = f"every tenth with {OFTEN:g} posts a minute, the others with {SELDOM:g}"
    said = f"{few} and {many} brands, {rates}; {machine()}."
    print(f"{shown}\n\n{said}")
    bars = Bars()
    bars.at_most(f"kB a brand after {DAYS} days, for 10,000 in 1.2 GB", round(early, 1), BAR_KB)
    bars.at_most(f"day {LATER} against day {DAYS}, times", round(late / early, 3), MAY_GROW)
    if options.json:
        options.json.write_text(pretty_json({"kb": [early, late], "modules_kb": modules}))
    if options.write:
        write_block(DOCS / "performance.md", "memory", f"{shown}\n\n{said}")
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
