"""An embedded broker: Kafka's protocol over TCP, in memory. For looking, not for keeping."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from agents.errors import UnavailableError
from detector.clock import Millis

# The mock cluster makes every topic with so many, and keeps 5 MiB or 100,000 records of each.
PARTITIONS = 4


class EmbeddedBroker:
    """The mock cluster inside confluent-kafka; it lives as long as this object.

    Raises
    ------
    UnavailableError
        When confluent-kafka is not installed.
    """

    def __init__(self) -> None:
        try:
            from confluent_kafka import Producer
        except ImportError:
            raise UnavailableError(
                "no embedded broker: got no package confluent-kafka; expected the extra `demo`; "
                "run `make install`, or `pip install 'siaga[demo]'`"
            ) from None
        settings = {
            "bootstrap.servers": "embedded",
            "test.mock.num.brokers": 1,
            "linger.ms": 5,
            "log_level": 0,
        }
        self._producer: Any = Producer(settings)
        brokers = self._producer.list_topics(timeout=10).brokers.values()
        self.address = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)

    def make_topics(self, names: Iterable[str]) -> None:
        """Make topics: asking for one makes it."""
        for name in names:
            self._producer.list_topics(name, timeout=10)

    def send(self, topic: str, partition: int, value: bytes, at: Millis) -> None:
        """Send one record, stamped with a time."""
        self._producer.produce(topic, value=value, partition=partition, timestamp=at)

    def flush(self) -> None:
        """Wait until all records are written.

        Raises
        ------
        UnavailableError
            When the broker does not take them within ten seconds.
        """
        if left := self._producer.flush(10):
            raise UnavailableError(
                f"the embedded broker does not answer: got {left} records unconfirmed; expected none; "
                "run the demonstration again"
            )

    def reader(self, topics: Iterable[str]) -> Any:
        """Return a consumer of all partitions of some topics, from their beginning."""
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer(
            {
                "bootstrap.servers": self.address,
                "group.id": "demo",
                "enable.auto.commit": False,
                "log_level": 0,
            }
        )
        consumer.assign([TopicPartition(t, p, 0) for t in topics for p in range(PARTITIONS)])
        return consumer
