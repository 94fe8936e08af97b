"""What others may do to the topic `posts`: transactions, retention, more partitions, bad records."""

import json
import random
import time
from collections.abc import Iterable
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from tests.chaos import judge
from tests.chaos.load import MINUTE_MS, brands_of, parts
from tests.chaos.world import Remembered, World
from tests.integration.installation import Installation, wait_for
from tests.integration.recount import recount, wait_until_closed
from tests.malformed import MALFORMED

pytestmark = pytest.mark.timeout(300)


def admin(siaga: Installation) -> Any:
    return KafkaAdminClient(bootstrap_servers=siaga.bootstrap)


def encoded(post: dict) -> bytes:
    return json.dumps(post).encode()


def send_in_transactions(siaga: Installation, batches: Iterable[list[dict]], partitions: int = 4) -> None:
    producer = KafkaProducer(bootstrap_servers=siaga.bootstrap, transactional_id=f"{siaga.prefix}upstream")
    producer.init_transactions()
    for number, batch in enumerate(batches):
        producer.begin_transaction()
        for i, post in enumerate(batch):
            # Every third transaction is given up, and its posts are sent again in the next, in other words.
            said = {**post, "id": f"never-{post['id']}"} if number % 3 == 2 else post
            producer.send(siaga.topic("posts"), encoded(said), partition=i % partitions)
        if number % 3 == 2:
            producer.abort_transaction()
            producer.begin_transaction()
            for i, post in enumerate(batch):
                producer.send(siaga.topic("posts"), encoded(post), partition=i % partitions)
        producer.commit_transaction()
        time.sleep(0.2)
    producer.close()


def test_a_transactional_producer_leaves_holes_that_are_no_posts(world):
    """Markers and what was aborted are offsets without records, also the last ones of a partition."""
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
    wait_until_closed(siaga, last, 120)
    print(f"closed {time.monotonic() - begun:.0f} s after one partition fell silent behind a marker")
    assert worker.metric("siaga_gap_records_total", topic="posts") >= 40
    world.sent += after
    world.assert_exact()
    assert 75 not in world.exits


def test_a_marker_at_the_end_is_not_taken_for_a_stuck_worker(world):
    worker = world.start()
    send_in_transactions(world.siaga, parts(world.sent[:400], 10))
    time.sleep(90)
    assert worker.process.poll() is None
    send_in_transactions(world.siaga, parts(world.sent[400:], 30))
    world.assert_exact()
    assert 75 not in world.exits


def test_posts_that_retention_deleted_unread_are_counted_as_expired_and_the_others_exactly(world):
    siaga = world.siaga
    first, second = world.halves()
    worker = world.start()
    world.send_in_parts(first)
    wait_for("all to be committed", lambda: siaga.committed("posts") == siaga.ends("posts"), 120)
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
    judge.assert_meant(siaga)
    judge.assert_committed(siaga)
    assert "records were deleted before they were read" in worker.log.read_text()


def recreate(siaga: Installation, topic: str) -> None:
    client, name = admin(siaga), siaga.topic(topic)
    client.delete_topics([name])
    wait_for("the topic to be gone", lambda: name not in client.list_topics(), 20)
    settings = {"message.timestamp.type": "LogAppendTime"} if topic == "mentions" else {}
    client.create_topics({name: {"num_partitions": 4, "replication_factor": 1, "configs": settings}})
    wait_for("the topic to be back", lambda: name in client.list_topics(), 20)


def assert_exact_with(world: World, before: list[Any]) -> None:
    """Judge as ever, with the posts that went with their topic."""
    siaga = world.siaga
    judge.close(siaga, world.sent)
    found = recount(Remembered(siaga, posts=lambda: [*before, *siaga.records("posts")]), brands_of)
    assert found.late == {}
    assert found.counted == found.expected
    judge.assert_told(siaga, judge.assert_incidents(siaga, world.sent))
    judge.assert_committed(siaga)


def test_mentions_recreated_while_nobody_reads_are_for_a_person_to_decide(world):
    siaga = world.siaga
    worker = world.start()
    siaga.send(world.sent[:2_000])
    wait_for("all to be committed", lambda: siaga.committed("posts") == siaga.ends("posts"), 120)
    world.retire(worker)
    assert worker.end() == 0
    recreate(siaga, "mentions")
    worker = siaga.worker(ready=False)
    assert worker.process.wait(60) == 78
    said = worker.log.read_text().splitlines()[-1]
    assert "mentions-" in said
    assert "was recreated" in said
    assert "start with a new app_id, or reset the group's offsets" in said


def test_posts_recreated_while_nobody_reads_go_on_from_their_new_beginning(world):
    """With the topic Kafka has deleted the group's offsets; what was counted stays counted."""
    siaga = world.siaga
    first, second = world.halves()
    worker = world.start()
    world.send_in_parts(first)
    wait_for("all to be committed", lambda: siaga.committed("posts") == siaga.ends("posts"), 120)
    world.retire(worker)
    assert worker.end() == 0
    before = list(siaga.records("posts"))
    recreate(siaga, "posts")
    world.start()
    world.send_in_parts(second)
    assert_exact_with(world, before)


def test_posts_recreated_while_they_are_read_go_on_as_soon_as_the_worker_knows(world):
    """Which is after a minute at the latest, unless it is told to look more often."""
    siaga = world.siaga
    first, second = world.halves()
    world.start(env={"SIAGA_FAUST_CONSUMER_METADATA_MAX_AGE_MS": "2000"})
    world.send_in_parts(first)
    wait_for("all to be committed", lambda: siaga.committed("posts") == siaga.ends("posts"), 120)
    before = list(siaga.records("posts"))
    recreate(siaga, "posts")
    world.send_in_parts(second)
    assert_exact_with(world, before)


def test_partitions_added_under_load_are_read_from_their_beginning(world):
    """Until a worker knows of them their posts may be late; none is lost."""
    siaga = world.siaga
    # Without copies: one that comes after the close may be reported though the first was counted.
    world.sent = list({post["id"]: post for post in world.sent}.values())
    world.start(env={"SIAGA_FAUST_CONSUMER_METADATA_MAX_AGE_MS": "2000"})
    first, second = world.halves()
    world.send_in_parts(first)
    admin(siaga).create_partitions({siaga.topic("posts"): 6})
    for part in parts(second, 20):
        siaga.send(part, partitions=6)
        time.sleep(0.5)
    last = max(post["created_at"] for post in world.sent)
    siaga.close_minutes(last, partitions=6)
    wait_until_closed(siaga, last, 120)
    found = recount(siaga, brands_of)
    assert found.sent == len(world.sent) + 6
    assert found.counted + found.late == found.expected
    print(f"late {found.late.total()}")
    wait_for("all to be committed", lambda: siaga.committed("posts") == siaga.ends("posts"), 120)
    judge.assert_meant(siaga)


def test_partitions_added_before_a_restart_cost_nothing(world):
    siaga = world.siaga
    worker = world.start()
    first, second = world.halves()
    world.send_in_parts(first)
    admin(siaga).create_partitions({siaga.topic("posts"): 6})
    world.retire(worker)
    assert worker.end() == 0
    world.start()
    for part in parts(second, 20):
        siaga.send(part, partitions=6)
        time.sleep(0.5)
    last = max(post["created_at"] for post in world.sent)
    siaga.close_minutes(last, partitions=6)
    wait_until_closed(siaga, last, 120)
    found = recount(siaga, brands_of)
    assert found.late == {}
    assert found.counted == found.expected
    judge.assert_told(siaga, judge.assert_incidents(siaga, world.sent))
    judge.assert_committed(siaga)


def test_poison_is_refused_and_harms_nobody_else(world, seed):
    siaga, rng = world.siaga, random.Random(seed)
    # The broker itself refuses what is larger.
    poison = [data for _, data, _ in MALFORMED if len(data or b"") < 900_000] + [
        b"",
        b"\x00" * 70_000,
        b"[" * 50_000,
        rng.randbytes(9_000),
    ]
    world.start()
    for part in parts(world.sent, 30):
        mixed: list[Any] = list(part)
        for bad in rng.sample(poison, 10):
            mixed.insert(rng.randrange(len(mixed) + 1), bad)
        siaga.send(mixed)
        time.sleep(0.4)
    judge.close(siaga, world.sent)
    found = recount(siaga, brands_of)
    assert len(found.rejected) == 300
    assert all(data in found.values[source] for source, data in found.rejected_bytes.items())
    assert found.late == {}
    assert found.counted == found.expected
    judge.assert_told(siaga, judge.incidents_of(siaga))
    judge.assert_meant(siaga)
    judge.assert_committed(siaga)
    assert 75 not in world.exits


def test_a_foreign_record_among_the_mentions_stops_the_worker_with_a_reason(world):
    siaga = world.siaga
    worker = world.start()
    world.retire(worker)
    producer = KafkaProducer(bootstrap_servers=siaga.bootstrap)
    producer.send(siaga.topic("mentions"), b"not ours", partition=2)
    producer.close()
    assert worker.process.wait(30) == 78
    assert "only siaga may write to this topic" in worker.log.read_text()


def test_a_partition_that_is_ten_minutes_behind_the_others_loses_nothing(world):
    siaga = world.siaga
    world.start()
    order = []
    for i, post in enumerate(world.sent):
        order.append((post["created_at"] + (10 * MINUTE_MS if i % 4 == 3 else 0), i % 4, post))
    order.sort(key=lambda one: one[0])
    producer = KafkaProducer(bootstrap_servers=siaga.bootstrap, linger_ms=20)
    for number, (_, partition, post) in enumerate(order):
        producer.send(siaga.topic("posts"), encoded(post), partition=partition)
        if number % 100 == 0:
            time.sleep(0.5)
    producer.flush()
    producer.close()
    world.assert_exact()


@pytest.fixture
def day(siaga, seed):
    made = World(siaga, seed, hours=24)
    yield made
    made.close()


def test_a_day_of_lag_is_caught_up_by_two_workers(day):
    world = day
    world.siaga.send(world.sent)
    begun = time.monotonic()
    world.start(ready=False)
    world.start(ready=False)
    world.assert_exact()
    print(f"{len(world.sent)} posts of a day judged after {time.monotonic() - begun:.0f} s")
    assert 75 not in world.exits
