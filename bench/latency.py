"""How long from the deciding post's arrival in Kafka to `incidents` and to the webhook: `make bench-latency`.

Many brands have a small crisis each, one after the other, on one worker and a real Kafka: first on an idle
system, then beside a stream of everyday posts, then the same while another receiver hangs. The post that
decides is known from the incident, and when it was appended from Kafka's acknowledgement. An incident is on
the topic when a consumer beside the benchmark has read it.
"""

import argparse
import json
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from confluent_kafka import Consumer, Producer, TopicPartition
from kafka import KafkaProducer

from bench.bars import Bars
from bench.document import DOCS, machine, table, write_block
from bench.material import JAVA, PARTITIONS
from tests.integration.installation import Installation, Webhook, Worker, installed, wait_for
from tests.integration.recount import wait_until_closed
from tests.kafka.broker import Broker

HOUR_MS = 3_600_000
# Seconds, idle and under load.
BARS = {"topic": (0.1, 0.3), "webhook": (0.2, 0.5)}
LOAD_BRAND = "harian"
_WORDS = ("parah", "mati total", "kecewa berat", "gangguan lagi", "lambat sekali", "tidak bisa dipakai")


def now_ms() -> int:
    return int(time.time() * 1_000)


def brands(count: int) -> dict:
    named = {f"merek{n}": {"name": f"Merek {n}", "aliases": [f"merek{n}x"]} for n in range(count)}
    return {**named, LOAD_BRAND: {"name": "Harian", "aliases": ["harianku"]}}


class Topic:
    """Reads `incidents` as it grows, and remembers when each brand's first revision came."""

    def __init__(self, siaga: Installation) -> None:
        self.first: dict[str, tuple[float, dict]] = {}
        settings = {"bootstrap.servers": siaga.bootstrap, "group.id": "latency", "fetch.wait.max.ms": 5}
        self._consumer = Consumer({**settings, "enable.auto.commit": False})
        self._consumer.assign([TopicPartition(siaga.topic("incidents"), p, 0) for p in range(PARTITIONS)])
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._stopping.is_set():
            message = self._consumer.poll(0.1)
            if message is not None and message.error() is None and message.value():
                incident = json.loads(message.value())
                self.first.setdefault(incident["brand"], (time.time(), incident))

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._consumer.close()


class Crises:
    """Sends the posts of one brand after the other, and remembers when each was appended."""

    def __init__(self, siaga: Installation, topic: Topic) -> None:
        self._siaga = siaga
        self._topic = topic
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

    def latencies(self, names: list[str]) -> dict[str, list[float]]:
        """Return the seconds from the deciding post to the topic and to the webhook, for each brand."""
        webhook: Webhook = self._siaga.webhook
        told: dict[str, tuple[float, dict]] = {}
        for at, one in zip(webhook.times, webhook.received, strict=True):
            told.setdefault(one["brand"], (at, one))
        wait_for("the incidents on the topic", lambda: self._topic.first.keys() >= set(names), 30)
        return {
            "topic": [self._after(name, *self._topic.first[name]) for name in names],
            "webhook": [self._after(name, *told[name]) for name in names],
        }

    def _after(self, name: str, at: float, incident: dict) -> float:
        return at - self.appended[name][round(incident["verdict"]["observed"]) - 1]


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
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "acks": 1})
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
            producer.produce(topic, post.encode(), partition=n % PARTITIONS)
        producer.poll(0)
        sent.value = max(sent.value, due)
        time.sleep(0.01)
    producer.flush(30)


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


class Line(NamedTuple):
    """Latencies under one load, in seconds, to one place."""

    load: str
    to: str
    values: list[float]


def lines_of(load: str, found: dict[str, list[float]]) -> list[Line]:
    return [Line(load, to, values) for to, values in found.items()]


def as_table(lines: Sequence[Line]) -> str:
    rows = [
        (
            line.load,
            line.to,
            len(line.values),
            *(f"{v:.3f}" for v in (statistics.median(line.values), p95(line.values), max(line.values))),
            f"{BARS[line.to][line.load != 'idle']:.1f}",
        )
        for line in lines
    ]
    return table(("load", "to", "crises", "p50 s", "p95 s", "most s", "p95 at most"), rows)


def handled(worker: Worker) -> float:
    return worker.metric("siaga_posts_total")


def main() -> int:
    parser = argparse.ArgumentParser(description="from the deciding post in Kafka to topic and webhook")
    parser.add_argument("--crises", type=int, default=40, help="of each kind")
    parser.add_argument("--rate", type=int, default=10_000, help="posts a second beside the crises")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
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
    lines: list[Line] = []
    rates = []
    with (
        Broker(java_options=JAVA) as broker,
        tempfile.TemporaryDirectory() as folder,
        installed(
            broker.bootstrap, "latency-", Path(folder), brands=brands(len(names)), receivers=[second]
        ) as siaga,
    ):
        worker = siaga.worker()
        history(siaga, names)
        topic = Topic(siaga)
        crises = Crises(siaga, topic)
        for name in names[:count]:
            crises.run(name)
        lines += lines_of("idle", crises.latencies(names[:count]))
        load = Load(siaga, options.rate)
        time.sleep(3)
        for title, part in (("", names[count : 2 * count]), (", a receiver hangs", names[2 * count :])):
            began, before = time.monotonic(), handled(worker)
            for name in part:
                crises.run(name)
            rates.append((handled(worker) - before) / (time.monotonic() - began))
            lines += lines_of(f"{rates[-1]:,.0f} posts/s{title}", crises.latencies(part))
            hanging.hang.clear()
        load.stop()
        topic.close()
        told = {
            hop: worker.metric(f"siaga_{hop}_latency_seconds_sum")
            / max(1, worker.metric(f"siaga_{hop}_latency_seconds_count"))
            for hop in ("detection", "delivery")
        }
    hanging.close()
    said = f"Asked for {options.rate:,} posts/s; {machine()}."
    print(f"{as_table(lines)}\n\n{said}")
    print(f"mean latency of all by the worker's metrics: {told}")
    bars = Bars()
    for line in lines:
        bar = BARS[line.to][line.load != "idle"]
        bars.at_most(f"{line.load}, to the {line.to}, p95 s", round(p95(line.values), 3), bar)
    bars.at_least("posts/s beside, of those asked for", round(min(rates) / options.rate, 2), 0.95)
    if options.write:
        write_block(DOCS / "performance.md", "latency", f"{as_table(lines)}\n\n{said}")
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
