"""What aiokafka's own reader gives out when its objects are left out, beside what it gives out with them."""

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchError, FetchResult, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from agents.bare_records import BareRecords

SLABS, OTHER = TopicPartition("posts", 1), TopicPartition("incidents", 1)
SENT = [(b"key", b"one", []), (None, b"two", [("reason", b"x")]), (b"gone", None, [])]


def fetched(tp: TopicPartition) -> FetchResult:
    """Return a result as a fetch from offset 0 makes it, of two batches: at 0 and, after a gap, at 10."""
    data = b""
    for base in (0, 10):
        builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 1_000)
        for place, (key, value, headers) in enumerate(SENT):
            builder.append(place, 1_000 + place, key, value, headers)
        batch = builder.build()
        batch[:8] = base.to_bytes(8, "big")
        data += bytes(batch)
    records = PartitionRecords(tp, MemoryRecords(data), [], 0, None, None, True, 1)
    return FetchResult(tp, assignment=None, partition_records=records, backoff=0)


def put_in_and_read(tp: TopicPartition) -> list:
    kept = BareRecords({"posts"})
    kept[tp] = fetched(tp)
    return list(kept[tp]._partition_records)


@pytest.mark.parametrize("field", ["offset", "timestamp", "key", "value"])
def test_a_bare_record_says_what_aiokafkas_own_says(field):
    own = [getattr(record, field) for record in put_in_and_read(OTHER)]
    assert [getattr(record, field) for record in put_in_and_read(SLABS)] == own
    assert len(own) == 2 * len(SENT)


def test_only_the_named_topics_are_bare():
    assert {type(record).__name__ for record in put_in_and_read(OTHER)} == {"ConsumerRecord"}
    assert {type(record).__name__ for record in put_in_and_read(SLABS)}.isdisjoint({"ConsumerRecord"})


def test_the_position_moves_on_over_what_was_read():
    kept = BareRecords({"posts"})
    kept[SLABS] = fetched(SLABS)
    records = kept[SLABS]._partition_records
    assert [(next(records).offset, records.next_fetch_offset) for _ in range(4)] == [
        (0, 1),
        (1, 2),
        (2, 3),
        (10, 11),
    ]


def test_an_error_is_kept_as_it_is():
    kept = BareRecords({"posts"})
    kept[SLABS] = error = FetchError(error=ValueError("no"), backoff=0)
    assert kept[SLABS] is error
