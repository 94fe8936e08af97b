"""The commands of the runbook and of the operations page, as written, on Kafka, a worker and an incident."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.crisis import BRAND, Crisis
from tests.integration.installation import installed, wait_for
from tests.kafka.tools import CLASSES, write_scripts
from tests.pages import ROOT, Command, commands

POSTS = ROOT / "examples/posts.jsonl"
WAIT_S = 90
# `siaga worker` runs already, and beside it nothing can be warmed up; the rest is no command of this machine.
_NOT_HERE = {"make", "docker", "kubectl", "py-spy"}
_NAMED_ONLY = {"siaga worker", "siaga warm"}


@pytest.fixture
def siaga(own_broker, tmp_path):
    """An installation without a prefix, as the pages have it, with a worker; Kafka's scripts are in `bin`."""
    broker = own_broker()
    (tmp_path / "bin").mkdir()
    write_scripts(broker.distribution, tmp_path / "bin")
    with installed(broker.bootstrap, "", tmp_path) as siaga:
        siaga.worker(ready=False).wait_ready(WAIT_S)
        yield siaga


def as_asked(command: Command, siaga, incident: str, folder: Path) -> str:
    """Return a line with values in place of the words in capitals."""
    file = POSTS
    if command.program == "kafka-delete-records.sh":
        file = folder / "offsets.json"
        records = [{"topic": "posts", "partition": 0, "offset": 1}]
        file.write_text(json.dumps({"partitions": records, "version": 1}))
    values = {
        "KAFKA": siaga.bootstrap,
        "BRAND": BRAND,
        "FILE": str(file),
        "NAME": "hook",
        "ID": incident,
        "NEW": "another-password",
        "6066": str(siaga.workers[0].port),
    }
    return re.sub(r"\b(KAFKA|BRAND|FILE|NAME|ID|NEW|6066)\b", lambda found: values[found[1]], command.line)


@pytest.mark.timeout(420)
def test_the_commands_of_the_pages_work_as_written(siaga, tmp_path):
    crisis = Crisis(siaga)
    crisis.history()
    crisis.wave(30)
    wait_for("the incident at its receiver", lambda: siaga.webhook.received, WAIT_S)
    incident = siaga.webhook.received[0]["id"]
    env = os.environ | {
        "PATH": os.pathsep.join(
            [str(tmp_path / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        ),
        "SIAGA_CONFIG": str(siaga.config),
        "SIAGA_SERVICE_KAFKA_BROKERS": siaga.bootstrap,
    }
    said = {}
    for command in [*commands("docs/runbook.md"), *commands("docs/operations.md")]:
        if command.program in _NOT_HERE or command.line in _NAMED_ONLY or command.line in said:
            continue
        line = as_asked(command, siaga, incident, tmp_path)
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        said[command.line] = done.stdout
    assert CLASSES.keys() <= {line.split()[0] for line in said}

    def answer(beginning: str) -> str:
        (found,) = [text for line, text in said.items() if line.startswith(beginning)]
        return found

    assert "ready" in answer("curl -s http://127.0.0.1:6066/readyz")
    assert "siaga_kafka_connected 1.0" in answer("curl -s http://127.0.0.1:6066/metrics")
    assert re.search(r"^posts:0:\d+$", answer("kafka-get-offsets.sh"), re.M)
    assert "mentions" in answer("kafka-consumer-groups.sh")
    assert BRAND in answer("siaga why")
    assert "erased" in answer("python examples/erase_incident.py")

    # What is erased is gone at the next compaction, and who reads on is not troubled.
    last = [record for record in siaga.records("incidents") if record.key == incident.encode()][-1]
    assert last.value is None
    assert BRAND.encode() in siaga.command("why", BRAND).stdout
    crisis.advance(30)
    assert siaga.workers[0].process.poll() is None
