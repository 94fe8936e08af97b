"""What others may do to the topic `posts`: transactions, retention, more partitions, bad records."""

import json
import time
from collections.abc import Iterable
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from tests.chaos import judge
from tests.chaos.load import MINUTE_MS, brands_of, parts
from tests.chaos.world import Remembered
from tests.integration.installation import Installation, wait_for
from tests.integration.recount import recount, wait_until_closed

pytestmark = pytest.mark.timeout(300)


def admin(siaga: Installation) -> Any:
    return KafkaAdminClient(bootstrap_servers=siaga.bootstrap)


def encoded(post: dict) -> bytes:
    return json.dumps(post).encode()


def send_in_transactions(siaga: Installation, batches: Iterable[list[dict]], partitions: int = 4) -> None:
    producer = KafkaProducer(bootstrap_servers=siaga.bootstrap, transactional_id=f"{siaga.prefix}upstream")
    producer.init_transactions()
    for batch in batches:
        producer.begin_transaction()
        for i, post in enumerate(batch):
            producer.send(siaga.topic("posts"), encoded(post), partition=i % partitions)
        producer.commit_transaction()
        time.sleep(0.2)
    producer.close()


def test_a_transactional_producer_leaves_holes_that_are_no_posts(world):
    """The markers of its transactions are offsets without records, also the last ones of a partition."""
    siaga = world.siaga
    worker = world.start()
    send_in_transactions(siaga, parts(world.sent, 40))
    # One partition falls silent after a marker; the others must not wait for it.
    last = max(post["created_at"] for post in world.sent)
    after = [
        {"platform": "x", "id": f"after-{i}", "created_at": last + i * MINUTE_MS, "text": "selesai"}
        for i in range(30)
    ]
    begun = time.monotonic()
    siaga.send(after, partitions=3)
    wait_until_closed(siaga, last, 60)
    print(f"closed {time.monotonic() - begun:.0f} s after one partition fell silent behind a marker")
    assert worker.metric("siaga_gap_records_total", topic="posts") >= 40
    world.sent += after
    world.assert_exact()
    assert 75 not in world.exits


def test_posts_that_retention_deleted_unread_are_counted_as_expired_and_the_others_exactly(world):
    siaga = world.siaga
    first, second = world.halves()
    worker = world.start()
    world.send_in_parts(first)
    wait_for("all to be committed", lambda: siaga.committed("posts") == siaga.ends("posts"), 60)
    world.retire(worker)
    assert worker.end() == 0
    before = siaga.committed("posts")
    siaga.send(second)
    floor = {p: offset + 40 + 10 * p for p, offset in before.items()}
    kept = [r for r in siaga.records("posts") if not before[r.partition] <= r.offset < floor[r.partition]]
    admin(siaga).delete_records({TopicPartition(siaga.topic("posts"), p): at for p, at in floor.items()})
    worker = world.start()
    judge.close(siaga, world.sent)
    known = {(record.partition, record.offset) for record in kept}
    kept += [r for r in siaga.records("posts") if (r.partition, r.offset) not in known]
    found = recount(Remembered(siaga, posts=lambda: kept), brands_of)
    assert found.late == {}
    assert found.counted == found.expected
    assert worker.metric("siaga_expired_records_total", topic="posts") == sum(40 + 10 * p for p in range(4))
    judge.assert_told(siaga, judge.incidents_of(siaga))
    assert judge.incidents_of(siaga) == judge.replayed(siaga)
    judge.assert_committed(siaga)
    assert "records were deleted before they were read" in worker.log.read_text()


def test_a_foreign_record_among_the_mentions_stops_the_worker_with_a_reason(world):
    siaga = world.siaga
    worker = world.start()
    world.retire(worker)
    producer = KafkaProducer(bootstrap_servers=siaga.bootstrap)
    producer.send(siaga.topic("mentions"), b"not ours", partition=2)
    producer.close()
    assert worker.process.wait(30) == 78
    assert "only siaga may write to this topic" in worker.log.read_text()
