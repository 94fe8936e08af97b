"""The README's commands that need a Kafka, in its order and as written, with the shipped configuration."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.integration.installation import wait_for
from tests.kafka.process import free_port

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"<!-- kafka -->\n *```sh\n(.*?)```", re.DOTALL)


def commands(page: str) -> list[str]:
    (block,) = BLOCK.findall((ROOT / page).read_text())
    return [line.strip() for line in block.splitlines() if line.strip()]


def test_a_brand_is_watched_as_the_readme_says(own_broker, tmp_path):
    topics, worker, send, why = commands("README.md")
    assert commands("README.id.md") == [topics, worker, send, why]
    # Only what another program on this machine may have taken is said by the environment.
    env = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA_")} | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SIAGA_SERVICE_KAFKA_BROKERS": own_broker().bootstrap,
        "SIAGA_SERVICE_WEB_PORT": str(free_port()),
        "SIAGA_SERVICE_DATA_DIR": str(tmp_path / "data"),
    }

    def run(command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "posts" in run(topics)
    with (
        open(tmp_path / "worker.log", "w") as log,
        subprocess.Popen(
            ["bash", "-c", f"exec {worker}"], cwd=ROOT, env=env, stderr=log, stdout=log
        ) as service,
    ):
        try:
            run(send)
            wait_for("the outage to be noticed", lambda: "opened" in (tmp_path / "worker.log").read_text())
            assert "kunang-fiber" in run(why)
        finally:
            service.send_signal(signal.SIGTERM)
        assert service.wait(20) == 0
