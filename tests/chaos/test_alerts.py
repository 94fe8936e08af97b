"""Faults that take their time, as operators are told of them: a worker dies, is behind, or hangs."""

import json
import signal
import time

import pytest

from bench.produce import Outgoing, append
from tests.chaos.world import FAILING
from tests.integration.installation import wait_for
from tests.integration.watching import Watch, crowd

pytestmark = pytest.mark.timeout(300)

# The worker hangs for good when it is about to report a post that it cannot read.
HANGS = {"FAILPOINTS": json.dumps([{"what": "rejected", "do": "hang"}])}
BACKLOG = 300_000


@pytest.fixture
def watch(tmp_path, prometheus, alertmanager, room):
    """A minute is two seconds: a worker that catches up has less time for who asks."""
    return Watch(tmp_path / "prometheus", prometheus, alertmanager, room, scale=30, interval="1s")


def begin(siaga, watch, **how):
    worker = siaga.worker(ready=False, **how)
    watch.scrape(worker)
    worker.wait_ready()
    began = time.time()
    wait_for("a heartbeat", lambda: watch.last_heartbeat > began, 30)
    return worker


def fill(siaga):
    """Append one short post a record, faster than they are read."""
    now = int(time.time() * 1_000)

    def post(i: int) -> bytes:
        text = "besok ke rimba kopi" if i % 10 == 0 else "hari ini cerah"
        author = {"id": f"{i % 997}"}
        record = {"platform": "x", "id": f"b{i}", "created_at": now, "text": text, "author": author}
        return json.dumps(record).encode()

    records = (Outgoing(post(i), i % 4) for i in range(BACKLOG))
    append(siaga.bootstrap, siaga.topic("posts"), records)


def test_the_death_of_the_only_worker_and_the_backlog_after_it(siaga, watch):
    worker = begin(siaga, watch)
    worker.end(signal.SIGKILL)
    died = time.time()
    watch.fires("SiagaWorkerDown")
    watch.fires("SiagaAbsent")
    wait_for("the heartbeat to stop", lambda: time.time() - max(watch.last_heartbeat, died) > 5, 30)
    fill(siaga)
    assert time.time() - watch.last_heartbeat > 5

    began = time.monotonic()
    begin(siaga, watch)
    print(f"the heartbeat is back {time.monotonic() - began:.1f} s after the start")
    watch.clears("SiagaAbsent")
    watch.fires("SiagaLag", 60)
    watch.clears("SiagaLag", 120)
    watch.clears("SiagaWorkerDown")


def test_a_worker_that_hangs_and_is_ended(siaga, watch):
    worker = begin(siaga, watch, command=FAILING, env=HANGS)
    now = int(time.time() * 1_000)
    siaga.send([b"no post at all", *crowd(now, 40)])
    watch.fires("SiagaStuck", 60)
    # Kafka still hears it, so that nothing else would notice.
    assert watch.told("SiagaWorkerDown") is None
    assert watch.told("SiagaKafkaDown") is None
    wait_for("the watchdog", lambda: worker.process.poll() is not None, 120)
    assert worker.process.returncode == 75, worker.log.read_text()[-2000:]
    another = begin(siaga, watch)
    watch.clears("SiagaStuck")
    wait_for("the post to be refused", lambda: another.metric("siaga_posts_total", outcome="rejected"), 30)
