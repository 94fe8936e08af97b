"""The one broker crashes, comes back, or freezes."""

import time

import pytest

from tests.chaos.conftest import DETECTOR
from tests.chaos.world import World
from tests.integration.installation import installed

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def broker(own_broker):
    return own_broker()


@pytest.fixture
def siaga(broker, prefix, tmp_path):
    with installed(broker.bootstrap, prefix, tmp_path, **DETECTOR) as installation:
        yield installation


def absence(world: World, broker, away, back, seconds: float) -> float:
    """Let the broker be away in the middle of the load; return the seconds until all partitions go on."""
    half = len(world.sent) // 2
    for number in range(10):
        world.siaga.send(world.sent[half * number // 10 : half * (number + 1) // 10])
        time.sleep(0.5)
    before = world.siaga.committed("posts")
    away()
    time.sleep(seconds)
    back()
    begun = time.monotonic()
    world.siaga.send(world.sent[half:])
    while not all((now or 0) > (before[p] or 0) for p, now in world.siaga.committed("posts").items()):
        time.sleep(0.2)
        assert time.monotonic() - begun < 120, "nothing is counted"
    return time.monotonic() - begun


@pytest.mark.alone
@pytest.mark.parametrize("seconds", [3, pytest.param(30, marks=pytest.mark.short)])
def test_killed_and_restarted(world, broker, seconds, holds):
    world.start()
    world.start()
    back_s = absence(world, broker, broker.kill, broker.start, seconds)
    print(f"exits {world.exits}")
    holds(f"counting on after the broker was back from {seconds} s:", back_s, 20)
    world.assert_exact()


def test_frozen_for_a_minute(world, broker):
    world.start()
    back_s = absence(world, broker, broker.pause, broker.resume, 60)
    print(f"counting on {back_s:.1f} s after the broker was thawed; exits {world.exits}")
    world.assert_exact()
