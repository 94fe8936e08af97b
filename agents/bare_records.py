"""Records as aiokafka has decoded them, without the object that it makes of each for its own callers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import FetchResult


class BareRecords(OrderedDict[Any, Any]):
    """Takes the place of what a fetcher keeps its results in, by partition.

    aiokafka makes a `ConsumerRecord` of each record it has decoded, with eleven fields of which slabs need
    four; making them takes longer than to decode. Here the results of some topics leave it out: their
    records have `offset`, `timestamp`, `key`, `value` and `headers` all the same.

    Parameters
    ----------
    topics
        Names of the topics whose records stay bare.
    """

    def __init__(self, topics: Collection[str]) -> None:
        super().__init__()
        self._topics = topics

    def __setitem__(self, tp: Any, result: Any) -> None:
        # Errors stand here, too.
        if isinstance(result, FetchResult) and tp.topic in self._topics:
            result._partition_records._consumer_record = _as_decoded
        super().__setitem__(tp, result)


def _as_decoded(tp: Any, record: Any) -> Any:
    return record


def leave_bare(consumer: AIOKafkaConsumer, topics: Collection[str]) -> None:
    """Let a consumer that has started, and has not fetched yet, give out bare records of some topics."""
    consumer._fetcher._records = BareRecords(topics)
