"""Each case runs with one seed in the short form, three in the long one, or those of SIAGA_CHAOS_SEEDS."""

import os

import pytest

from tests.chaos.load import BRANDS
from tests.chaos.world import World
from tests.integration.installation import installed


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        short = metafunc.config.getoption("-m") == "short"
        asked = os.environ.get("SIAGA_CHAOS_SEEDS", "1" if short else "1,2,3")
        metafunc.parametrize("seed", [int(one) for one in asked.split(",")])


# Incidents stay open for long: of what is over before anybody was told, nobody is told.
DETECTOR = {"brands": BRANDS, "allowed_lateness": "120s", "incident": {"resolve_after": "2h"}}


@pytest.fixture
def siaga(kafka, prefix, tmp_path):
    with installed(kafka.bootstrap, prefix, tmp_path, **DETECTOR) as installation:
        yield installation


@pytest.fixture
def world(siaga, seed):
    made = World(siaga, seed)
    yield made
    made.close()
