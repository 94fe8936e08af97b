"""A steady load for a long time: does anything grow that should not?

    python -m bench.soak [--minutes 10] [--rate 3000] [--json FILE]

For three fifths of the time posts come at the full rate, then at a third of it. Reported are the worker's
resident memory, its lag, and what one closed minute adds to the state topic at both rates: it must not grow
with posts. The authors of the last hour are kept (up to 512 a brand and minute, 12 bytes each), so that each
counts once in a window: some megabytes come until the hour is full, and only a longer run shows a small leak.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from confluent_kafka import Producer
from msgspec import Struct

from bench.material import BRANDS, JAVA, PARTITIONS, make_posts
from bench.process_watch import Sample, check_alive, sample
from detector.codec import from_json, pretty_json, to_json
from tests.integration.installation import Installation, installed
from tests.kafka.broker import Broker

EVERY_S = 5.0
# So long until caches, buffers and the first hour's baselines have their size.
WARM = 0.3
# The share of the time at the full rate; the rest must hold some minutes that are closed before the end.
FULL = 0.6
BAR_PERCENT = 3.0
# Lateness, and the minute that it closes.
LAG_MS = 130_000


class Soak(Struct):
    """What was seen; memory in megabytes, lag in records, state in bytes for each closed minute."""

    minutes: float
    rate: int
    sent: int
    rss_begin_mb: float
    rss_end_mb: float
    growth_percent: float
    lag_max: float
    lag_begin: float
    lag_end: float
    cpu_share: float
    state_full: float
    state_third: float
    topic_full: float
    topic_third: float
    samples: list[tuple[Sample, float]]


class Load:
    """Sends posts at a rate from a thread of its own."""

    def __init__(self, siaga: Installation, rate: int) -> None:
        self.rate = rate
        self.sent = 0
        self._topic = siaga.topic("posts")
        self._producer = Producer({"bootstrap.servers": siaga.bootstrap, "linger.ms": 20})
        posts = [from_json(post, dict) for post in make_posts(20_000, int(time.time() * 1_000))]
        self._texts = [post["text"] for post in posts]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._producer.flush(30)

    def _run(self) -> None:
        rng, due = random.Random(3), time.monotonic()
        while not self._stop.is_set():
            due += 0.05
            for _ in range(self.rate // 20):
                self._send(rng)
            self._producer.poll(0)
            time.sleep(max(0.0, due - time.monotonic()))

    def _send(self, rng: random.Random) -> None:
        post = {
            "platform": "x",
            "id": f"s{self.sent}",
            "created_at": int(time.time() * 1_000) - rng.randrange(5_000),
            "text": self._texts[rng.randrange(len(self._texts))],
            "author": {"id": f"u{rng.randrange(100_000)}"},
        }
        self._producer.produce(self._topic, to_json(post), partition=self.sent % PARTITIONS)
        self.sent += 1


def soak(siaga: Installation, minutes: float, rate: int) -> Soak:
    """Load a worker and look at it now and then."""
    worker = siaga.worker()
    load = Load(siaga, rate)
    began, begun_ms, samples = time.monotonic(), time.time() * 1_000, []
    slower_ms = begun_ms + FULL * minutes * 60_000
    while (at_s := time.monotonic() - began) < minutes * 60:
        time.sleep(EVERY_S)
        check_alive(worker)
        if time.time() * 1_000 >= slower_ms:
            load.rate = rate // 3
        samples.append((sample(worker, at_s), worker.metric("siaga_lag_records")))
    load.stop()
    ended_ms = time.time() * 1_000
    time.sleep(2)
    worker.end()
    full = [s for s in samples if s[0].at_s < FULL * minutes * 60]
    warm = [s for s in full if s[0].at_s >= WARM * FULL * minutes * 60]
    part = max(len(warm) // 4, 1)
    first, last = median(s.rss_mb for s, _ in warm[:part]), median(s.rss_mb for s, _ in warm[-part:])
    spent = full[-1][0].cpu_s - full[0][0].cpu_s
    state, topic = state_of_minutes(siaga), topic_by_minute(siaga)
    return Soak(
        minutes, rate, load.sent, first, last, 100 * (last / first - 1), max(lag for _, lag in full),
        median(lag for _, lag in warm[:part]), median(lag for _, lag in warm[-part:]),
        spent / (full[-1][0].at_s - full[0][0].at_s),
        _per_minute(state, begun_ms, slower_ms), _per_minute(state, slower_ms, ended_ms),
        # What is written is of minutes that ended a lateness before.
        _per_minute(topic, begun_ms + LAG_MS, slower_ms), _per_minute(topic, slower_ms + LAG_MS, ended_ms),
        samples,
    )  # fmt: skip


def state_of_minutes(siaga: Installation) -> dict[int, int]:
    """Return the bytes that each closed minute added to the state topic, headers and watches not counted."""
    sizes: dict[int, int] = defaultdict(int)
    for record in siaga.records("siaga-state-changelog"):
        if b"/minute/" in record.key and record.value is not None:
            sizes[int(record.key.split(b"/")[2])] += len(record.key) + len(record.value)
    return sizes


def topic_by_minute(siaga: Installation) -> dict[int, int]:
    """Return the bytes that were written to the state topic in each minute, all of them."""
    sizes: dict[int, int] = defaultdict(int)
    for record in siaga.records("siaga-state-changelog"):
        sizes[record.timestamp // 60_000] += len(record.key) + len(record.value or b"")
    return sizes


def _per_minute(state: dict[int, int], from_ms: float, to_ms: float) -> float:
    """Return the median of the whole minutes inside a span."""
    inside = [
        n for minute, n in state.items() if from_ms <= minute * 60_000 and (minute + 1) * 60_000 <= to_ms
    ]
    return median(inside) if inside else float("nan")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="a steady load for a long time")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=int, default=3_000, help="posts a second")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args(arguments)
    with (
        Broker(java_options=JAVA) as broker,
        tempfile.TemporaryDirectory() as folder,
        installed(broker.bootstrap, "soak-", Path(folder), brands=BRANDS) as siaga,
    ):
        found = soak(siaga, options.minutes, options.rate)
    for one, lag in found.samples[:: max(len(found.samples) // 20, 1)]:
        print(f"{one.at_s:7.0f} s  RSS {one.rss_mb:6.1f} MB  lag {lag:7,.0f}", file=sys.stderr)
    load = f"{found.minutes:g} min at {found.rate:,} posts/s ({found.sent:,} posts)"
    print(f"{load}, {found.cpu_share:.2f} of a core")
    grown = f"{found.rss_begin_mb:.1f} -> {found.rss_end_mb:.1f} MB: {found.growth_percent:+.1f} %"
    print(f"resident memory {grown}, bar {BAR_PERCENT:g} %")
    print(f"lag {found.lag_begin:,.0f} -> {found.lag_end:,.0f} records, at most {found.lag_max:,.0f}")
    print(
        f"a closed minute adds {found.state_full:,.0f} B to the state at the full rate, "
        f"{found.state_third:,.0f} B at a third of it"
    )
    print(f"all written to it: {found.topic_full:,.0f} and {found.topic_third:,.0f} B a minute")
    if options.json:
        options.json.write_text(pretty_json(found))


if __name__ == "__main__":
    main()
