"""What hop one says about a posts partition when nothing comes, and when something comes just then."""

import asyncio
from itertools import pairwise

import pytest
from faust.types.tuples import TP

from detector.clock import MINUTE_MS
from detector.codec import to_json
from detector.mention import offset_of, unpack
from tests.memory_kafka import LATENESS_MS, MENTIONS, POSTS, START_MS, MemoryKafka, MemoryWorker, OneWord
from tests.pipeline_world import BRANDS, World, new_shard

HERE = TP("posts", 0)


class Hop:
    """One worker that owns the posts partitions, and what it tells the first mentions partition."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.kafka = MemoryKafka()
        for reader in ("score_posts", "broker_clock"):
            patch.setattr(f"agents.{reader}.monotonic", lambda: self.kafka.now_ms / 1_000)
        self.worker = MemoryWorker(self.kafka, BRANDS, new_shard)
        self.worker.assign(TP("posts", p) for p in range(POSTS))

    def passes(self, seconds: float) -> None:
        self.kafka.now_ms += round(seconds * 1_000)

    def post(self) -> None:
        data = b'{"platform":"x","id":"%d","created_at":%d,"text":"camar"}'
        number = len(self.kafka.logs[HERE])
        self.kafka.append("posts", data % (number, self.kafka.now_ms))

    def reads(self) -> None:
        asyncio.run(self.worker.work(HERE))

    def ticks(self):
        """Return the cover that the next tick says of the first posts partition."""
        before = len(self.kafka.logs[TP("mentions", 0)])
        asyncio.run(self.worker.scoring.tick())
        said = [unpack(record.value).cover for record in self.kafka.logs[TP("mentions", 0)][before:]]
        return next((cover for cover in said if cover.source == 0), None)


@pytest.fixture
def hop(monkeypatch):
    return Hop(monkeypatch)


def test_a_partition_is_idle_after_fifteen_seconds_of_quiet(hop):
    hop.post()
    hop.reads()
    said = []
    for _ in range(17):
        hop.passes(1)
        said.append(hop.ticks().idle)
    assert said == [False] * 14 + [True] * 3


def test_a_partition_with_unread_posts_is_not_idle(hop):
    hop.post()
    hop.reads()
    hop.post()
    hop.passes(60)
    assert not hop.ticks().idle


def test_idle_is_void_once_a_slab_is_fetched(hop):
    """The broker said there is nothing; a post comes and is fetched, and waits while the tick goes on."""
    hop.post()
    hop.reads()
    hop.passes(60)
    consumer = hop.worker.consumer
    ask = consumer.end_offsets

    async def then_something_comes(tps):
        ends = await ask(tps)
        if HERE in ends:
            hop.post()
            assert consumer.fetch(HERE, 1) is not None
        return ends

    consumer.end_offsets = then_something_comes
    assert not hop.ticks().idle


def test_the_end_is_asked_for_every_tick(hop):
    hop.post()
    hop.reads()
    hop.passes(60)
    assert hop.ticks().idle
    hop.post()
    hop.passes(1)
    assert not hop.ticks().idle


def test_a_tick_tells_those_whom_no_slab_told(hop):
    hop.ticks()
    hop.passes(1)
    before = [len(hop.kafka.logs[TP("mentions", m)]) for m in range(MENTIONS)]
    hop.post()
    hop.reads()
    assert [len(hop.kafka.logs[TP("mentions", m)]) - n for m, n in enumerate(before)] == [1, 0]
    assert hop.ticks() is None, "the slab has just told this mentions partition"
    other = [unpack(record.value).cover for record in hop.kafka.logs[TP("mentions", 1)][before[1] :]]
    assert [(c.source, offset_of(c.end), c.clock) for c in other] == [
        (0, 1, hop.kafka.now_ms - LATENESS_MS),
        (1, 0, None),
    ]
    hop.passes(1)
    assert hop.ticks().clock == hop.kafka.now_ms - 1_000 - LATENESS_MS


def test_nothing_is_told_while_partitions_move(hop):
    hop.worker.scoring._app.rebalancing = True
    hop.passes(5)
    assert hop.ticks() is None


def test_a_tick_never_says_more_than_was_sent():
    """A tick amid a slab waits for its mentions: else a clock would overtake the posts it covers."""
    world = World()
    try:
        for partition in range(POSTS):
            world.send(partition, "camar", count=30)
            world.pass_time(5)
        for which in range(POSTS):
            world.work_and_tick(which, 9)
        world.finish()
        world.check()
        assert world.late() == set()
    finally:
        world.close()


def test_the_first_posts_are_judged_by_kafkas_clock_too():
    """By this machine's, which is months ahead here, none would lie in the future."""
    kafka = MemoryKafka()
    worker = MemoryWorker(kafka, ["kunang"], lambda *_: None)
    for number, minutes in enumerate((-5, 0, 5)):
        at = START_MS + minutes * MINUTE_MS
        post = {"platform": "x", "id": str(number), "created_at": at, "text": "kunang"}
        kafka.append("posts", to_json(post))
    worker.assign([HERE])
    asyncio.run(worker.work(HERE))
    (rejected,) = kafka.logs[TP("rejected", 0)]
    assert b'"id":"2"' in rejected.value


@pytest.mark.parametrize("per_record", [1, 500])
def test_others_have_their_turn_during_a_large_slab(monkeypatch, per_record):
    """Else answers of Kafka that are there are not read, and requests count as timed out."""
    quick = OneWord.score

    def slow(self, *about):
        hop.passes(0.001)
        return quick(self, *about)

    monkeypatch.setattr(OneWord, "score", slow)
    hop = Hop(monkeypatch)
    monkeypatch.setattr("agents.turns.monotonic", lambda: hop.kafka.now_ms / 1_000)
    turns = []

    async def others():
        while True:
            turns.append(hop.kafka.now_ms)
            await asyncio.sleep(0)

    async def all_at_once():
        at_their_turn = asyncio.create_task(others())
        await hop.worker.work(HERE)
        turns.append(hop.kafka.now_ms)
        at_their_turn.cancel()

    post = {"platform": "x", "created_at": START_MS, "text": "camar"}
    posts = [post | {"id": str(number)} for number in range(1_000)]
    for at in range(0, len(posts), per_record):
        hop.kafka.append("posts", to_json(posts[at : at + per_record]))
    asyncio.run(all_at_once())
    assert turns[-1] - turns[0] == len(posts)
    assert max(later - earlier for earlier, later in pairwise(turns)) < 150
