"""No job: confluent-kafka consumes, orjson decodes. Nothing in Python that reads these records is quicker."""

import orjson
from confluent_kafka import Consumer

from bench.peers.job import Meter, orders


def main() -> None:
    told = orders()
    meter = Meter(told.count)
    consumer = Consumer(
        {"bootstrap.servers": told.broker, "group.id": told.alarms, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([told.posts])
    is_done = False
    while not is_done:
        for message in consumer.consume(1_000, 0.1):
            orjson.loads(message.value())
            is_done = meter.is_last()
    meter.end()
    consumer.close()


if __name__ == "__main__":
    main()
