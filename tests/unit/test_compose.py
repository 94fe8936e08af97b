"""docker-compose.yml and Dockerfile name only what exists: files, commands, variables, dependencies."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from agents.settings import load_settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
STATES = {"service_started", "service_healthy", "service_completed_successfully"}


def siaga(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agents.command_line", *args],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_kafka_topics_and_worker_are_there():
    assert set(SERVICES) == {"kafka", "topics", "worker"}
    assert set(OURS) == {"topics", "worker"}


@pytest.mark.parametrize("name", OURS)
def test_the_command_of_a_service_exists(name):
    command, *options = OURS[name]["command"]
    shown = siaga(command, "--help")
    assert shown.returncode == 0, shown.stderr
    assert all(option in shown.stdout for option in options if option.startswith("--"))


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_read_and_valid(name):
    service = OURS[name]
    env = {
        key: re.sub(r"\$\{\w+:-(.*)\}", r"\1", str(value)) for key, value in service["environment"].items()
    }
    assert all(key.startswith("SIAGA_") for key in env)
    mounts = {target: ROOT / source for source, target, _ in (m.split(":") for m in service["volumes"])}
    settings = load_settings(mounts[env.pop("SIAGA_CONFIG")], env)  # an unknown variable is an error
    assert settings.service.kafka.brokers == ("kafka:19092",)
    assert not [warning for warning in settings.warnings if "nobody reads" in str(warning)]
    assert set(settings.overrides) == {key for key in env if key.startswith("SIAGA_SERVICE_")}


@pytest.mark.parametrize("name", SERVICES)
def test_a_dependency_exists_and_can_reach_the_state_that_is_waited_for(name):
    for other, wanted in SERVICES[name].get("depends_on", {}).items():
        assert wanted["condition"] in STATES
        assert ("healthcheck" in SERVICES[other]) or wanted["condition"] != "service_healthy"
        if wanted["condition"] == "service_completed_successfully":
            assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_volumes_are_files_of_the_repository_or_declared(name):
    for mount in SERVICES[name]["volumes"]:
        source = mount.split(":")[0]
        assert source in COMPOSE["volumes"] or (ROOT / source).exists()


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_to_this_machine_only(name):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_the_worker_is_asked_where_it_answers():
    worker = SERVICES["worker"]
    port = worker["environment"]["SIAGA_SERVICE_WEB_PORT"]
    assert worker["ports"] == [f"127.0.0.1:{port}:{port}"]
    probe = worker["healthcheck"]["test"]
    assert f'"http://127.0.0.1:{port}/readyz"' in probe[-1]
    compile(probe[-1], "healthcheck", "exec")
    scratch = [mount.split(":")[0] for mount in worker["tmpfs"]]
    assert any(worker["environment"]["SIAGA_SERVICE_DATA_DIR"].startswith(f"{at}/") for at in scratch)


def test_the_brokers_are_the_listeners_of_kafka():
    kafka = SERVICES["kafka"]["environment"]
    advertised = dict(pair.split("://") for pair in kafka["KAFKA_ADVERTISED_LISTENERS"].split(","))
    assert advertised == {"INSIDE": "kafka:19092", "OUTSIDE": "localhost:9092"}
    listening = dict(pair.split("://") for pair in kafka["KAFKA_LISTENERS"].split(","))
    protocols = dict(pair.split(":") for pair in kafka["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    assert set(listening) == set(protocols) == {*advertised, kafka["KAFKA_CONTROLLER_LISTENER_NAMES"]}
    assert all(listening[name].split(":")[1] == at.split(":")[1] for name, at in advertised.items())


def test_kafka_is_the_release_that_the_tests_run_on():
    (version,) = re.findall(r"KAFKA_VERSION \?= (\S+)", (ROOT / "Makefile").read_text())
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{version}"


def test_there_is_no_secret():
    for service in SERVICES.values():
        for key, value in service["environment"].items():
            secret = re.search("KEY|PASSWORD|TOKEN|SECRET", key)
            assert not secret or re.fullmatch(r"\$\{\w+:-\}", str(value))


def test_the_image_copies_what_exists_and_what_is_sent_to_the_build():
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = set()
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, flags=re.MULTILINE):
        copied.update(line.split()[:-1])
    assert copied == sent
    assert all((ROOT / path).exists() for path in copied)


def test_the_image_starts_a_command_that_exists():
    assert 'ENTRYPOINT ["siaga"]' in DOCKERFILE
    (command,) = re.findall(r'^CMD \["(\w+)"\]$', DOCKERFILE, flags=re.MULTILINE)
    assert siaga(command, "--help").returncode == 0
