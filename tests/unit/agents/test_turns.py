"""Long work is done in short steps, and the others have their turn between them."""

import asyncio
import itertools

import pytest

from agents import turns
from agents.turns import TURN_S, Turns
from detector.codec import to_msgpack
from detector.mention import Cover, MentionRecord, position
from detector.state import STATE_FORMAT, BaselineRecord, baseline_key, read_state, reading_state
from tests.memory_kafka import START_MS
from tests.mention_logs import mention
from tests.pipeline_world import new_shard

DAY_MS = 86_400_000


@pytest.fixture
def clock(monkeypatch):
    """A clock by which each step takes ten milliseconds."""
    now = [0.0]
    monkeypatch.setattr(turns, "monotonic", lambda: now[0])
    return now


def work(clock, count):
    for _ in range(count):
        clock[0] += 0.010
        yield
    return "done"


def test_the_others_have_their_turn_at_the_latest_after_the_longest_step(clock):
    async def run():
        times, task = [], asyncio.ensure_future(Turns().through(work(clock, 100)))
        while not task.done():
            times.append(clock[0])
            await asyncio.sleep(0)
        assert task.result() == "done"
        return times

    times = asyncio.run(run())
    assert len(times) >= 20
    assert all(later - earlier <= TURN_S + 0.011 for earlier, later in itertools.pairwise(times))


def test_each_turn_is_told(clock):
    """So that the watchdog sees long work go on."""
    told = []
    asyncio.run(Turns(on_turn=lambda: told.append(clock[0])).through(work(clock, 100)))
    assert len(told) >= 15


def test_a_restore_has_a_step_for_each_brand():
    """So that ten thousand brands do not hold everything up."""
    learnt = to_msgpack(BaselineRecord(STATE_FORMAT, 5, {}))
    entries = {baseline_key(0, f"brand{i}"): learnt for i in range(50)}
    assert len(list(reading_state(0, 1, entries))) == 50
    shard = new_shard(0, 1)
    assert len(list(shard.restoring(read_state(0, 1, entries)))) == 50
    assert len(shard.tracks) == 50


def test_brands_that_speak_after_a_long_silence_are_a_step_each():
    """Each has to learn all the minutes in which it was silent."""
    shard, brands = new_shard(0, 1), [f"brand{i}" for i in range(20)]

    def apply(number: int, clock: int, at: int | None = None) -> int:
        rows = []
        if at is not None:
            rows = [mention(brand, i, at, position(number)) for i, brand in enumerate(brands, 50 * number)]
        cover = Cover(0, 1, position(number), position(number + 1), clock)
        return len(list(shard.applying(number, clock, MentionRecord(cover, rows))))

    apply(0, START_MS, START_MS)
    apply(1, START_MS + DAY_MS)
    assert apply(2, START_MS + DAY_MS) == 0
    assert apply(3, START_MS + DAY_MS, START_MS + DAY_MS) == len(brands)
    assert apply(4, START_MS + DAY_MS, START_MS + DAY_MS) == 0


def test_a_record_of_many_mentions_is_many_steps():
    """A partition that is read days before the others has days of open minutes: each mention takes long."""
    shard = new_shard(0, 1)
    rows = [mention("camar", i, START_MS + i * 60_000, position(0)) for i in range(320)]
    record = MentionRecord(Cover(0, 2, 0, position(1), START_MS), rows)
    assert len(list(shard.applying(0, START_MS, record))) == 10
