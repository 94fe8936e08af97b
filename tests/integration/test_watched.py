"""Operators are told by Alertmanager what is wrong with siaga, and when it is over."""

import signal
import time

import pytest

from tests.integration.crisis import Crisis
from tests.integration.installation import installed, wait_for
from tests.integration.watching import Watch, crowd


@pytest.fixture
def watch(tmp_path, prometheus, alertmanager, room):
    return Watch(tmp_path / "prometheus", prometheus, alertmanager, room)


@pytest.fixture
def siaga(kafka, prefix, tmp_path):
    with installed(kafka.bootstrap, prefix, tmp_path) as installation:
        yield installation


@pytest.mark.timeout(600)
def test_operators_are_told_what_is_wrong_and_when_it_is_over(siaga, watch):
    worker = siaga.worker(ready=False)
    watch.scrape(worker)
    worker.wait_ready()
    wait_for("the heartbeat", lambda: watch.last_heartbeat)

    # A receiver that is down, while an incident wants to be told.
    siaga.webhook.refuse = 503
    crisis = Crisis(siaga)
    crisis.history()
    crisis.wave(30)
    watch.fires("SiagaReceiverDown")
    siaga.webhook.refuse = 0
    watch.clears("SiagaReceiverDown")

    # Nothing has been sent since.
    watch.fires("SiagaNoPosts")

    siaga.send(crowd(crisis.at, records=50))
    watch.clears("SiagaNoPosts")

    # It dies: siaga's own silence is noticed.
    worker.end(signal.SIGKILL)
    died = time.time()
    watch.fires("SiagaWorkerDown")
    watch.fires("SiagaAbsent")
    wait_for("the heartbeat to stop", lambda: time.time() - max(watch.last_heartbeat, died) > 3, 15)

    another = siaga.worker(ready=False)
    watch.scrape(another)
    another.wait_ready()
    watch.clears("SiagaAbsent")
    watch.clears("SiagaWorkerDown")
    wait_for("the heartbeat to come again", lambda: watch.last_heartbeat > died + 3, 15)
