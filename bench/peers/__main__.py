"""Measures siaga beside other stream processors: `make bench-peers`.

    python -m bench.peers [--posts 120000] [--faust-posts 12000] [--runs 5] [--json FILE] [--write]

One broker, the same records: keyed and partitioned by brand, so that no peer has to group them anew, and with
the time of the post as Kafka's timestamp, so that none has to read it. The order of the systems rotates from
run to run. What each found is held against a count in plain Python before its time counts.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct, to_builtins
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from agents.settings.load import load_settings
from bench.bar_plot import Bar, bar_plot
from bench.bars import Bars
from bench.document import DOCS, machine, table, write_block
from bench.material import JAVA, PARTITIONS, brand_posts, brands
from bench.past import give_past, state_with_a_past
from bench.peers.job import LIMIT, NEGATIVE
from bench.produce import Outgoing, append, create, values
from bench.worker_run import run_backlog
from detector.codec import pretty_json, to_json
from detector.mention import unpack
from detector.routing import partition_of
from tests.integration.installation import installed
from tests.kafka.broker import Broker

SIAGA = "siaga, scorer vader"
PEERS = {
    "quixstreams + vaderSentiment": "bench.peers.with_quixstreams",
    "bytewax + vaderSentiment": "bench.peers.with_bytewax",
    "plain Faust + vaderSentiment": "bench.peers.with_faust",
    "consume and decode, no job": "bench.peers.consume_only",
}
SLOW, NO_JOB = "plain Faust + vaderSentiment", "consume and decode, no job"
TIMES = {
    "quixstreams + vaderSentiment": 2.5,
    "bytewax + vaderSentiment": 1.6,
    "plain Faust + vaderSentiment": 20,
}
Minute = tuple[str, int]


class Took(Struct):
    """One run of one system, in seconds."""

    posts: int
    cpu_s: float
    wall_s: float


class Line(Struct):
    """The median of the runs of one system."""

    system: str
    posts: int
    cpu_us: float
    wall_us: float
    posts_per_cpu_s: float
    least_us: float
    most_us: float


class Material(Struct):
    """The same posts for all: records, and the negatives of each brand and minute counted in plain Python."""

    records: list[Outgoing]
    negatives: Counter[Minute]
    scoring_us: float

    @property
    def alarms(self) -> set[Minute]:
        """Where a minute reaches the limit."""
        return {at for at, count in self.negatives.items() if count >= LIMIT}


def make_material(count: int, span_ms: int, end_ms: int, whole: int) -> Material:
    """Return the first `count` of `whole` posts, over `span_ms` in all."""
    score = SentimentIntensityAnalyzer().polarity_scores
    records, negatives, spent = [], Counter(), 0.0
    for at, (brand, post) in enumerate(brand_posts(whole, end_ms, about=brands(1_000), span_ms=span_ms)):
        if at == count:
            break
        home = partition_of(brand, PARTITIONS)
        records.append(Outgoing(to_json(post), home, brand.encode(), post["created_at"]))
        began = time.process_time()
        compound = score(post["text"])["compound"]
        spent += time.process_time() - began
        if compound <= NEGATIVE:
            negatives[brand, post["created_at"] // 60_000] += 1
    return Material(records, negatives, spent / count * 1e6)


def run_siaga(broker: Broker, material: Material, run: int) -> Took:
    """Return what siaga took; its mentions are recounted from their topic."""
    with (
        tempfile.TemporaryDirectory() as folder,
        installed(
            broker.bootstrap, f"siaga{run}-", Path(folder), brands=brands(1_000), scorer="vader"
        ) as siaga,
    ):
        settings = load_settings(siaga.config, {"SIAGA_SERVICE_KAFKA_BROKERS": broker.bootstrap})
        posts, keys = [record.value for record in material.records], list(brands(1_000))
        give_past(siaga, state_with_a_past(settings, posts, keys, int(time.time() * 1_000)))
        append(broker.bootstrap, siaga.topic("posts"), material.records)
        took = run_backlog(siaga, len(material.records))
        if took.late:
            raise SystemExit(f"siaga called {took.late} posts late; expected none")
        found = Counter(
            (mention.brand, mention.created_at // 60_000)
            for data in values(broker.bootstrap, siaga.topic("mentions"))
            for mention in unpack(data).mentions
            if mention.label < 0
        )
        _check("siaga, negatives", found, material.negatives)
    return Took(took.posts, took.cpu_s, took.wall_s)


def run_peer(broker: Broker, name: str, topic: str, material: Material, run: int) -> Took:
    """Return what a peer took, by its own clock; its alarms are held against the count."""
    module = PEERS[name]
    alarms = f"{module.rpartition('.')[2].replace('_', '-')}-{run}"
    create(broker.bootstrap, alarms, PARTITIONS)
    with tempfile.TemporaryDirectory() as folder:
        words = [broker.bootstrap, topic, alarms, str(len(material.records)), folder]
        done = subprocess.run(
            [sys.executable, "-m", module, *words], capture_output=True, text=True, timeout=300, check=False
        )
    lines = re.findall(r"\{.*\}", done.stdout)
    if done.returncode or not lines:
        raise SystemExit(f"{name} ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-2000:]}")
    took = json.loads(lines[-1])
    if took["left"]:
        raise SystemExit(f"{name} read {-took['left']} posts too many; expected {len(material.records)}")
    if name != NO_JOB:
        told = [json.loads(value) for value in values(broker.bootstrap, alarms)]
        found = Counter((one["brand"], one["minute"]) for one in told)
        _check(f"{name}, alarms", found, Counter(material.alarms))
    return Took(len(material.records), took["cpu_s"], took["wall_s"])


def _check(name: str, found: Counter[Minute], expected: Counter[Minute]) -> None:
    if found != expected:
        more, less = found - expected, expected - found
        raise SystemExit(
            f"{name}: {more.total()} too many ({list(more)[:3]}), {less.total()} missing ({list(less)[:3]}); "
            "the systems do not do the same job"
        )


def measure(broker: Broker, whole: Material, part: Material, runs: int) -> list[Line]:
    """Return the medians of all systems, in an order that rotates."""
    for topic, material in (("posts-whole", whole), ("posts-part", part)):
        create(broker.bootstrap, topic, PARTITIONS)
        append(broker.bootstrap, topic, material.records)
    doing: dict[str, Callable[[int], Took]] = {SIAGA: lambda run: run_siaga(broker, whole, run)}
    for name in PEERS:
        topic, material = ("posts-part", part) if name == SLOW else ("posts-whole", whole)
        doing[name] = lambda run, n=name, t=topic, m=material: run_peer(broker, n, t, m, run)
    took: dict[str, list[Took]] = {name: [] for name in doing}
    for run in range(runs):
        for name in _rotated(list(doing), run):
            one = doing[name](run)
            took[name].append(one)
            print(f"run {run + 1}: {name}: {one.cpu_s / one.posts * 1e6:.1f} µs a post", file=sys.stderr)
    return [_line(name, found) for name, found in took.items()]


def _rotated(names: list[str], by: int) -> Iterator[str]:
    at = by % len(names)
    yield from names[at:] + names[:at]


def _line(name: str, runs: Sequence[Took]) -> Line:
    cpu = sorted(run.cpu_s / run.posts * 1e6 for run in runs)
    wall = median(run.wall_s / run.posts * 1e6 for run in runs)
    return Line(name, runs[0].posts, median(cpu), wall, 1e6 / median(cpu), cpu[0], cpu[-1])


def as_table(lines: Sequence[Line]) -> str:
    """Return the lines as a table, the quickest first."""
    own = next(line.cpu_us for line in lines if line.system == SIAGA)
    rows = [
        (
            line.system,
            f"{line.posts:,}",
            f"{line.cpu_us:.1f}",
            f"{line.least_us:.1f} to {line.most_us:.1f}",
            f"{line.posts_per_cpu_s:,.0f}",
            f"{line.wall_us:.1f}",
            f"{line.cpu_us / own:.2f}",
        )
        for line in sorted(lines, key=lambda line: line.cpu_us)
    ]
    heads = ("system", "posts", "CPU µs a post", "least to most", "posts a CPU-second", "wall µs a post")
    return table((*heads, "CPU, times siaga"), rows)


def as_plot(lines: Sequence[Line]) -> str:
    """Return the posts per CPU-second as bars."""
    ordered = sorted(lines, key=lambda line: -line.posts_per_cpu_s)
    bars = [
        Bar(line.system, line.posts_per_cpu_s, f"{line.posts_per_cpu_s:,.0f}", line.system == SIAGA)
        for line in ordered
        if line.system != NO_JOB
    ]
    return bar_plot("Posts per CPU-second, the same job on the same records", bars)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="bench.peers", description="siaga beside other stream processors")
    parser.add_argument("--posts", type=int, default=120_000)
    parser.add_argument("--faust-posts", type=int, default=12_000, help="plain Faust is slow")
    parser.add_argument("--span-min", type=float, default=2, help="over how many minutes the posts spread")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--systems", nargs="+", help="only those whose names contain one of these words")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--write", action="store_true", help="put the table and the plot into docs/")
    options = parser.parse_args(arguments)
    end_ms, span_ms = int(time.time() * 1_000) - 60_000, int(options.span_min * 60_000)
    whole = make_material(options.posts, span_ms, end_ms, options.posts)
    part = make_material(options.faust_posts, span_ms, end_ms, options.posts)
    print(f"{len(whole.alarms)} alarms, {len(part.alarms)} in the part for Faust", file=sys.stderr)
    with Broker(java_options=JAVA) as broker:
        lines = measure(broker, whole, part, options.runs)
    shown = as_table(lines)
    said = (
        f"Median of {options.runs} runs; vaderSentiment alone {whole.scoring_us:.1f} µs a post; {machine()}."
    )
    print(f"{shown}\n\n{said}")
    bars, cpu = Bars(), {line.system: line.cpu_us for line in lines}
    for name, times in TIMES.items():
        bars.at_least(f"siaga against {name}, times", round(cpu[name] / cpu[SIAGA], 2), times)
    if options.json:
        options.json.write_text(pretty_json({"machine": machine(), "systems": to_builtins(lines)}))
    if options.write:
        write_block(DOCS / "performance.md", "peers", f"{shown}\n\n{said}")
        (DOCS / "peers.svg").write_text(as_plot(lines))
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
