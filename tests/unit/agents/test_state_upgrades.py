"""What becomes of saved state when brands, settings or partitions change."""

import asyncio
from contextlib import contextmanager, suppress

import pytest
import structlog
from faust.types.tuples import TP

from detector.codec import from_msgpack
from detector.detector_settings import DetectorSettings
from detector.rank_tail import RankTail
from detector.shard import Shard
from detector.spike import Signal
from detector.state import Header, header_key
from tests.memory_kafka import MENTIONS, POSTS, MemoryWorker
from tests.pipeline_world import BRANDS, INCIDENTS, World, new_shard

TPS = [TP("posts", p) for p in range(POSTS)] + [TP("mentions", p) for p in range(MENTIONS)]


class Ended(Exception):
    """The process would have ended here."""


@contextmanager
def settled():
    """Give a world in which all brands have their history."""
    world = World()
    try:
        world.pass_time(100)
        world.work_all()
        yield world
    finally:
        world.close()


@pytest.fixture
def world():
    with settled() as world:
        yield world


def restarts(world: World, brands=BRANDS, shard=new_shard) -> None:
    """Let one worker with another configuration take over everything."""
    worker = MemoryWorker(world.kafka, brands, shard)
    world.workers = [worker, MemoryWorker(world.kafka, brands, shard)]
    worker.assign(TPS)
    world.tick()


def opened(world: World) -> set[str]:
    return {one.brand for one in world.incidents().values() if one.change == "opened"}


def burst(world: World, brand: str) -> None:
    world.send(0, brand, count=9, bad=True)
    world.work_all()


def test_brands_that_come_and_go_leave_the_others_alone(world):
    kept = world.kafka.state(0) | world.kafka.state(1)
    restarts(world, brands=("camar", "baru"))
    burst(world, "camar")
    assert opened(world) == {"camar"}, "its history is known"
    burst(world, "baru")
    burst(world, "kunang")
    assert opened(world) == {"camar"}, "one has no history, one is watched no more"
    restarts(world)
    burst(world, "kunang")
    assert opened(world) == {"camar", "kunang"}, "what came back is known again"
    present = world.kafka.state(0) | world.kafka.state(1)
    assert {k: v for k, v in kept.items() if "/minute/" in k}.items() <= present.items()


def test_what_a_kill_kept_from_being_committed_is_committed_after_the_restart(world):
    world.kafka.committed.clear()
    restarts(world)
    world.workers[0].commit()
    marks = {p: from_msgpack(world.kafka.state(p)[header_key(p)], Header).mark for p in range(MENTIONS)}
    committed = {p: world.kafka.committed[TP("mentions", p)] for p in range(MENTIONS)}
    assert committed == marks
    assert all(marks.values())


def _half_life(partition: int, partitions: int) -> Shard:
    other = DetectorSettings(window_min=5, lateness_min=2, min_exposure_min=10, half_life_min=60)
    signals = (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT)
    return Shard(partition, partitions, lambda _: [RankTail(s, other) for s in signals], INCIDENTS)


def test_what_is_forgotten_is_said_loudly(world):
    for _ in range(65):  # until every brand has a baseline
        world.pass_time(60)
        for brand in BRANDS:
            world.send(0, brand)
        world.send(1, "selesai")
        world.work_all()
        world.tick()
    world.work_all()
    with structlog.testing.capture_logs() as logs:
        restarts(world, shard=_half_life)
    said = [line for line in logs if line["log_level"] == "warning"]
    assert {line["event"] for line in said} == {"baselines are learnt anew"}
    assert sum(line["brands"] for line in said) == len(BRANDS)
    assert all("raise no alarms" in line["means"] for line in said)
    assert all(len(line["detectors"]) == 2 for line in said)
    burst(world, "camar")
    assert opened(world) == set(), "it warms up anew"


def test_another_number_of_partitions_ends_the_process(world, monkeypatch):
    ended = []

    def end(code, why, *_):
        ended.append((int(code), why))
        raise Ended

    monkeypatch.setattr("agents.detect_spikes.end_process", end)
    worker = MemoryWorker(world.kafka, BRANDS, new_shard)
    worker.assign(TPS)

    async def four(_topic):
        return 4

    worker.consumer.partition_count = four
    with suppress(Ended):
        asyncio.run(worker.detecting.prepare())
    code, why = ended[0]
    assert code == 78
    assert "set the partitions of the mentions topic back, or start with a new app_id" in why


def test_what_comes_back_after_a_rebalance_is_not_read_again(world):
    """All partitions are revoked at every rebalance, though most stay where they are."""
    worker = MemoryWorker(world.kafka, BRANDS, new_shard)
    world.workers = [worker, MemoryWorker(world.kafka, BRANDS, new_shard)]
    worker.assign(TPS)
    world.send(0, "camar")
    world.work_all()
    before = dict(worker.detecting._shards)
    worker.assign(TPS)
    world.tick()
    assert all(worker.detecting._shards[p] is before[p] for p in range(MENTIONS))
    other = world.workers[1]
    worker.assign([])
    other.assign(TPS)
    for _ in range(3):
        world.pass_time(61)
        for partition in range(POSTS):
            world.send(partition, "kunang")
        world.work_all()
        asyncio.run(other.tick())
    other.assign([])
    worker.assign(TPS)
    world.tick()
    # Another worker went on with them meanwhile.
    assert not any(worker.detecting._shards[p] is before[p] for p in range(MENTIONS))
    world.finish()
    world.check()
