"""Where no broker can be started the tests that need one are left out, and nobody can miss it; CI fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kafka.distribution import CHECKOUT

INSTALL = "Install what it needs: apt-get install openjdk-17-jre-headless maven"


@pytest.fixture
def run(tmp_path: Path):
    def run(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        # An empty path has no java and no mvn; this version has no jars.
        return subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--kafka-version", "0.0.0"),
                *("tests/integration/test_broker.py", "-k", "starting_twice or short_legal"),
                *options,
            ],
            cwd=CHECKOUT,
            env={"PATH": str(tmp_path)} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "side by side"])
def test_the_last_lines_name_the_packages(run, options: tuple[str, ...]) -> None:
    result = run(*options)
    *_, left_out, install, closing = result.stdout.strip().splitlines()
    assert left_out == "Tests on a real Kafka broker left out: 1"
    assert install == INSTALL
    assert "1 passed, 1 skipped" in closing
    assert result.returncode == 0


def test_in_ci_they_fail(run) -> None:
    result = run(CI="true")
    *_, failed, install, closing = result.stdout.strip().splitlines()
    assert failed == "Tests on a real Kafka broker failed: 1"
    assert install == INSTALL
    assert "1 passed" in closing
    assert "1 error" in closing
    assert result.returncode == 1
