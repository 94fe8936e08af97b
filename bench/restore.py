"""A worker restarts with the state of 10,000 brands and 14 days: how long until it is ready?

    python -m bench.restore [--brands 10000] [--days 14] [--json FILE]

The state is made by the core itself for some brands that posted for so many days, then copied to all brands,
and written to the state topic of a real Kafka. Measured is from the start of the process to ready.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from confluent_kafka import Producer
from msgspec import Struct, structs

from agents.assembly import new_shard
from agents.settings.load import Settings, load_settings
from bench.material import JAVA, PARTITIONS
from bench.process_watch import cpu_seconds, rss_mb
from detector.clock import DAY_MIN, MINUTE_MS
from detector.codec import from_json, from_msgpack, pretty_json, to_msgpack
from detector.mention import Cover, Mention, MentionRecord, position
from detector.routing import partition_of
from detector.state import (
    BaselineRecord,
    Header,
    MinuteOfBrand,
    MinuteRecord,
    baseline_key,
    header_key,
    minute_records,
)
from detector.watermark import Clocks, Source
from tests.integration.installation import Installation, installed, wait_for
from tests.kafka.broker import Broker

BAR_S = 30.0
PATTERNS = 24
Entry = tuple[str, bytes]


class Restore(Struct):
    """One restart; times in seconds, memory and state in megabytes."""

    brands: int
    days: int
    records: int
    state_mb: float
    ready_s: float
    cpu_s: float
    restored_s: float
    rss_mb: float
    longest_step_s: float


class Pattern(Struct):
    """The state of one brand that really posted: its baseline and its kept minutes."""

    baseline: BaselineRecord
    minutes: dict[int, MinuteOfBrand]


def patterns(settings: Settings, days: int, closed_to: int) -> list[Pattern]:
    """Return the state of some brands after so many days, as the core wrote it."""
    rng, shard, names = random.Random(5), new_shard(settings, 0, 1), [f"pattern{i}" for i in range(PATTERNS)]
    entries: dict[str, bytes] = {}
    end = 0
    for step in range(days * DAY_MIN):
        minute = closed_to - days * DAY_MIN + 1 + step
        rows = []
        for i, name in enumerate(names):
            daily = 1 + 0.8 * math.sin(2 * math.pi * minute / DAY_MIN)
            rate = (2.0 if i % 10 == 0 else 0.2) * daily
            while rng.random() < rate / (1 + rate):
                at = minute * MINUTE_MS + rng.randrange(MINUTE_MS)
                rows.append(_mention(name, at, position(end + len(rows)), rng))
        cover = Cover(0, 1, position(end), position(end + len(rows)), (minute + 1) * MINUTE_MS)
        end += len(rows)
        shard.apply(step, (minute + 1) * MINUTE_MS, MentionRecord(cover, rows))
        shard.take()
        writes = shard.checkpoint()
        for key, value in [*writes.before, *writes.after] if writes else ():
            if value is None:
                entries.pop(key, None)
            else:
                entries[key] = value
    return [pattern_of(entries, name) for name in names]


def _mention(brand: str, at: int, where: int, rng: random.Random) -> Mention:
    label = rng.choice([-1, 0, 0, 1])
    return Mention(
        brand, rng.getrandbits(63) | 1, rng.randrange(1, 5_000), at, where, label * 5_000, label, 0, 1, 50,
        10, rng.getrandbits(60), brand, "kenapa lemot lagi ya, dari tadi pagi tidak bisa dipakai",
    )  # fmt: skip


def pattern_of(entries: dict[str, bytes], brand: str) -> Pattern:
    """Return what was saved of a brand, by key of the state."""
    minutes = {}
    for key, data in entries.items():
        if "/minute/" in key:
            record = from_msgpack(data, MinuteRecord)
            if brand in record.brands:
                minutes[record.minute] = record.brands[brand]
    return Pattern(from_msgpack(entries[baseline_key(0, brand)], BaselineRecord), minutes)


def state_of(brands: Sequence[str], made: Sequence[Pattern], closed_to: int) -> dict[int, list[Entry]]:
    """Return the state of each mentions partition, as the service would have written it."""
    entries: dict[int, list[Entry]] = {partition: [] for partition in range(PARTITIONS)}
    minutes: dict[int, dict[int, dict[str, MinuteOfBrand]]] = defaultdict(lambda: defaultdict(dict))
    for i, brand in enumerate(brands):
        home, pattern = partition_of(brand, PARTITIONS), made[i % len(made)]
        entries[home].append((baseline_key(home, brand), to_msgpack(pattern.baseline)))
        for minute, row in pattern.minutes.items():
            minutes[home][minute][brand] = row
    for home, rows in minutes.items():
        for minute, by_brand in sorted(rows.items()):
            entries[home].extend(minute_records(home, MinuteRecord(1, minute, by_brand)))
    clock = (closed_to + 1) * MINUTE_MS
    sources = {p: Source(0, clock, None, False, clock, 0) for p in range(PARTITIONS)}
    clocks = Clocks(PARTITIONS, sources, clock, 0, clock)
    for home in entries:
        header = Header(1, PARTITIONS, -1, 0, 1, closed_to, clocks, {})
        entries[home].append((header_key(home), to_msgpack(header)))
    return entries


def write(siaga: Installation, state: dict[int, list[Entry]]) -> tuple[int, float]:
    """Append a state to the state topic; return its records and megabytes."""
    producer = Producer({"bootstrap.servers": siaga.bootstrap, "linger.ms": 20, "batch.size": 900_000})
    records, size = 0, 0
    for partition, entries in state.items():
        for key, value in entries:
            while True:
                try:
                    producer.produce(siaga.topic("siaga-state-changelog"), value, key, partition=partition)
                    break
                except BufferError:
                    producer.poll(0.1)
            records, size = records + 1, size + len(key) + len(value)
        producer.flush(120)
    return records, size / 1e6


def restart(siaga: Installation, brands: int, days: int, records: int, size: float) -> Restore:
    """Start a worker on the state and wait until it is ready."""
    began = time.monotonic()
    worker = siaga.worker(ready=False)
    wait_for("the worker to be ready", lambda: worker.get("/readyz")[0] == 200, 600, every_s=0.05)
    ready_s = time.monotonic() - began
    pid = worker.process.pid
    lines = [from_json(line, dict) for line in worker.log.read_bytes().splitlines() if line.startswith(b"{")]
    restored = [line for line in lines if line.get("event") == "state restored"]
    known = sum(line["brands"] for line in restored)
    if known < brands:
        raise SystemExit(f"not all was restored: got {known} brands; expected {brands}")
    found = Restore(
        brands, days, records, size, ready_s, cpu_seconds(pid), sum(line["seconds"] for line in restored),
        rss_mb(pid), worker.longest_step_s,
    )  # fmt: skip
    worker.end(timeout_s=60)
    return found


def keys_of(count: int) -> Iterator[str]:
    """Yield brand keys."""
    return (f"merek-{i:05}" for i in range(count))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="from start to ready with much state")
    parser.add_argument("--brands", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args(arguments)
    brands = list(keys_of(options.brands))
    configured = {brand: {"name": brand.title(), "aliases": [brand.replace("-", " ")]} for brand in brands}
    closed_to = int(time.time() / 60) - 10
    with (
        Broker(java_options=JAVA) as broker,
        tempfile.TemporaryDirectory() as folder,
        installed(broker.bootstrap, "restore-", Path(folder), brands=configured) as siaga,
    ):
        settings = load_settings(siaga.config, {"SIAGA_SERVICE_KAFKA_BROKERS": broker.bootstrap})
        made = patterns(settings, options.days, closed_to)
        records, size = write(siaga, state_of(brands, made, closed_to))
        print(f"{records:,} records of state, {size:,.0f} MB", file=sys.stderr, flush=True)
        found = [restart(siaga, options.brands, options.days, records, size) for _ in range(options.runs)]
    for one in found:
        state = f"{one.brands:,} brands x {one.days} days: {one.records:,} records, {one.state_mb:,.0f} MB"
        costs = f"{one.cpu_s:.1f} s of CPU, {one.restored_s:.1f} s from records to memory"
        print(f"{state}; {one.rss_mb:,.0f} MB resident")
        print(f"nothing else had its turn for {one.longest_step_s:.1f} s at most (0: for less than a second)")
        print(f"ready after {one.ready_s:.1f} s, bar {BAR_S:g} ({costs})")
    if options.json:
        options.json.write_text(pretty_json({"restore": [structs.asdict(one) for one in found]}))


if __name__ == "__main__":
    main()
