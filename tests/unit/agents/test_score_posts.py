from faust.types.tuples import TP

from detector.clock import MINUTE_MS
from detector.codec import to_json
from tests.memory_kafka import START_MS, MemoryKafka, MemoryWorker, run

POSTS = TP("posts", 0)


def test_the_first_posts_are_judged_by_kafkas_clock_too():
    """By this machine's, which is months ahead here, none would lie in the future."""
    kafka = MemoryKafka()
    worker = MemoryWorker(kafka, ["kunang"], lambda *_: None)
    for number, minutes in enumerate((-5, 0, 5)):
        at = START_MS + minutes * MINUTE_MS
        post = {"platform": "x", "id": str(number), "created_at": at, "text": "kunang"}
        kafka.append("posts", to_json(post))
    worker.assign([POSTS])
    run(worker.work(POSTS))
    (rejected,) = kafka.logs[TP("rejected", 0)]
    assert b'"id":"2"' in rejected.value
