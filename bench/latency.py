"""How long from the deciding post's arrival in Kafka to the webhook: `make bench-latency`.

Many brands have a small crisis each, one after the other, on one worker and a real Kafka: first on an idle
system, then beside a stream of everyday posts. The post that decides is known from the incident, and when it
was appended from Kafka's acknowledgement.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from kafka import KafkaProducer

from bench.end_to_end import JAVA
from tests.integration.installation import Installation, Webhook, installed, wait_for
from tests.integration.recount import wait_until_closed
from tests.kafka.broker import Broker

HOUR_MS = 3_600_000
BAR_IDLE_S, BAR_LOAD_S = 0.2, 0.5
LOAD_BRAND = "harian"
_WORDS = ("parah", "mati total", "kecewa berat", "gangguan lagi", "lambat sekali", "tidak bisa dipakai")


def now_ms() -> int:
    return int(time.time() * 1_000)


def brands(count: int) -> dict:
    named = {f"merek{n}": {"name": f"Merek {n}", "aliases": [f"merek{n}x"]} for n in range(count)}
    return {**named, LOAD_BRAND: {"name": "Harian", "aliases": ["harianku"]}}


class Crises:
    """Sends the posts of one brand after the other, and remembers when each was appended."""

    def __init__(self, siaga: Installation) -> None:
        self._siaga = siaga
        self._producer = KafkaProducer(bootstrap_servers=siaga.bootstrap, linger_ms=0, acks="all")
        self.appended: dict[str, list[float]] = {}

    def run(self, brand: str, posts: int = 9) -> None:
        """Post until the webhook has the incident."""
        times = self.appended[brand] = []
        for n in range(posts):
            if self._told(brand):
                break
            word, other = _WORDS[n % len(_WORDS)], _WORDS[(n + 1 + n // 6) % len(_WORDS)]
            post = {
                "platform": "x",
                "id": f"{brand}-{n}",
                "created_at": now_ms(),
                "text": f"{brand}x {word}, sudah {n + 2} jam {other}",
                "author": {"id": f"{brand}-orang{n}"},
            }
            data = json.dumps(post).encode()
            self._producer.send(self._siaga.topic("posts"), data, partition=n % 4).get(30)
            times.append(time.time())
            time.sleep(0.02 if n < 5 else 0.6)
        wait_for(f"an incident of {brand}", lambda: self._told(brand), 30, every_s=0.01)

    def _told(self, brand: str) -> bool:
        return any(one["brand"] == brand for one in list(self._siaga.webhook.received))

    def latencies(self, names: list[str]) -> list[float]:
        """Return the seconds from the deciding post to the webhook, for each brand."""
        webhook: Webhook = self._siaga.webhook
        first: dict[str, tuple[float, dict]] = {}
        for at, one in zip(webhook.times, webhook.received, strict=True):
            first.setdefault(one["brand"], (at, one))
        found = []
        for name in names:
            at, incident = first[name]
            found.append(at - self.appended[name][round(incident["verdict"]["observed"]) - 1])
        return found


class Load(threading.Thread):
    """Everyday posts at a steady rate, until it is told to stop; `sent` counts them."""

    def __init__(self, siaga: Installation, rate: int) -> None:
        super().__init__(daemon=True)
        self._siaga = siaga
        self._rate = rate
        self.stopping = threading.Event()
        self.sent = 0

    def run(self) -> None:
        producer = KafkaProducer(bootstrap_servers=self._siaga.bootstrap, linger_ms=5, acks=1)
        began = time.monotonic()
        while not self.stopping.is_set():
            due = int((time.monotonic() - began) * self._rate)
            at = now_ms()
            for n in range(self.sent, due):
                about = "harianku hari ini biasa saja" if n % 5 == 0 else "cuaca hari ini cerah"
                post = (
                    f'{{"platform":"x","id":"l{n}","created_at":{at},"text":"{about} {n % 997}",'
                    f'"author":{{"id":"a{n % 20_000}"}}}}'
                )
                producer.send(self._siaga.topic("posts"), post.encode(), partition=n % 4)
            self.sent = max(self.sent, due)
            time.sleep(0.01)
        producer.flush(30)
        producer.close()


def history(siaga: Installation, names: list[str]) -> None:
    """Let each brand be watched for four hours."""
    begin = now_ms() - 4 * HOUR_MS
    siaga.send(
        {"platform": "x", "id": f"h{n}", "created_at": begin, "text": f"{name}x baru pasang"}
        for n, name in enumerate(names)
    )
    siaga.close_minutes(begin)
    last = now_ms() - 2 * siaga.lateness_ms - 120_000
    siaga.close_minutes(last)
    wait_until_closed(siaga, last - 60_000)


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def shown(name: str, values: list[float], bar: float) -> bool:
    """Print a line; return whether the bar is met."""
    print(
        f"{name:28} n {len(values):3}  p50 {statistics.median(values):.3f} s  p95 {p95(values):.3f} s"
        f"  max {max(values):.3f} s  bar {bar:.1f} s"
    )
    return p95(values) <= bar


def main() -> int:
    parser = argparse.ArgumentParser(description="from the deciding post in Kafka to the webhook")
    parser.add_argument("--crises", type=int, default=40, help="of each kind")
    parser.add_argument("--rate", type=int, default=5_000, help="posts a second beside the crises")
    options = parser.parse_args()
    names = [f"merek{n}" for n in range(2 * options.crises)]
    with (
        Broker(java_options=JAVA) as broker,
        tempfile.TemporaryDirectory() as folder,
        installed(broker.bootstrap, "latency-", Path(folder), brands=brands(len(names))) as siaga,
    ):
        worker = siaga.worker()
        history(siaga, names)
        crises = Crises(siaga)
        idle, loaded = names[: options.crises], names[options.crises :]
        for name in idle:
            crises.run(name)
        met = shown("idle", crises.latencies(idle), BAR_IDLE_S)
        load = Load(siaga, options.rate)
        load.start()
        began, before = time.monotonic(), load.sent
        time.sleep(3)
        for name in loaded:
            crises.run(name)
        rate = (load.sent - before) / (time.monotonic() - began)
        load.stopping.set()
        met &= shown(f"at {rate:,.0f} posts/s", crises.latencies(loaded), BAR_LOAD_S)
        for hop in ("detection", "delivery"):
            total = worker.metric(f"siaga_{hop}_latency_seconds_sum")
            count = worker.metric(f"siaga_{hop}_latency_seconds_count")
            print(f"  mean {hop} latency of all: {total / max(1, count):.3f} s")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
