"""How long from the deciding post's arrival in Kafka to the webhook: `make bench-latency`.

Many brands have a small crisis each, one after the other, on one worker and a real Kafka: first on an idle
system, then beside a stream of everyday posts, then the same while another receiver hangs. The post that
decides is known from the incident, and when it was appended from Kafka's acknowledgement.
"""

import argparse
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kafka import KafkaProducer

from bench.end_to_end import JAVA
from tests.integration.installation import Installation, Webhook, Worker, installed, wait_for
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


class Load:
    """Everyday posts at a steady rate, by a process of its own, so that it takes no time from the webhook."""

    def __init__(self, siaga: Installation, rate: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._sent = spawn.Value("q", 0)
        self._stopping = spawn.Event()
        arguments = (siaga.bootstrap, siaga.topic("posts"), rate, self._sent, self._stopping)
        self._process = spawn.Process(target=everyday_posts, args=arguments, daemon=True)
        self._process.start()
        wait_for("the first posts", lambda: self.sent, 30)

    @property
    def sent(self) -> int:
        return self._sent.value

    def stop(self) -> None:
        self._stopping.set()
        self._process.join(60)


def everyday_posts(bootstrap: str, topic: str, rate: int, sent: Any, stopping: Any) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, acks=1)
    began = time.monotonic()
    while not stopping.is_set():
        due = int((time.monotonic() - began) * rate)
        at = now_ms()
        for n in range(sent.value, due):
            about = "harianku hari ini biasa saja" if n % 5 == 0 else "cuaca hari ini cerah"
            post = (
                f'{{"platform":"x","id":"l{n}","created_at":{at},"text":"{about} {n % 997}",'
                f'"author":{{"id":"a{n % 20_000}"}}}}'
            )
            producer.send(topic, post.encode(), partition=n % 4)
        sent.value = max(sent.value, due)
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


def handled(worker: Worker) -> float:
    return worker.metric("siaga_posts_total")


def main() -> int:
    parser = argparse.ArgumentParser(description="from the deciding post in Kafka to the webhook")
    parser.add_argument("--crises", type=int, default=40, help="of each kind")
    parser.add_argument("--rate", type=int, default=5_000, help="posts a second beside the crises")
    options = parser.parse_args()
    count = options.crises
    names = [f"merek{n}" for n in range(3 * count)]
    hanging = Webhook()
    second = {
        "name": "second",
        "type": "webhook",
        "url": hanging.url,
        "min_severity": "info",
        "max_age": "0s",
    }
    with (
        Broker(java_options=JAVA) as broker,
        tempfile.TemporaryDirectory() as folder,
        installed(
            broker.bootstrap, "latency-", Path(folder), brands=brands(len(names)), receivers=[second]
        ) as siaga,
    ):
        worker = siaga.worker()
        history(siaga, names)
        crises = Crises(siaga)
        for name in names[:count]:
            crises.run(name)
        met = shown("idle", crises.latencies(names[:count]), BAR_IDLE_S)
        load = Load(siaga, options.rate)
        time.sleep(3)
        found = []
        for title, part in (("", names[count : 2 * count]), (", one hangs", names[2 * count :])):
            began, before = time.monotonic(), handled(worker)
            for name in part:
                crises.run(name)
            rate = (handled(worker) - before) / (time.monotonic() - began)
            found.append((p95(crises.latencies(part)), rate))
            met &= shown(f"{rate:,.0f} posts/s{title}", crises.latencies(part), BAR_LOAD_S)
            hanging.hang.clear()
        load.stop()
        slower, rates = found[1][0] / found[0][0], found[1][1] / found[0][1]
        print(f"with one that hangs: p95 {slower:.0%}, posts/s {rates:.0%}")
        for hop in ("detection", "delivery"):
            total = worker.metric(f"siaga_{hop}_latency_seconds_sum")
            told = worker.metric(f"siaga_{hop}_latency_seconds_count")
            print(f"  mean {hop} latency of all: {total / max(1, told):.3f} s")
    hanging.close()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
