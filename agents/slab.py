"""A slab: all records of one partition that were fetched at once, handled as one message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from aiokafka import TopicPartition


class Record(Protocol):
    """What is read of a record of Kafka; `timestamp` is in milliseconds."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Slab:
    """Records of one partition in order of their offsets.

    The next slab of the partition is not fetched before `SlabConsumer.release` is called with this one, so
    that the next holds all that came meanwhile: slabs grow with the load by themselves.
    """

    __slots__ = ("first", "last", "records", "tp")

    def __init__(self, tp: TopicPartition, records: Sequence[Record]) -> None:
        self.tp = tp
        self.records = records
        self.first = records[0].offset
        self.last = records[-1].offset

    def __repr__(self) -> str:
        return f"Slab({self.tp.topic}-{self.tp.partition} {self.first}..{self.last})"

    @property
    def timestamp(self) -> int:
        """Timestamp of the last record, in milliseconds."""
        return self.records[-1].timestamp

    def since(self, offset: int) -> list[Record]:
        """Return the records from an offset on."""
        return [record for record in self.records if record.offset >= offset]


def in_parts(records: Sequence[Record], most_bytes: int) -> Iterator[list[Record]]:
    """Yield the records in order, so many bytes of values at once; a larger record comes alone."""
    part: list[Record] = []
    size = 0
    for record in records:
        more = len(record.value or b"")
        if part and size + more > most_bytes:
            yield part
            part, size = [], 0
        part.append(record)
        size += more
    if part:
        yield part
