"""Kafka over SASL_SSL with SCRAM-SHA-512: topics, send and worker get in; a wrong password ends with 77."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from tests.integration.installation import SIAGA, Worker, wait_for
from tests.kafka.secure import USER, SecureBroker

POST = {"platform": "x", "id": "1", "created_at": int(time.time() * 1000), "text": "kunang fiber lemot"}
COMMANDS = [["topics"], ["send", "-"], ["worker"]]

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def broker(request):
    broker = SecureBroker(request.config.getoption("--kafka-version"))
    broker.start()
    yield broker
    broker.close()


def configure(folder: Path, broker: SecureBroker, **security: str) -> Path:
    """Write a configuration with the settings that docs/configuration.md shows, or others."""
    (folder / "kafka-password").write_text(f"{broker.password}\n")
    (folder / "brands.yml").write_text("brands: {kunang: {name: Kunang, aliases: [kunang fiber]}}")
    login = {
        "protocol": "sasl_ssl",
        "mechanism": "scram-sha-512",
        "username": USER,
        "password_file": "kafka-password",
        "ca_file": str(broker.ca_file),
    }
    service = {
        "kafka": {"brokers": [broker.secure], "security": {**login, **security}},
        "topics": {"partitions": {"posts": 1, "mentions": 1, "incidents": 1}},
        "data_dir": str(folder / "data"),
    }
    (folder / "service.yml").write_text(yaml.safe_dump(service))
    return folder


def siaga(config: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA_")}
    env["SIAGA_SERVICE_LOG_FORMAT"] = "json"
    env["SIAGA_PSEUDONYM_KEY"] = "0123456789abcdef"
    command = [*SIAGA, *words, "--config", str(config)]
    return subprocess.run(command, env=env, input=stdin, capture_output=True, text=True, timeout=60)


def test_topics_send_and_worker_get_in(broker, tmp_path):
    config = configure(tmp_path, broker)
    made = siaga(config, "topics")
    assert made.returncode == 0, made.stderr
    sent = siaga(config, "send", "-", stdin=json.dumps(POST))
    assert (sent.returncode, sent.stdout) == (0, "1 sent, 0 refused\n"), sent.stderr
    worker = Worker(config, tmp_path / "worker.log", broker.secure)
    try:
        worker.wait_ready()
        wait_for("the post", lambda: worker.metric("siaga_posts_total", outcome="matched") == 1)
        assert worker.end() == 0
    finally:
        worker.process.kill()
    assert broker.password not in worker.log.read_text()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_wrong_password_is_one_clear_line(broker, tmp_path, words):
    config = configure(tmp_path, broker)
    (config / "kafka-password").write_text("not-the-password\n")
    refused = siaga(config, *words, stdin=json.dumps(POST))
    assert (refused.returncode, refused.stdout) == (77, "")
    (line,) = refused.stderr.splitlines()
    assert (
        f"Kafka refuses the log-in: got SaslAuthenticationFailed from {broker.secure}; expected the user and "
        "password of kafka.security; correct them in service.yml"
    ) in line
    assert "not-the-password" not in line


@pytest.mark.parametrize(
    ("security", "code", "said"),
    [
        ({"username": "nobody"}, 77, "Kafka refuses the log-in: got SaslAuthenticationFailed from "),
        ({"mechanism": "plain"}, 77, "Kafka refuses the log-in: got no mechanism plain at "),
        ({"ca_file": "another.pem"}, 78, "Kafka's certificate is not trusted: got "),
        ({"ca_file": "missing.pem"}, 78, "missing.pem"),
        ({"ca_file": "service.yml"}, 78, "no use of ca_file: got "),
    ],
    ids=str,
)
def test_what_else_may_be_wrong_is_one_clear_line(broker, tmp_path, security, code, said):
    config = configure(tmp_path, broker, **security)
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-keyout", "another.key", "-out", "another.pem", "-subj", "/CN=another"),
        ],
        cwd=config,
        check=True,
        capture_output=True,
    )
    refused = siaga(config, "topics")
    assert refused.returncode == code, refused.stderr
    (line,) = refused.stderr.splitlines()
    assert said in line, line
