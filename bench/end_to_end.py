"""Measures the service end to end: one worker, a real Kafka, a backlog of posts that all match a brand.

    python -m bench.end_to_end [--posts 150000] [--brands 1000] [--minutes 5] [--scorers vader lexicon]
                               [--per-record 1 100] [--json FILE]

The posts are in Kafka before the worker starts, and cover so many minutes of event time: closing a minute
costs the same however many posts it holds. Measured is from ready until every mention is counted: CPU
time of the worker's process with all its threads, so that a busy machine changes little; the median of the
runs is shown. A second table has what the core's steps cost in this process, on the same posts.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from msgspec import Struct, to_builtins

from agents.assembly import detectors_of, new_reader
from agents.settings.load import Settings, load_settings
from detector.brand import BrandMatcher
from detector.codec import pretty_json, to_json
from detector.intake import read_record
from detector.mention import Cover, Mention, pack, position, unpack
from detector.reading import Reading
from detector.sentiment.registry import make_scorer
from detector.shard import Shard
from detector.text import near_copy, redact
from tests.integration.installation import Installation, Worker, installed, wait_for
from tests.kafka.broker import Broker

BARS = {("vader", 1): 35_000, ("vader", 100): 40_000, ("lexicon", 1): 20_000, ("lexicon", 100): 20_000}
JAVA = ("-Xmx1g", "-XX:TieredStopAtLevel=4")
STAGES = ("score", "pack", "count", "state")
OUTCOMES = ("counted", "late", "duplicate", "ignored")
SPAN_MIN = 5
SLAB = 5_000
PARTITIONS = 4

FIRST = ["Kunang", "Camar", "Rimba", "Melati", "Garuda", "Cendana", "Pelangi", "Bahari", "Surya", "Purnama"]
SECOND = ("Fiber", "Air")
Brands = dict[str, dict[str, Any]]
BRANDS: Brands = {
    f"{first}-{second}".lower(): {
        "name": f"{first} {second}",
        "aliases": [f"{first} {second}".lower(), f"{first}{second}".lower()],
    }
    for first in FIRST
    for second in SECOND
}
OPENINGS = (
    "kenapa ya", "tolong dong", "just got off the phone with", "dari tadi pagi", "honestly", "baru coba",
    "gara-gara", "third time this week that", "makasih banyak", "aduh", "@temanku kata orang", "so",
)  # fmt: skip
BODIES = (
    "lemot banget, sudah tiga hari jaringan putus terus dan customer service tidak membalas",
    "is absolutely terrible, the support never answers and I lost my booking again",
    "cepat sekali responnya, petugas ramah dan masalahnya langsung selesai, mantap",
    "was great today, friendly staff and everything worked the first time!",
    "naik harga lagi bulan depan, menurut kalian masih layak tidak dibanding yang lain",
    "changed the opening hours for the holidays, see the details on their page",
    "parah, refund belum juga masuk padahal janjinya cuma dua hari kerja 😡",
    "bukan jelek sih, tapi not as good as it used to be, kecewa sedikit",
)
TAILS = (
    "siapa yang sama?", "so disappointed", "pokoknya recommended", "https://contoh.example/t/", "#keluhan",
    "thanks guys", "gimana nih solusinya", "will never buy again", "semoga cepat beres 🙏", "no idea why",
)  # fmt: skip


class Run(Struct):
    """One run of a worker through a backlog; times in seconds, costs in microseconds a post."""

    posts: int
    cpu_s: float
    wall_s: float
    stages_us: dict[str, float]
    late: int

    @property
    def rate(self) -> float:
        """Posts per CPU-second."""
        return self.posts / self.cpu_s


class Line(Struct):
    """The median of some runs of one kind."""

    scorer: str
    per_record: int
    posts_per_cpu_s: float
    posts_per_s: float
    cpu_us: float
    stages_us: dict[str, float]
    late: int


def many_brands(count: int, seed: int = 3) -> Brands:
    """Return brands with names of two made-up words, written apart or together."""
    rng = random.Random(seed)
    made: Brands = {}

    def word() -> str:
        parts = range(rng.randint(2, 3))
        return "".join(rng.choice("bcdfghjklmnprstvwyz") + rng.choice("aeiou") for _ in parts)

    while len(made) < count:
        first, second = word(), word()
        made[f"{first}-{second}"] = {
            "name": f"{first} {second}".title(),
            "aliases": [f"{first} {second}", first + second],
        }
    return made


def make_posts(
    count: int, end_ms: int, seed: int = 7, brands: Brands = BRANDS, minutes: int = 60
) -> list[bytes]:
    """Return posts in time order over some minutes, each about one of some brands."""
    rng = random.Random(seed)
    named, span_ms = list(brands.values()), minutes * 60_000
    made = []
    for i in range(count):
        name = rng.choice(rng.choice(named)["aliases"])
        text = (
            f"{rng.choice(OPENINGS)} {name} {rng.choice(BODIES)} {rng.choice(TAILS)}{rng.randrange(10_000)}"
        )
        post = {
            "platform": rng.choice(("x", "tiktok", "instagram")),
            "id": f"{seed}{i:012}",
            "created_at": end_ms - span_ms + i * span_ms // count,
            "text": text,
            "author": {"id": f"u{rng.randrange(count // 3 + 1)}"},
        }
        made.append(to_json(post))
    return made


def bundled(posts: Sequence[bytes], size: int) -> Iterator[bytes]:
    """Yield records of so many posts, one post a line."""
    for at in range(0, len(posts), size):
        yield b"\n".join(posts[at : at + size])


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that all threads of a process have used, from ``/proc/PID/stat``."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(siaga: Installation, posts: Sequence[bytes], per_record: int) -> Run:
    """Append a backlog, start a worker, and measure it from ready to the last mention."""
    siaga.send(bundled(posts, per_record), PARTITIONS)
    worker = siaga.worker(ready=False)
    wait_for("the worker to be ready", lambda: worker.get("/readyz")[0] == 200, 60, every_s=0.02)
    before, cpu, began = _handled(worker), cpu_seconds(worker.process.pid), time.monotonic()
    wait_for("all mentions to be counted", lambda: _is_done(worker, len(posts)), 300, every_s=0.5)
    cpu_s, wall_s = cpu_seconds(worker.process.pid) - cpu, time.monotonic() - began
    count = len(posts) - int(before)
    stages = {s: worker.metric("siaga_stage_seconds_sum", stage=s) / len(posts) * 1e6 for s in STAGES}
    late = int(worker.metric("siaga_mentions_outcome_total", outcome="late"))
    ended = worker.end()
    if ended:
        raise SystemExit(f"the worker ended with {ended}: {worker.log.read_text()[-2000:]}")
    return Run(count, cpu_s, wall_s, stages, late)


def _handled(worker: Worker) -> float:
    """Return how many mentions were handled; one look costs the worker some milliseconds."""
    samples = worker.get("/metrics")[1].splitlines()
    wanted = {f'siaga_mentions_outcome_total{{outcome="{outcome}"}}' for outcome in OUTCOMES}
    return sum(
        float(value) for name, _, value in (line.rpartition(" ") for line in samples) if name in wanted
    )


def _is_done(worker: Worker, posts: int) -> bool:
    if worker.process.poll() is not None:
        raise SystemExit(f"the worker ended: {worker.log.read_text()[-2000:]}")
    return _handled(worker) >= posts and worker.metric("siaga_lag_records") == 0


def end_to_end(
    broker: Broker, posts: Sequence[bytes], brands: Brands, scorer: str, per_record: int, runs: int
) -> tuple[Line, Settings]:
    """Return the median of some runs, each on topics of its own, and the settings they ran with."""
    found = []
    for run in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            prefix = f"bench-{scorer}-{per_record}-{run}-"
            with installed(broker.bootstrap, prefix, Path(folder), brands=brands, scorer=scorer) as siaga:
                found.append(measure(siaga, posts, per_record))
                settings = load_settings(siaga.config, {"SIAGA_SERVICE_KAFKA_BROKERS": broker.bootstrap})
        _say(f"{scorer}, {per_record} a record, run {run + 1}: {found[-1].rate:,.0f} posts per CPU-second")
    line = Line(
        scorer,
        per_record,
        posts_per_cpu_s=median(run.rate for run in found),
        posts_per_s=median(run.posts / run.wall_s for run in found),
        cpu_us=median(1e6 / run.rate for run in found),
        stages_us={stage: median(run.stages_us[stage] for run in found) for stage in STAGES},
        late=max(run.late for run in found),
    )
    return line, settings


def steps(settings: Settings, records: Sequence[bytes], now: int) -> dict[str, float]:
    """Return what each step of the core costs in this process, in microseconds a post."""
    matcher = BrandMatcher(settings.brands)
    score = make_scorer(settings.detector.scorer).score
    reader = new_reader(settings, 1)
    costs: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        result = work()
        costs[name] = (time.process_time() - began) / len(records) * 1e6
        return result

    def read() -> list[Reading]:
        return [
            reader.read(enumerate(records[at : at + SLAB], at), now) for at in range(0, len(records), SLAB)
        ]

    taken = timed("decode", lambda: [read_record(record, now).accepted[0].post for record in records])
    found = timed("match", lambda: [matcher.match(post.text, post.brands)[0].brand for post in taken])
    ignored = {brand.key: (brand.name, *brand.aliases) for brand in settings.brands}
    timed(
        "score",
        lambda: [score(p.text, ignored[b], p.lang) for p, b in zip(taken, found, strict=True)],
    )
    timed("redact", lambda: [redact(post.text) for post in taken])
    timed("near copy", lambda: [near_copy(post.text) for post in taken])
    readings = timed("hop 1, all of the above", read)
    slabs = [(i, reading.mentions[0], reading.newest) for i, reading in enumerate(readings)]
    packed = timed("pack", lambda: [pack(_cover(*slab), slab[1]) for slab in slabs])
    unpacked = timed("unpack", lambda: [unpack(data) for data in packed])
    shard = Shard(0, 1, detectors_of(settings), settings.incident_settings)

    def apply() -> None:
        for offset, record in enumerate(unpacked):
            shard.apply(offset, now + offset, record)
            shard.take()
            shard.checkpoint()

    timed("apply and checkpoint", apply)
    return costs


def _cover(slab: int, mentions: Sequence[Mention], newest: int) -> Cover:
    begin = position(slab * SLAB)
    return Cover(0, 1, begin, max(position((slab + 1) * SLAB), mentions[-1].position + 1), newest - 60_000)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def report(lines: Sequence[Line], costs: dict[str, dict[str, float]]) -> None:
    """Print both tables."""
    print(f"One worker, Python {platform.python_version()}, {PARTITIONS} partitions; costs in µs a post")
    heads = ("posts/CPU-s", "posts/s", "CPU µs", *STAGES, "late")
    print(f"{'scorer':8} {'a record':>8} " + " ".join(f"{head:>11}" for head in heads))
    for line in lines:
        rates = (f"{rate:>11,.0f}" for rate in (line.posts_per_cpu_s, line.posts_per_s))
        spent = (f"{cost:>11.1f}" for cost in (line.cpu_us, *line.stages_us.values()))
        cells = (*rates, *spent, f"{line.late:>11}")
        print(f"{line.scorer:8} {line.per_record:>8} " + " ".join(cells))
    print(
        "score (with intake) to state: wall time from the metrics, waits for Kafka and the other hop included"
    )
    print()
    for scorer, found in costs.items():
        print(f"The core's steps in one process, one post a record, {scorer}")
        for name, cost in found.items():
            print(f"  {name:26} {cost:6.1f}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="what one worker reaches on a real Kafka")
    parser.add_argument("--posts", type=int, default=150_000)
    parser.add_argument("--brands", type=int, default=1_000)
    parser.add_argument("--minutes", type=int, default=SPAN_MIN)
    parser.add_argument("--scorers", nargs="+", default=["vader", "lexicon"])
    parser.add_argument("--per-record", type=int, nargs="+", default=[1, 100])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args(arguments)
    now = int(time.time() * 1_000)
    brands = many_brands(options.brands)
    posts = make_posts(options.posts, now - 60_000, brands=brands, minutes=options.minutes)
    lines, costs = [], {}
    with Broker(java_options=JAVA) as broker:
        for scorer in options.scorers:
            for per_record in options.per_record:
                line, settings = end_to_end(broker, posts, brands, scorer, per_record, options.runs)
                lines.append(line)
            costs[scorer] = steps(settings, posts, now)
    report(lines, costs)
    print()
    for line in lines:
        if bar := BARS.get((line.scorer, line.per_record)):
            met = "met   " if line.posts_per_cpu_s >= bar else "MISSED"
            kind = f"{line.scorer}, {line.per_record} a record"
            print(f"{met} {kind}: {line.posts_per_cpu_s:,.0f} posts per CPU-second; bar {bar:,}")
    if options.json:
        options.json.write_text(pretty_json({"end_to_end": to_builtins(lines), "steps_us": costs}))


if __name__ == "__main__":
    main()
