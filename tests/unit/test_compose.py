"""docker-compose.yml names only what exists: files, commands, variables, dependencies; and opens nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from click.testing import CliRunner

from agents.command_line import siaga
from agents.settings import load_settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
KEPT_RUNNING = sorted(set(SERVICES) - {"topics"})
STATES = {"service_started", "service_healthy", "service_completed_successfully"}
# The user may set the first; without the second compose refuses to start.
FROM_OUTSIDE = {"SIAGA_PSEUDONYM_KEY": "", "GRAFANA_ADMIN_PASSWORD": None}


def mounts(name: str) -> dict[str, str]:
    """Where each source is seen in a container."""
    return {m.split(":")[1]: m.split(":")[0] for m in SERVICES[name].get("volumes", [])}


def on_this_machine(name: str, path: str) -> Path:
    """The file of the repository that a container sees under a path: of the mounts, the longest wins."""
    target = max((at for at in mounts(name) if path.startswith(at)), key=len)
    return ROOT / mounts(name)[target] / path.removeprefix(target).lstrip("/")


def port(name: str) -> str:
    """The port inside the container."""
    (published,) = SERVICES[name]["ports"]
    return published.rsplit(":", 1)[1]


def test_it_is_a_compose_file():
    check = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema"]
    done = subprocess.run(
        [*check, "vendor.compose-spec", "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_that_belongs_together_is_there():
    assert set(SERVICES) == {"kafka", "topics", "worker", "prometheus", "alertmanager", "grafana"}
    assert set(OURS) == {"topics", "worker"}


@pytest.mark.parametrize("name", OURS)
def test_the_command_of_a_service_exists(name):
    command, *options = OURS[name]["command"]
    shown = CliRunner().invoke(siaga, [command, "--help"])
    assert shown.exit_code == 0
    assert all(option in shown.output for option in options if option.startswith("--"))


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_read_and_valid(name, tmp_path):
    env = {
        key: re.sub(r"\$\{\w+:-(.*)\}", r"\1", str(value)) for key, value in OURS[name]["environment"].items()
    }
    assert all(key.startswith("SIAGA_") for key in env)
    for file in on_this_machine(name, env.pop("SIAGA_CONFIG")).glob("*.yml"):
        seen = on_this_machine(name, f"/etc/siaga/{file.name}")
        (tmp_path / file.name).write_text(seen.read_text())
    settings = load_settings(tmp_path, env)  # an unknown variable is an error
    assert settings.service.kafka.brokers == ("kafka:19092",)
    assert not [warning for warning in settings.warnings if "nobody reads" in str(warning)]
    assert set(settings.overrides) == {key for key in env if key.startswith("SIAGA_SERVICE_")}
    (receiver,) = settings.receivers
    assert [url.reveal() for url in receiver.urls] == [f"http://alertmanager:{port('alertmanager')}"]


def test_every_variable_from_outside_is_optional_or_demanded():
    found = dict(re.findall(r"\$\{(\w+)(:[-?][^}]*)\}", TEXT))
    assert set(found) == set(FROM_OUTSIDE)
    for variable, default in FROM_OUTSIDE.items():
        assert found[variable] == ":-" if default == "" else found[variable].startswith(":?set ")


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
        source, how = mount.split(":", 1)
        if source in COMPOSE["volumes"]:
            continue
        assert (ROOT / source).exists(), source
        assert how.endswith(":ro"), f"{mount}: a container does not write into the repository"


def test_every_declared_volume_is_used_once():
    used = [m.split(":")[0] for s in SERVICES.values() for m in s["volumes"] if not m.startswith(".")]
    assert sorted(used) == sorted(COMPOSE["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_to_this_machine_only(name):
    assert all(published.startswith("127.0.0.1:") for published in SERVICES[name].get("ports", []))


def test_ports_are_taken_once():
    taken = [published.split(":")[1] for s in SERVICES.values() for published in s.get("ports", [])]
    assert len(set(taken)) == len(taken)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_neither_grow_without_bound_nor_gain_rights(name):
    service = SERVICES[name]
    assert service["mem_limit"]
    assert service["pids_limit"] <= 500
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"]["max-size"]
    assert not service.keys() & {"privileged", "network_mode", "pid", "ipc", "cap_add", "user"}


@pytest.mark.parametrize("name", KEPT_RUNNING)
def test_what_runs_is_asked_how_it_is_and_started_again(name):
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    check = service["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)
    if name != "kafka":
        assert f"127.0.0.1:{port(name)}" in check["test"][-1] + check["test"][2]


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_of_one_release(name):
    assert re.search(r":v?\d+\.\d+\.\d+$", SERVICES[name]["image"])


def test_the_worker_is_asked_where_it_answers():
    worker = SERVICES["worker"]
    assert worker["environment"]["SIAGA_SERVICE_WEB_PORT"] == port("worker")
    probe = worker["healthcheck"]["test"]
    assert f'"http://127.0.0.1:{port("worker")}/readyz"' in probe[-1]
    compile(probe[-1], "healthcheck", "exec")
    scratch = [mount.split(":")[0] for mount in worker["tmpfs"]]
    assert any(worker["environment"]["SIAGA_SERVICE_DATA_DIR"].startswith(f"{at}/") for at in scratch)


def test_there_can_be_many_workers():
    first, last = SERVICES["worker"]["ports"][0].split(":")[1].split("-")
    assert int(last) - int(first) >= 2
    assert "container_name" not in SERVICES["worker"]
    assert SERVICES["worker"]["environment"].keys().isdisjoint({"SIAGA_SERVICE_APP_ID"})


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


@pytest.mark.parametrize("name", ["prometheus", "alertmanager"])
def test_a_file_that_a_command_names_is_mounted(name):
    flags = dict(option.removeprefix("--").split("=", 1) for option in SERVICES[name]["command"])
    assert on_this_machine(name, flags["config.file"]).is_file()
    data = next(value for flag, value in flags.items() if flag in ("storage.tsdb.path", "storage.path"))
    assert mounts(name)[data] in COMPOSE["volumes"]
    assert flags["web.listen-address"] == f":{port(name)}"


def test_prometheus_finds_the_workers_its_rules_and_alertmanager():
    config = yaml.safe_load(on_this_machine("prometheus", "/etc/prometheus/prometheus.yml").read_text())
    (workers,) = [job for job in config["scrape_configs"] if "dns_sd_configs" in job]
    (found,) = workers["dns_sd_configs"]
    assert (found["names"], str(found["port"]), found["type"]) == (["worker"], port("worker"), "A")
    (alertmanagers,) = config["alerting"]["alertmanagers"]
    (static,) = alertmanagers["static_configs"]
    assert static["targets"] == [f"alertmanager:{port('alertmanager')}"]
    for pattern in config["rule_files"]:
        there = on_this_machine("prometheus", f"/etc/prometheus/{pattern.removeprefix('/etc/prometheus/')}")
        assert list(there.parent.glob(there.name)), pattern


def test_nobody_is_called_at_an_address_of_the_container_itself():
    config = yaml.safe_load(on_this_machine("alertmanager", "/etc/alertmanager/alertmanager.yml").read_text())
    hosts = {
        urlsplit(hook["url"]).hostname
        for one in config["receivers"]
        for hook in one.get("webhook_configs", ())
    }
    known = {entry.split(":")[0] for entry in SERVICES["alertmanager"]["extra_hosts"]}
    assert hosts <= known | set(SERVICES)


def test_grafana_finds_its_source_and_its_dashboards():
    provisioning = on_this_machine("grafana", "/etc/grafana/provisioning")
    (sources,) = (provisioning / "datasources").glob("*.y*ml")
    (source,) = yaml.safe_load(sources.read_text())["datasources"]
    assert source["url"] == f"http://prometheus:{port('prometheus')}"
    (providers,) = (provisioning / "dashboards").glob("*.y*ml")
    (provider,) = yaml.safe_load(providers.read_text())["providers"]
    assert list(on_this_machine("grafana", provider["options"]["path"]).rglob("*.json"))


def test_grafana_is_open_to_nobody_without_the_password():
    env = SERVICES["grafana"]["environment"]
    assert env["GF_SECURITY_ADMIN_PASSWORD"].startswith("${GRAFANA_ADMIN_PASSWORD:?")
    assert env["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert env["GF_USERS_ALLOW_SIGN_UP"] == "false"


@pytest.mark.parametrize("name", SERVICES)
def test_there_is_no_secret(name):
    for key, value in SERVICES[name].get("environment", {}).items():
        secret = re.search("KEY|PASSWORD|TOKEN|SECRET", key)
        assert not secret or re.fullmatch(r"\$\{\w+:[-?][\w ,]*\}", str(value))
