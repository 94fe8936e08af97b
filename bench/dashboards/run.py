"""Draws the dashboards of the documents: `make dashboards-picture`, six minutes.

A worker on a real Kafka has 30 hours of three invented brands behind it when people begin to write as they
always do. A minute later one of the brands is in a crisis; a receiver fails for half a minute. Prometheus
scrapes each second. Then every query of the shipped dashboards is asked for two brands, and drawn.

With ``--url`` it draws what your own Prometheus has of siaga instead.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from confluent_kafka import Producer

from bench.dashboards.data import Span, boards
from bench.dashboards.picture import draw, look
from bench.produce import Outgoing, append
from tests.integration.installation import Installation, Webhook, installed, wait_for
from tests.integration.watching import scrape, write_config
from tests.kafka.broker import Broker
from tests.prometheus import Prometheus

DOCS = Path(__file__).parents[2] / "docs"
NAMES = ("kunang fiber", "camar air", "rimba kopi")
# Each says it in words of their own: what is mostly copies is no crisis.
_BAD = (
    ("parah", "kecewa", "payah", "kapok", "jelek", "menyebalkan", "buruk", "mengecewakan"),
    (
        "mati total",
        "gangguan lagi",
        "lambat sekali",
        "putus terus",
        "tidak bisa dipakai",
        "rusak",
        "hilang",
        "macet",
    ),
    (
        "di rumah",
        "di kantor",
        "waktu rapat",
        "waktu ujian",
        "di warung",
        "di kos",
        "waktu hujan",
        "di sekolah",
    ),
    (
        "dari pagi",
        "sejak semalam",
        "dari tadi",
        "tiap magrib",
        "sudah dua hari",
        "lagi",
        "terus",
        "sampai sekarang",
    ),
)
_PLAIN = ("besok ke sana", "baru pasang kemarin", "promo bulan ini apa saja", "enak dan ramah", "puas banget")
_PLATFORMS = ("x", "tiktok", "instagram", "facebook")
_HISTORY_S, _PER_MINUTE = 30 * 3_600, 20.0
# Of the time that is shown, in seconds: the crisis grows, and falls; the receiver fails.
_SHOWN_S, _GROWS, _FALLS, _OVER, _FAILS = 270, 60, 150, 210, (105, 140)


class People:
    """They write posts; each is somebody else for a while."""

    def __init__(self) -> None:
        self._rng = random.Random(5)
        self._count = 0

    def post(self, at: float, brand: str, bad_share: float = 0.12) -> bytes:
        """Return a post about a brand at a time in seconds."""
        rng = self._rng
        self._count += 1
        if rng.random() < bad_share:
            words = " ".join(rng.sample([rng.choice(part) for part in _BAD], len(_BAD)))
        else:
            words = rng.choice(_PLAIN)
        return json.dumps(
            {
                "platform": rng.choice(_PLATFORMS),
                "id": f"p{self._count}",
                "created_at": int(at * 1_000),
                "text": f"{brand} {words} {self._count}",
                "author": {"id": f"a{self._count % 5_000}"},
            }
        ).encode()

    def between(self, begin: float, end: float, extra: float = 0.0) -> Iterator[bytes]:
        """Yield the everyday posts of a time, and `extra` angry ones a second about the first brand."""
        rng, due = self._rng, []
        for brand in NAMES:
            expected = (end - begin) * _PER_MINUTE / 60
            count = int(expected) + (rng.random() < expected % 1)
            due += [(rng.uniform(begin, end), brand, 0.12) for _ in range(count)]
        due += [(rng.uniform(begin, end), NAMES[0], 0.9) for _ in range(round(extra * (end - begin)))]
        for at, brand, share in sorted(due):
            yield self.post(at, brand, share)


def anger(at: float) -> float:
    """Return how many angry posts come a second, at a time of the shown ones.

    >>> anger(0), anger(105), anger(150), anger(250)
    (0.0, 4.0, 8.0, 0.0)
    """
    if at < _GROWS or at > _OVER:
        return 0.0
    part = (at - _GROWS) / (_FALLS - _GROWS) if at < _FALLS else (_OVER - at) / (_OVER - _FALLS)
    return 8.0 * part


def _past(people: People, now: float) -> Iterator[Outgoing]:
    number = 0
    begin = now - _HISTORY_S
    while begin < now:
        for post in people.between(begin, begin + 60):
            yield Outgoing(post, number % 4)
            number += 1
        begin += 60


def live(siaga: Installation, people: People, warm_s: float) -> Span:
    """Send posts as time goes by; return the time that is to be shown."""
    producer = Producer({"bootstrap.servers": siaga.bootstrap, "linger.ms": 5, "log_level": 3})
    rng, number = random.Random(6), 0
    before = time.time()
    start = before + warm_s
    while before < start + _SHOWN_S:
        time.sleep(0.5)
        now = time.time()
        shown = now - start
        siaga.webhook.refuse = 503 if _FAILS[0] < shown < _FAILS[1] else 0
        posts = list(people.between(before, now, anger(shown)))
        if rng.random() < 0.015:
            posts.append(b"no post at all")
        if rng.random() < 0.01:
            posts.append(people.post(now - 3_600, rng.choice(NAMES)))  # too late to count
        for post in posts:
            number += 1
            producer.produce(siaga.topic("posts"), post, partition=number % 4)
        producer.poll(0)
        before = now
    producer.flush(10)
    return Span(start, start + _SHOWN_S, step=2.0, rate=15.0)


def own_run(version: str | None) -> None:
    """Start all there is, let it live, and draw."""
    duty = Webhook()
    receiver = {"name": "duty", "type": "webhook", "url": duty.url, "min_severity": "critical"}
    with tempfile.TemporaryDirectory(prefix="siaga-picture-") as name:
        folder = Path(name)
        broker = Broker(version)
        prometheus = Prometheus(folder)
        try:
            broker.start()
            write_config(folder, "1s")
            with installed(broker.bootstrap, "", folder, receivers=[receiver]) as siaga:
                people = People()
                append(broker.bootstrap, siaga.topic("posts"), _past(people, time.time()))
                worker = siaga.worker()
                wait_for("the past to be read", lambda: not worker.metric("siaga_lag_records"), 600)
                scrape(folder, worker)
                prometheus.start()
                show(prometheus.url, live(siaga, people, warm_s=30), "kunang|camar")
        finally:
            prometheus.close()
            broker.close()
            duty.close()


def show(url: str, span: Span, brand: str = ".+") -> None:
    """Draw all dashboards into the documents."""
    for board in boards():
        path = DOCS / f"{board['uid'].replace('siaga', 'dashboard')}.svg"
        path.write_text(draw(board, look(url, board, span, brand)))
        print(path)


def main() -> None:
    """Read the command line, and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--url", help="of a Prometheus that has siaga's series; without it, a run is made")
    parser.add_argument("--minutes", type=float, default=60, help="with --url: how much is shown")
    parser.add_argument("--kafka-version", help="of the run's Kafka")
    given = parser.parse_args()
    if given.url:
        now, seconds = time.time(), 60 * given.minutes
        step = max(seconds / 150, 15.0)
        try:
            show(given.url, Span(now - seconds, now, step, max(60.0, 2 * step)))
        except ValueError as error:
            raise SystemExit(str(error)) from None
    else:
        own_run(given.kafka_version)


if __name__ == "__main__":
    main()
