"""A worker whose work stands still though Kafka answers is ended with 75, and its successor goes on."""

import time

import pytest

from tests.integration.installation import wait_for

pytestmark = pytest.mark.timeout(300)


def ended_by_watchdog(worker):
    wait_for("the watchdog", lambda: worker.process.poll() is not None, 150)
    assert worker.process.returncode == 75, worker.log.read_text()[-2000:]
    return worker.log.read_text()


@pytest.mark.parametrize("still_s", [pytest.param(20, marks=pytest.mark.short), 60])
def test_a_consumer_that_fetches_no_more_is_ended(world, still_s):
    """After a minute; the short form does not wait so long."""
    points, limits = [{"what": "fetch", "do": "hang", "at": 150}], {"agents.watchdog.STILL_S": still_s}
    worker = world.start(points=points, limits=limits)
    world.retire(worker)
    world.run(10)
    began = time.monotonic()
    said = ended_by_watchdog(worker)
    print(f"ended {time.monotonic() - began:.0f} s after the last post")
    assert "nothing of their topic is read" in said
    world.start()
    world.assert_exact()


def test_commits_that_do_not_return_are_ended(world):
    worker = world.start(points=[{"what": "commit", "do": "hang", "at": 10}])
    world.retire(worker)
    world.run(20)
    assert "What is done is not committed." in ended_by_watchdog(worker)
    world.start()
    world.assert_exact()
