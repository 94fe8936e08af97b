"""Appends records to a topic as fast as librdkafka can, and reads a topic to its end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from detector.clock import Millis


class Outgoing(NamedTuple):
    """A record and where it goes; `at` is its timestamp, 0 for the present."""

    value: bytes
    partition: int
    key: bytes | None = None
    at: Millis = 0


def append(bootstrap: str, topic: str, records: Iterable[Outgoing]) -> int:
    """Append records and wait until Kafka has them; return how many."""
    producer = Producer(
        {"bootstrap.servers": bootstrap, "linger.ms": 20, "batch.size": 262_144, "acks": "all"}
    )
    # What is produced before the topic is known may be overtaken by what comes after.
    producer.list_topics(topic, 30)
    failed: list[KafkaError] = []

    def said(error: KafkaError | None, _message: object) -> None:
        if error is not None:
            failed.append(error)

    count = 0
    for record in records:
        while True:
            try:
                producer.produce(
                    topic, record.value, record.key, record.partition, on_delivery=said, timestamp=record.at
                )
                break
            except BufferError:
                producer.poll(0.1)
        count += 1
        if count % 1_000 == 0:
            producer.poll(0)
    if producer.flush(120) or failed:
        raise SystemExit(f"not everything was appended to {topic}: {failed[:1]}")
    return count


def create(bootstrap: str, topic: str, partitions: int) -> None:
    """Create a topic."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics([NewTopic(topic, partitions, 1)]).values():
        made.result(30)


def values(bootstrap: str, topic: str) -> list[bytes]:
    """Return the values of all records that a topic holds now."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "reads-all", "enable.auto.commit": False}
    )
    ends, starts = {}, []
    for partition in consumer.list_topics(topic, 30).topics[topic].partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), 30)
        if low < high:
            ends[partition] = high
            starts.append(TopicPartition(topic, partition, low))
    consumer.assign(starts)
    found: list[bytes] = []
    while ends:
        for message in consumer.consume(1_000, 1.0):
            if message.error():
                raise SystemExit(f"cannot read {topic}: {message.error()}")
            found.append(message.value())
            if message.offset() + 1 >= ends.get(message.partition(), 0):
                ends.pop(message.partition(), None)
    consumer.close()
    return found
