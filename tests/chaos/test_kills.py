"""Workers die at random and at the worst places; another one goes on."""

import signal

import pytest

pytestmark = pytest.mark.timeout(400)

SENDING = [
    ("mentions", "before", 30),
    ("mentions", "after", 30),
    ("commit", "before", 3),
    ("commit", "after", 3),
]
STATE = [
    ("minute", "before", 5), ("minute", "after", 5), ("header", "before", 5), ("header", "after", 5),
    ("baseline", "before", 2), ("baseline", "after", 2),
]  # fmt: skip
INCIDENTS = [
    ("incident", "before", 1), ("incident", "after", 1), ("brand", "before", 1), ("brand", "after", 1),
    ("incident", "after", 2), ("ledger", "before", 1), ("ledger", "after", 1), ("ledger", "before", 3),
]  # fmt: skip


def killed(points):
    return [[{"what": what, "when": when, "at": at, "do": "kill"}] for what, when, at in points]


def test_a_quiet_run(world):
    worker = world.start()
    world.run(10)
    world.assert_exact()
    assert worker.end() == 0


def test_killed_ten_times_at_random(world):
    world.start(ready=False)
    times = sorted(world.rng.sample(range(4, 76), 10))

    def kill():
        # The newest, whatever it is doing: starting, restoring, refilling, counting.
        world.newest.end(signal.SIGKILL)

    world.run(90, dict.fromkeys(times, kill), count=80)
    world.assert_exact()
    assert world.exits.count(-9) == 10


@pytest.mark.short
def test_killed_twice_at_random(world):
    world.start()
    times = sorted(world.rng.sample(range(4, 30), 2))
    world.run(20, dict.fromkeys(times, lambda: world.newest.end(signal.SIGKILL)))
    world.assert_exact()


@pytest.mark.parametrize("points", [SENDING, STATE, INCIDENTS], ids=["sending", "state", "incidents"])
def test_killed_before_and_after_what_must_be_durable(world, points):
    first, *world.plans = killed(points)
    world.start(points=first)
    world.run(12 * len(points), count=12 * len(points))
    world.assert_exact()
    assert world.exits.count(-9) == len(points), "each place was reached"


@pytest.mark.short
def test_killed_between_incident_and_state(world):
    first, *world.plans = killed([INCIDENTS[1], INCIDENTS[2], STATE[3]])
    world.start(points=first)
    world.run(25)
    world.assert_exact()
    assert world.exits.count(-9) == 3


def test_told_to_end_under_load_it_ends_in_time(world):
    worker = world.start()

    def turn():
        nonlocal worker
        world.retire(worker)
        assert worker.end(timeout_s=30) == 0
        worker = world.start(ready=False)

    world.run(30, dict.fromkeys((8, 18, 30), turn))
    world.assert_exact()
    assert 75 not in world.exits
