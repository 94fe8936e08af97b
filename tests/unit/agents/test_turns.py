"""Long work is done in short steps, and the others have their turn between them."""

import asyncio
import itertools

import pytest

from agents import turns
from agents.turns import TURN_S, Turns
from detector.codec import to_msgpack
from detector.state import STATE_FORMAT, BaselineRecord, baseline_key, reading_state
from tests.pipeline_world import new_shard


@pytest.fixture
def clock(monkeypatch):
    """A clock by which each step takes ten milliseconds."""
    now = [0.0]
    monkeypatch.setattr(turns, "monotonic", lambda: now[0])
    return now


async def work(clock, count):
    mine = Turns()
    for _ in range(count):
        clock[0] += 0.010
        await mine.share()


def test_the_others_have_their_turn_at_the_latest_after_the_longest_step(clock):
    async def run():
        times, task = [], asyncio.ensure_future(work(clock, 100))
        while not task.done():
            times.append(clock[0])
            await asyncio.sleep(0)
        return times

    times = asyncio.run(run())
    assert len(times) >= 20
    assert all(later - earlier <= TURN_S + 0.011 for earlier, later in itertools.pairwise(times))


def test_a_restore_has_a_step_for_each_brand():
    """So that ten thousand brands do not hold everything up."""
    learnt = to_msgpack(BaselineRecord(STATE_FORMAT, 5, {}))
    state, steps = None, 0
    reading = reading_state(0, 1, {baseline_key(0, f"brand{i}"): learnt for i in range(50)})
    while state is None:
        try:
            next(reading)
            steps += 1
        except StopIteration as end:
            state = end.value
    assert steps == 50
    shard = new_shard(0, 1)
    assert len(list(shard.restoring(state))) == 50
    assert len(shard.tracks) == 50
