"""Millions of posts wait: does a worker keep its memory, its partitions and its pace?

    python -m bench.backlog [--posts 5000000] [--per-record 100] [--seconds 120] [--json FILE]

The posts are in Kafka, compressed, before the worker starts. Sampled are its resident memory and how often
its partitions were assigned, until all is counted or the seconds are over.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from confluent_kafka import Producer
from msgspec import Struct

from bench.material import BRANDS, JAVA, PARTITIONS
from bench.process_watch import assignments, check_alive, sample
from detector.codec import pretty_json
from tests.integration.installation import Installation, installed, wait_for
from tests.kafka.broker import Broker

BAR_MB = 400
SPAN_MS = 6 * 3_600_000


class Backlog(Struct):
    """What was seen of one worker; memory in megabytes."""

    posts: int
    per_record: int
    waiting_mb: float
    handled: int
    seconds: float
    cpu_s: float
    peak_mb: float
    assigned: float
    was_catching_up: bool


def make_records(posts: int, per_record: int, end_ms: int) -> Iterator[bytes]:
    """Yield records of small posts in time order over six hours; every tenth is about a brand."""
    rng = random.Random(1)
    texts = [b"apa kabar semua, hari ini panas sekali ya"] * 9
    texts += [f"{brand['aliases'][0]} lemot lagi".encode() for brand in BRANDS.values()]
    lines = []
    for i in range(posts):
        at = end_ms - SPAN_MS + i * SPAN_MS // posts
        text = texts[i % 9] if i % 10 else texts[9 + i // 10 % len(BRANDS)]
        author = rng.randrange(200_000)
        lines.append(
            b'{"platform":"x","id":"%d","created_at":%d,"text":"%b","author":{"id":"u%d"}}'
            % (i, at, text, author)
        )
        if len(lines) == per_record:
            yield b"\n".join(lines)
            lines = []
    if lines:
        yield b"\n".join(lines)


def fill(siaga: Installation, records: Iterator[bytes]) -> float:
    """Append all records, compressed, round the partitions; return their size in megabytes."""
    producer = Producer(
        {
            "bootstrap.servers": siaga.bootstrap,
            "compression.type": "gzip",
            "linger.ms": 50,
            "batch.size": 900_000,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    size = 0
    for i, record in enumerate(records):
        while True:
            try:
                producer.produce(siaga.topic("posts"), record, partition=i % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
        size += len(record)
        if i % 1_000 == 0:
            producer.poll(0)
    producer.flush(300)
    return size / 1e6


def watch(siaga: Installation, posts: int, per_record: int, waiting_mb: float, seconds: float) -> Backlog:
    """Start a worker on the backlog and sample it."""
    worker = siaga.worker(ready=False)
    wait_for("the worker to be ready", lambda: worker.get("/readyz")[0] == 200, 120, every_s=0.1)
    began, peak, behind = time.monotonic(), 0.0, False
    last = sample(worker, 0.0)
    start_cpu = last.cpu_s
    while time.monotonic() - began < seconds:
        check_alive(worker)
        last = sample(worker, time.monotonic() - began)
        peak = max(peak, last.rss_mb)
        behind = behind or worker.metric("siaga_catching_up") > 0
        if _handled(worker) >= posts:
            break
        time.sleep(0.5)
    handled, assigned = int(_handled(worker)), assignments(worker, PARTITIONS)
    worker.end()
    return Backlog(
        posts, per_record, waiting_mb, handled, last.at_s, last.cpu_s - start_cpu, peak, assigned, behind
    )


def _handled(worker) -> float:
    return sum(
        worker.metric("siaga_posts_total", outcome=outcome)
        for outcome in ("matched", "unmatched", "rejected")
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="a worker on millions of waiting posts")
    parser.add_argument("--posts", type=int, default=5_000_000)
    parser.add_argument("--per-record", type=int, nargs="+", default=[100])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args(arguments)
    found = []
    with Broker(java_options=JAVA) as broker:
        for per_record in options.per_record:
            prefix = f"backlog-{per_record}-"
            with (
                tempfile.TemporaryDirectory() as folder,
                installed(broker.bootstrap, prefix, Path(folder), brands=BRANDS) as siaga,
            ):
                records = make_records(options.posts, per_record, int(time.time() * 1_000) - 60_000)
                size = fill(siaga, records)
                print(f"{options.posts:,} posts wait, {size:,.0f} MB", file=sys.stderr, flush=True)
                found.append(watch(siaga, options.posts, per_record, size, options.seconds))
    heads = (
        "posts",
        "a record",
        "MB",
        "handled",
        "posts/s",
        "CPU s",
        "peak RSS MB",
        "assigned",
        "catching up",
    )
    print(" ".join(f"{head:>11}" for head in heads))
    for one in found:
        cells = (
            f"{one.posts:,}", str(one.per_record), f"{one.waiting_mb:,.0f}", f"{one.handled:,}",
            f"{one.handled / one.seconds:,.0f}", f"{one.cpu_s:.1f}", f"{one.peak_mb:.0f}",
            f"{one.assigned:g}", "seen" if one.was_catching_up else "not seen",
        )  # fmt: skip
        print(" ".join(f"{cell:>11}" for cell in cells))
    peak = max(one.peak_mb for one in found)
    print(f"\npeak {peak:.0f} MB resident, bar {BAR_MB}; assigned once means no rebalance")
    if options.json:
        options.json.write_text(pretty_json({"backlog": found}))


if __name__ == "__main__":
    main()
