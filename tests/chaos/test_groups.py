"""Workers join, leave and freeze while posts come."""

import signal
import threading
import time

import pytest

from tests.chaos.world import state_of
from tests.integration.installation import wait_for

pytestmark = pytest.mark.timeout(500)


def test_a_second_worker_joins_and_leaves_ten_times(world):
    world.start()
    second = None

    def turn():
        nonlocal second
        if second is None:
            second = world.start(ready=False)
            world.retire(second)
        else:
            second.wait_ready(120)  # before that a signal may come before there is anybody to take it
            assert second.end() == 0
            second = None

    world.run(130, dict.fromkeys(range(2, 62, 3), turn), count=65)
    assert second is None
    world.assert_exact()
    assert 75 not in world.exits


def test_two_workers_join_at_once_and_the_first_leaves(world):
    first = world.start()

    def join():
        world.start(ready=False)
        world.start(ready=False)

    def leave():
        world.retire(first)
        assert first.end() == 0

    world.run(40, {5: join, 25: leave})
    world.assert_exact()
    assert 75 not in world.exits


def test_one_joins_one_leaves_one_is_killed(world):
    first = world.start()

    def leave():
        world.retire(first)
        assert first.end() == 0

    world.run(
        25, {4: lambda: world.start(ready=False), 20: leave, 30: lambda: world.newest.end(signal.SIGKILL)}
    )
    world.assert_exact()


@pytest.mark.alone
@pytest.mark.short
def test_another_worker_counts_on_when_one_is_killed(world, holds):
    """By the default session of ten seconds; counting on means in all partitions, also the dead one's."""
    siaga, took = world.siaga, []
    env = {"SIAGA_SERVICE_KAFKA_SESSION_TIMEOUT": "10s"}
    dying, other = world.start(env=env), world.start(env=env)
    wait_for("both to work", lambda: all(w.metric("siaga_state_restored") for w in (dying, other)), 120)

    def watch():
        before, begun = siaga.committed("posts"), time.monotonic()

        def all_move():
            return all((now or 0) > (before[p] or 0) + 1 for p, now in siaga.committed("posts").items())

        wait_for("all partitions to move", all_move, 120, every_s=0.05)
        took.append(time.monotonic() - begun)

    watching = threading.Thread(target=watch)

    def kill():
        world.retire(dying)
        dying.end(signal.SIGKILL)
        watching.start()

    world.run(40, {20: kill}, count=80)
    watching.join()
    holds("all partitions are worked on after a kill:", took[0], 12)
    world.assert_exact()


def test_frozen_for_half_a_minute_while_another_takes_over(world):
    frozen = world.start()
    world.start()

    def freeze():
        frozen.process.send_signal(signal.SIGSTOP)

    def thaw():
        assert state_of(frozen) == "T"
        frozen.process.send_signal(signal.SIGCONT)

    world.run(60, {10: freeze, 30: thaw})
    world.assert_exact()


@pytest.mark.parametrize("what", ["header", "minute", "incident", "mentions"])
@pytest.mark.parametrize("when", ["before"])
def test_frozen_right_before_a_write_it_does_not_write_over_its_successor(world, what, when):
    stopped = world.start(points=[{"what": what, "when": when, "do": "stop", "at": 3}])
    world.retire(stopped)
    other = world.start()

    def restart_the_other():
        world.retire(other)
        assert other.end() == 0
        world.start(ready=False)

    thawed_at = None
    for number in world.load(70, 70):
        if thawed_at is None and number >= 30 and state_of(stopped) == "T":
            stopped.process.send_signal(signal.SIGCONT)
            thawed_at = number
        if thawed_at is not None and number == thawed_at + 5:
            restart_the_other()
    assert thawed_at is not None, "the place was reached"
    assert stopped.process.wait(90) == 70, "it had lost the right to write"
    world.start(ready=False)
    world.assert_exact()
