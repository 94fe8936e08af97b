"""The whole pipeline against a reference that counts a set of posts: the agents are real, Kafka is played.

SIAGA_MODEL_RUNS sets how many runs are tried: 12 of each kind by default, thousands overnight.
"""

import os
from random import Random

import pytest
from faust.types.tuples import TP
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.memory_kafka import MENTIONS, POSTS
from tests.pipeline_world import BRANDS, World, wander

RUNS = int(os.environ.get("SIAGA_MODEL_RUNS", "12"))

posts_partition = st.integers(0, POSTS - 1)
brand = st.sampled_from(BRANDS)
few = st.integers(0, 8)


class Pipeline(RuleBasedStateMachine):
    """Everything that may happen, in any order; at the end the topics must hold what the reference counts."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @rule(p=posts_partition, brand=brand, age_s=st.integers(-50, 300), count=st.integers(1, 3))
    def send(self, p, brand, age_s, count):
        self.world.send(p, brand, age_s=age_s, count=count)

    @rule(p=posts_partition, brand=brand, count=st.integers(7, 12))
    def burst(self, p, brand, count):
        self.world.send(p, brand, count=count, bad=True)

    @rule(p=posts_partition, which=st.integers(0, 59), age_s=st.none() | st.integers(0, 300))
    def duplicate(self, p, which, age_s):
        self.world.send_again(p, which, age_s=age_s)

    @rule(which=st.integers(0, 3), size=st.integers(1, 9), skip=few, back=few)
    def work(self, which, size, skip, back):
        self.world.work(which, size, skip, back)

    @rule(which=st.integers(0, 3), size=st.integers(1, 9))
    def work_and_tick(self, which, size):
        self.world.work_and_tick(which, size)

    @rule(seconds=st.sampled_from([0.5, 2, 20, 61]))
    def delay(self, seconds):
        self.world.pass_time(seconds)

    @rule()
    def tick(self):
        self.world.tick()

    @rule(seconds=st.sampled_from([3, 20]))
    def idle(self, seconds):
        self.world.idle(seconds)

    @rule(p=posts_partition, seconds=st.sampled_from([3, 20]), brand=brand)
    def stall(self, p, seconds, brand):
        self.world.stall(p, seconds, brand)

    @rule()
    def commit(self):
        self.world.commit()

    @rule(which=st.integers(0, 1), records=few, commits=st.booleans())
    def crash(self, which, records, commits):
        self.world.crash(which, records, commits=commits)

    @rule(take=st.integers(0, 255))
    def land(self, take):
        self.world.land(take)

    @rule(owners=st.integers(0, 15), graceful=st.booleans())
    def rebalance(self, owners, graceful):
        self.world.rebalance(owners, graceful=graceful)

    def teardown(self):
        try:
            self.world.finish()
            self.world.check()
        finally:
            self.world.close()


TestPipeline = Pipeline.TestCase
TestPipeline.settings = settings(
    max_examples=RUNS,
    stateful_step_count=40,
    derandomize="SIAGA_MODEL_RUNS" not in os.environ,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_hostile_transport_changes_nothing(seed):
    """Records skipped, delivered again and cut at random, also where they only refill: the error is 0."""
    world = World()
    try:
        wander(world, Random(seed), steps=60)
        world.finish()
        world.check()
    finally:
        world.close()


def test_the_walks_are_worth_taking():
    world = World()
    try:
        for seed in range(4):
            wander(world, Random(seed), steps=60)
        world.finish()
        world.check()
        assert world.late()
        assert {one.catching_up for one in world.incidents().values()} == {False, True}
        assert {"opened", "updated", "resolved"} <= {one.change for one in world.incidents().values()}
        state = [record.key for p in range(MENTIONS) for record in world.kafka.logs[TP("state", p)]]
        assert {key.split(b"/")[1] for key in state} == {
            b"minute",
            b"brand",
            b"baseline",
            b"copies",
            b"header",
        }
    finally:
        world.close()
