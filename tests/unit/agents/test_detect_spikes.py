"""Hop two when one record closes hours of minutes: everything else goes on meanwhile."""

import asyncio
from itertools import count

import pytest
from faust.types.tuples import TP

from agents.transport import SupersededError
from detector.clock import MINUTE_MS
from detector.mention import Cover, pack, position
from tests.memory_kafka import START_MS, MemoryKafka, MemoryWorker
from tests.mention_logs import mention
from tests.pipeline_world import new_shard

HERE = TP("mentions", 0)
LEAP_MIN = 240
HALF_WAY = START_MS // MINUTE_MS + LEAP_MIN // 2
BUSY_MIN = range(1, LEAP_MIN, 2)


class Leap:
    """A worker before a record that lets hours pass. Whenever it looks, its turn is over."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        clock = count()
        patch.setattr("agents.turns.monotonic", lambda: next(clock))
        self.kafka = MemoryKafka()
        self.worker = MemoryWorker(self.kafka, ["camar"], new_shard)
        self.worker.assign([HERE])
        self._append(0, START_MS, [START_MS + minute * MINUTE_MS for minute in BUSY_MIN])
        asyncio.run(self.worker.work(HERE))
        self._append(1, START_MS + LEAP_MIN * MINUTE_MS, [])
        self.shard = self.worker.detecting._shards[0]

    def _append(self, number: int, clock: int, times: list[int]) -> None:
        rows = [mention("camar", at // MINUTE_MS, at, position(number)) for at in times]
        self.kafka.append("mentions", pack(Cover(0, 1, position(number), position(number + 1), clock), rows))

    def meanwhile(self, what) -> None:
        """Let the record be applied, and do something when half of its minutes are closed."""

        async def half_way() -> None:
            while self.shard.closed_to < HALF_WAY:
                await asyncio.sleep(0)
            assert self.shard.closed_to < START_MS // MINUTE_MS + LEAP_MIN - 2
            await what()

        async def both() -> None:
            await asyncio.gather(self.worker.work(HERE), half_way())

        asyncio.run(both())


@pytest.fixture
def leap(monkeypatch):
    return Leap(monkeypatch)


async def nothing() -> None:
    pass


def test_others_have_their_turn_and_every_minute_is_closed(leap):
    leap.meanwhile(nothing)
    assert leap.shard.closed_to == START_MS // MINUTE_MS + LEAP_MIN - 1
    assert leap.worker.consumer.marks == {HERE: 2}


def test_windows_of_a_partition_are_not_shown_half_way(leap, monkeypatch):
    shown = []
    monkeypatch.setattr("agents.detect_spikes.present", lambda track, minute: shown.append(minute) or ())
    monkeypatch.setattr(leap.worker.detecting._metrics, "shown_brands", frozenset({"camar"}))
    leap.meanwhile(leap.worker.detecting.show_windows)
    assert shown == []
    asyncio.run(leap.worker.detecting.show_windows())
    assert len(shown) == 1


def test_nothing_is_written_for_a_partition_that_moved_half_way(leap):
    async def moves() -> None:
        leap.worker.assign([])

    before = len(leap.kafka.logs[TP("state", 0)])
    with pytest.raises(SupersededError):
        leap.meanwhile(moves)
    assert len(leap.kafka.logs[TP("state", 0)]) == before
