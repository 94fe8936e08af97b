"""More faults as operators are told of them: posts are wrong or too late, a receiver refuses."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.crisis import MINUTE, Crisis
from tests.integration.installation import Installation, Webhook, installed, wait_for
from tests.integration.watching import Watch, crowd

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def room():
    """Where Alertmanager sends its notifications."""
    webhook = Webhook()
    yield webhook
    webhook.close()


@pytest.fixture
def watch(tmp_path, prometheus, alertmanager, room):
    """A minute is two seconds, as in `test_alerts.py`."""
    return Watch(tmp_path / "prometheus", prometheus, alertmanager, room, scale=30, interval="1s")


@pytest.fixture
def broker(own_broker):
    return own_broker()


@pytest.fixture
def siaga(broker, tmp_path):
    with installed(broker.bootstrap, "", tmp_path) as installation:
        yield installation


def begin(siaga, watch):
    worker = siaga.worker(ready=False)
    watch.scrape(worker)
    worker.wait_ready(90)
    # A rate sees only what comes after the first scrape.
    wait_for("a first scrape", lambda: watch.prometheus.query('up{job="siaga"} == 1'), 60)
    return worker


@contextmanager
def going_on(siaga: Installation, records: object) -> Iterator[None]:
    """Send what a function makes of the time, again and again."""
    over = threading.Event()

    def send() -> None:
        while not over.wait(0.5):
            siaga.send(records(int(time.time() * 1_000)))

    sending = threading.Thread(target=send)
    sending.start()
    try:
        yield
    finally:
        over.set()
        sending.join()


def test_posts_that_cannot_be_read_and_posts_that_come_too_late(siaga, watch):
    begin(siaga, watch)
    now = int(time.time() * 1_000)
    siaga.send(crowd(now - 10 * MINUTE, 4))
    siaga.close_minutes(now - 8 * MINUTE)

    def wrong(at: int) -> list[bytes]:
        return [b"no post at all"] * 8 + crowd(at, 2, 4) + crowd(at - 5 * 60 * MINUTE, 2, 4)

    with going_on(siaga, wrong):
        watch.fires("SiagaRejectedShare", 90)
        watch.fires("SiagaLateShare", 90)
    with going_on(siaga, lambda at: crowd(at, 2, 4)):
        watch.clears("SiagaRejectedShare", 90)
        watch.clears("SiagaLateShare", 90)


def test_a_receiver_that_refuses(siaga, watch):
    begin(siaga, watch)
    siaga.webhook.refuse = 401
    crisis = Crisis(siaga)
    crisis.history()
    crisis.wave(30)
    watch.fires("SiagaReceiverRefuses", 90)
    assert watch.told("SiagaReceiverDown") is None
    siaga.webhook.refuse = 0
    watch.clears("SiagaReceiverRefuses", 120)
