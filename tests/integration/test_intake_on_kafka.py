"""Bad posts among good ones on a real broker: none costs another, and each is put aside with its reason."""

import json
import random

from confluent_kafka import Producer

from detector.intake import MAX_RECORD_BYTES
from tests.integration.installation import installed, wait_for
from tests.integration.recount import recount, wait_until_closed
from tests.malformed import MALFORMED

START_MS = 1_760_000_040_000
TEXT = "internet kunang fiber mati lagi"


def good(number: int) -> dict:
    created_at = START_MS + number * 10
    return {"platform": "x", "id": str(number), "created_at": created_at, "text": TEXT}


def test_malformed_records_among_good_posts(kafka, prefix, tmp_path):
    # A tombstone cannot be sent as bytes here, and the broker itself refuses what is over its limit.
    bad = [(data, reason) for _, data, reason in MALFORMED if data and len(data) < MAX_RECORD_BYTES]
    assert len(bad) >= 100
    assert len({reason for _, reason in bad}) >= 15
    posts: list[bytes] = [json.dumps(good(i)).encode() for i in range(10_000)] + [data for data, _ in bad]
    random.Random(7).shuffle(posts)
    with installed(kafka.bootstrap, prefix, tmp_path, allowed_lateness="5m") as siaga:
        worker = siaga.worker()
        siaga.send(posts)
        last = START_MS + 10_000 * 10
        siaga.close_minutes(last)
        wait_until_closed(siaga, last)
        found = recount(siaga, lambda post: ("kunang",) if post["text"] == TEXT else ())
        assert found.sent == len(posts) + 4
        assert found.counted == found.expected
        assert sum(found.counted.values()) == 10_000
        assert found.late == {}
        expected = dict(bad)
        told = {found.values[source]: reason for source, reason in found.rejected.items()}
        assert told == {data: str(reason) for data, reason in expected.items()}
        assert all(data in found.values[source] for source, data in found.rejected_bytes.items())
        assert worker.metric("siaga_posts_total", outcome="rejected") == len(bad)


def test_posts_of_any_compression_are_read_and_those_of_an_aborted_transaction_are_not(
    kafka, prefix, tmp_path
):
    with installed(kafka.bootstrap, prefix, tmp_path) as siaga:
        worker = siaga.worker(ready=False)
        for number, codec in enumerate(("gzip", "snappy", "lz4", "zstd", "none")):
            # With a linger, so that they are batches, which alone are compressed.
            producer = Producer(
                {
                    "bootstrap.servers": kafka.bootstrap, "transactional.id": f"{prefix}{codec}",
                    "compression.type": codec, "linger.ms": 50,
                }
            )  # fmt: skip
            producer.init_transactions(30)
            for deed, shift in ((producer.abort_transaction, 1_000), (producer.commit_transaction, 0)):
                producer.begin_transaction()
                for i in range(100):
                    post = good(number * 100 + i + shift)
                    producer.produce(siaga.topic("posts"), json.dumps(post), partition=i % 4)
                producer.flush(30)
                deed(30)
        siaga.close_minutes(START_MS + 60_000)
        worker.wait_ready()
        wait_until_closed(siaga, START_MS + 60_000)
        assert worker.metric("siaga_mentions_outcome_total", outcome="counted") == 500
        assert worker.metric("siaga_mentions_outcome_total") == 500
        wait_for("all to be committed", lambda: siaga.committed("posts") == siaga.ends("posts"))
