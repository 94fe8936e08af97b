"""Event time goes by in leaps: days are closed in one step, by workers with a short session.

What takes long must let the worker read Kafka's answers meanwhile: one that lies unread for most of a
session counts as none, and ends the worker.
"""

import pytest

from tests.chaos.conftest import DETECTOR
from tests.chaos.load import BRANDS, SELDOM_BRANDS, START_MS, once_each
from tests.chaos.world import World
from tests.integration.installation import installed, wait_for

pytestmark = pytest.mark.timeout(500)
DAY_MS = 86_400_000


@pytest.fixture
def siaga(kafka, prefix, tmp_path):
    """By the session of six seconds that all cases have."""
    detector = {**DETECTOR, "brands": BRANDS | SELDOM_BRANDS}
    with installed(kafka.bootstrap, prefix, tmp_path, **detector) as installation:
        yield installation


def test_sixteen_days_of_many_brands_go_by_within_one_record(world):
    """A brand that speaks again has to learn all the minutes in which it was silent."""
    siaga, long_ago = world.siaga, START_MS - 16 * DAY_MS
    worker = world.start()
    before = once_each("before", long_ago)
    siaga.send(before)
    siaga.close_minutes(long_ago + 60_000)
    wait_for("all to be committed", lambda: siaga.committed("posts") == siaga.ends("posts"), 60)
    # All at once, and in one partition, so that one slab holds all of it.
    now = once_each("now", START_MS)
    siaga.send(now, partitions=1)
    world.run(20)
    ends = [siaga.end_post(long_ago + 60_000, partition) for partition in range(4)]
    world.sent = [*before, *ends, *now, *world.sent]
    world.assert_exact()
    assert world.exits == []
    print(f"longest step {worker.longest_step_s:.1f} s")


@pytest.fixture
def days(siaga, seed):
    made = World(siaga, seed, hours=96)
    yield made
    made.close()


def test_a_backlog_of_four_days_is_read_by_one_worker(days):
    """It is read partition by partition, so that hours of all brands are closed in one step."""
    days.siaga.send(days.sent)
    worker = days.start()
    days.assert_exact()
    assert days.exits == []
    print(f"longest step {worker.longest_step_s:.1f} s")
