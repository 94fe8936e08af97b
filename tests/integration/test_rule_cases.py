"""Every alert of the shipped rules fires when it should, and only then: by promtool, on made-up series."""

from pathlib import Path

import pytest

from tests.prometheus import promtool

CASES = Path(__file__).parents[1] / "rules"


@pytest.mark.prometheus
@pytest.mark.parametrize("file", sorted(CASES.glob("*.yml")), ids=lambda file: file.stem)
def test_alerts_fire_and_clear(file):
    tested = promtool("test", "rules", file)
    assert tested.returncode == 0, tested.stdout.decode()
