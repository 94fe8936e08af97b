"""Each case runs with one seed in the short form, three in the long one, or those of SIAGA_CHAOS_SEEDS."""

import os
from collections.abc import Callable

import pytest

from tests.chaos.load import BRANDS
from tests.chaos.world import World
from tests.integration.installation import installed


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        short = _is_short(metafunc.config)
        asked = os.environ.get("SIAGA_CHAOS_SEEDS", "1" if short else "1,2,3")
        metafunc.parametrize("seed", [int(one) for one in asked.split(",")])


def _is_short(config: pytest.Config) -> bool:
    return config.getoption("-m") == "short"


@pytest.fixture
def holds(request: pytest.FixtureRequest) -> Callable[[str, float, float], None]:
    """Say how long something took, and hold it to a bar: ``holds(what, seconds, bar)``.

    Not in the short form: several cases run at once there, on whatever machine, and time says nothing.
    """

    def hold(what: str, seconds: float, bar: float) -> None:
        print(f"{what} {seconds:.1f} s, bar {bar:g} s")
        assert _is_short(request.config) or seconds <= bar

    return hold


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
