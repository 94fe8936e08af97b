"""Three brokers with three replicas: one is killed and comes back, then another."""

import time

import pytest

from tests.chaos.conftest import DETECTOR
from tests.integration.installation import installed
from tests.kafka.cluster import Cluster

pytestmark = [pytest.mark.timeout(400), pytest.mark.kafka, pytest.mark.alone]


@pytest.fixture
def cluster(request):
    with Cluster(request.config.getoption("--kafka-version")) as made:
        yield made


@pytest.fixture
def siaga(cluster, prefix, tmp_path, monkeypatch):
    monkeypatch.setenv("SIAGA_SERVICE_TOPICS_REPLICATION", "3")
    with installed(cluster.bootstrap, prefix, tmp_path, **DETECTOR) as installation:
        yield installation


def test_one_of_three_brokers_is_killed_and_back_then_another(world, cluster):
    world.start()
    world.start()
    first, second = world.rng.sample(cluster.brokers, 2)
    world.run(100, {10: first.kill, 40: first.start, 60: second.kill, 85: second.start}, count=100)
    begun = time.monotonic()
    world.assert_exact()
    print(f"exact after {time.monotonic() - begun:.0f} s; exits {world.exits}")
