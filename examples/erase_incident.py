"""Erases an incident, with the posts in it: `python examples/erase_incident.py BROKER TOPIC ID`.

It needs kafka-python. Each record of the incident is removed at Kafka's next compaction of the topic.
"""

import sys

from kafka import KafkaConsumer, KafkaProducer

broker, topic, incident = sys.argv[1:]
key = incident.encode()
reader = KafkaConsumer(
    topic, bootstrap_servers=broker, auto_offset_reset="earliest", consumer_timeout_ms=5_000
)
# A record without a value removes those before it in its own partition, which the brand decides.
partitions = {record.partition for record in reader if record.key == key}
writer = KafkaProducer(bootstrap_servers=broker, acks="all")
for partition in partitions:
    writer.send(topic, key=key, value=None, partition=partition).get(30)
print(f"{incident}: erased" if partitions else f"{incident}: no such incident on {topic}")
sys.exit(not partitions)
