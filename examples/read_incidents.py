"""Prints the incidents on the topic: `python examples/read_incidents.py [BROKER [TOPIC]]`.

It needs kafka-python. The topic is compacted: revisions may be missing, the newest of an incident never is.
So this keeps, by incident, the highest revision it has seen, and acts on levels: state and severity.
"""

import json  # noqa: TID251 - an example for other people's programs, so nothing of siaga is used
import sys

from kafka import KafkaConsumer

broker = sys.argv[1] if len(sys.argv) > 1 else "localhost:9092"
topic = sys.argv[2] if len(sys.argv) > 2 else "incidents"
newest: dict[str, int] = {}

# A group of its own would make it go on where it stopped; without one it reads all from the beginning.
for record in KafkaConsumer(topic, bootstrap_servers=broker, auto_offset_reset="earliest"):
    key = record.key.decode()
    if record.value is None:  # forgotten, long after its end
        newest.pop(key, None)
        continue
    incident = json.loads(record.value)
    if incident["revision"] <= newest.get(key, 0):  # sent again after a crash: nothing new
        continue
    newest[key] = incident["revision"]
    event = dict(record.headers)["ce_type"].decode()
    print(event, incident["state"], incident["severity"], incident["brand"], incident["reason"], flush=True)
