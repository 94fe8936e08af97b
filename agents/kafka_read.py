"""Reading topics without joining a group: what is there now, from an offset to the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import kafka

from agents.errors import MismatchError, UnavailableError
from agents.kafka_client import in_own_words, options
from agents.settings import Settings
from agents.wall_clock import monotonic
from detector.state import entries_of

_POLL_MS = 500


class Log:
    """Topics as they are at this moment; reads leave no trace in Kafka."""

    def __init__(self, consumer: Any, wait_s: float) -> None:
        self._consumer = consumer
        self._wait_s = wait_s

    def partitions(self, topic: str) -> int:
        """Return how many partitions a topic has.

        Raises
        ------
        MismatchError
            When there is no such topic.
        """
        known = self._consumer.partitions_for_topic(topic)
        if not known:
            raise MismatchError(
                f"no such topic: got no partitions of {topic}; expected it in Kafka; run `siaga topics`"
            )
        return len(known)

    def ends(self, topic: str, partition: int) -> tuple[int, int]:
        """Return the first offset that is still there, and the one that the next record will get."""
        at = kafka.TopicPartition(topic, partition)
        return self._consumer.beginning_offsets([at])[at], self._consumer.end_offsets([at])[at]

    def read(self, topic: str, partition: int, begin: int = 0) -> Iterator[Any]:
        """Yield the records of a partition from an offset to its end as it is now.

        Raises
        ------
        UnavailableError
            When nothing comes for as long as Kafka is waited for.
        """
        at = kafka.TopicPartition(topic, partition)
        first, end = self.ends(topic, partition)
        self._consumer.assign([at])
        self._consumer.seek(at, max(first, begin))
        deadline = monotonic() + self._wait_s
        while self._consumer.position(at) < end:
            for record in self._consumer.poll(timeout_ms=_POLL_MS).get(at, []):
                if record.offset >= end:
                    return
                yield record
                deadline = monotonic() + self._wait_s
            if monotonic() > deadline:
                raise UnavailableError(
                    f"Kafka stopped answering: got {topic}-{partition} up to {self._consumer.position(at)}; "
                    f"expected up to {end}; try again"
                )

    def table(self, topic: str, partition: int) -> dict[str, bytes]:
        """Return the latest value of each key of a compacted partition of state.

        Raises
        ------
        CodecError
            When a key is no text.
        """
        found: dict[bytes, bytes] = {}
        for record in self.read(topic, partition):
            if record.value is None:
                found.pop(record.key, None)
            else:
                found[record.key] = record.value
        return entries_of(found.items())


@contextmanager
def opened_log(settings: Settings, wait_s: float) -> Iterator[Log]:
    """Yield the topics of a Kafka; what fails inside comes out in siaga's words."""
    with in_own_words(settings, wait_s):
        consumer = kafka.KafkaConsumer(
            **options(settings, wait_s),
            group_id=None,
            enable_auto_commit=False,
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=8 * 1024 * 1024,
            max_poll_records=5_000,
        )
        try:
            yield Log(consumer, wait_s)
        finally:
            consumer.close()
