"""What docker-compose.yml starts comes up without containers: same commands, variables, files, healthchecks.

Only names of hosts, ports and paths are other ones: the test's.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml

from detector.duration import parse_duration
from tests.integration.installation import SIAGA, wait_for
from tests.kafka.broker import Broker
from tests.kafka.process import free_port, spawn

ROOT = Path(__file__).parents[2]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
PROGRAMS = {"prometheus": "prometheus", "alertmanager": "prometheus-alertmanager"}

pytestmark = [pytest.mark.kafka, pytest.mark.alertmanager, pytest.mark.prometheus]


class ComposedBroker(Broker):
    """A broker with the settings that the image makes of compose's variables, and no others."""

    def _format(self) -> None:
        super()._format()
        inside, controller = self._ports
        ports = {"19092": str(inside), "9093": str(controller), "9092": str(free_port())}
        lines = []
        for name, value in SERVICES["kafka"]["environment"].items():
            if name == "KAFKA_HEAP_OPTS":
                continue
            value = re.sub(r"\b(\d{4,5})\b", lambda found: ports.get(found[1], found[1]), str(value))
            value = value.replace("kafka:", "127.0.0.1:").replace("localhost:", "127.0.0.1:")
            lines.append(f"{name.removeprefix('KAFKA_').lower().replace('_', '.')}={value}\n")
        settings = "".join(lines).replace("/var/lib/kafka/data", str(self.folder / "data"))
        (self.folder / "server.properties").write_text(settings)


class Composed:
    """Starts services as compose would, under names and ports of this machine."""

    def __init__(self, folder: Path, kafka: str) -> None:
        self.folder = folder
        self.ports = {name: str(free_port()) for name in PROGRAMS if name in SERVICES}
        self.hosts = {"kafka:19092": kafka}
        self.hosts |= {f"{name}:{inner(name)}": f"127.0.0.1:{port}" for name, port in self.ports.items()}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def text(self, value: str) -> str:
        for inside, outside in self.hosts.items():
            value = value.replace(inside, outside)
        return value

    def files(self, name: str, instance: str) -> dict[str, Path]:
        """Lay out what a container would see: the mounts, shorter paths first, and what it may write."""
        seen: dict[str, Path] = {}
        service = SERVICES[name]
        for mount in sorted(service["volumes"], key=lambda m: m.split(":")[1]):
            source, target = mount.split(":")[:2]
            over = next((at for at in seen if target.startswith(f"{at}/")), None)
            at = (
                seen[over] / target.removeprefix(f"{over}/")
                if over
                else self.folder / instance / target.strip("/")
            )
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, at, dirs_exist_ok=True)
            elif (ROOT / source).is_file():
                at.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, at)
            else:
                at.mkdir(parents=True)
            seen[target] = at
        for scratch in service.get("tmpfs", []):
            target = scratch.split(":")[0]
            seen[target] = self.folder / instance / target.strip("/")
            seen[target].mkdir(parents=True)
        for file in (self.folder / instance).rglob("*.yml"):
            file.write_text(self.text(file.read_text()))
        return seen

    def siaga(self, name: str, instance: str) -> tuple[list[str], dict[str, str], str]:
        """Return command, environment and port of one of our services."""
        seen, port = self.files(name, instance), str(free_port())
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SIAGA_")}
        for key, value in SERVICES[name]["environment"].items():
            value = re.sub(r"\$\{\w+:-(.*)\}", r"\1", self.text(str(value)))
            kept[key] = port if key == "SIAGA_SERVICE_WEB_PORT" else placed(value, seen)
        return [*SIAGA, *SERVICES[name]["command"]], kept, port

    def start_siaga(self, name: str, instance: str) -> str:
        command, env, port = self.siaga(name, instance)
        with (self.folder / f"{instance}.log").open("wb") as log:
            self.processes[instance] = subprocess.Popen(
                command, env=env, cwd=self.folder, stdout=log, stderr=log
            )
        return port

    def start(self, name: str) -> str:
        seen = self.files(name, name)
        command = [str(shutil.which(PROGRAMS[name]))]
        for option in SERVICES[name]["command"]:
            flag, _, value = option.partition("=")
            if flag == "--web.listen-address":
                value = f"127.0.0.1:{self.ports[name]}"
            command.append(f"{flag}={placed(value, seen)}")
        self.processes[name] = spawn(command, self.folder / f"{name}.log")
        return self.ports[name]

    def healthy(self, name: str, instance: str, port: str) -> None:
        """Wait until compose's own question is answered well."""
        _, *words = SERVICES[name]["healthcheck"]["test"]
        words = [word.replace(f"127.0.0.1:{inner(name)}", f"127.0.0.1:{port}") for word in words]
        words[0] = sys.executable if words[0] == "python" else str(shutil.which(words[0]))

        def asked() -> bool:
            log = self.folder / f"{instance}.log"
            assert self.processes[instance].poll() is None, f"{instance} ended:\n{log.read_text()[-3000:]}"
            return subprocess.run(words, capture_output=True, check=False).returncode == 0

        wait_for(f"a good answer to {shlex.join(words)}", asked, 60, 0.2)

    def close(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()


def placed(path: str, seen: dict[str, Path]) -> str:
    """Where a container's path is on this machine; what is no path of it stays as it is."""
    for target in sorted(seen, key=len, reverse=True):
        if path == target or path.startswith(f"{target}/"):
            return str(seen[target]) + path.removeprefix(target)
    return path


def inner(name: str) -> str:
    """The port inside the container."""
    return str(SERVICES[name]["ports"][0]).rsplit(":", 1)[1]


@pytest.fixture
def composed(request, tmp_path):
    broker = ComposedBroker(request.config.getoption("--kafka-version"))
    broker.start()
    composed = Composed(tmp_path, broker.bootstrap)
    yield composed
    composed.close()
    broker.close()


def test_everything_comes_up_healthy_and_an_alert_gets_through(composed):
    for name in composed.ports:
        composed.start(name)
    command, env, _ = composed.siaga("topics", "topics")
    made = subprocess.run(command, env=env, cwd=composed.folder, capture_output=True, text=True, timeout=90)
    assert made.returncode == 0, made.stderr

    workers = ["worker-1", "worker-2"]  # --scale worker=2
    ports = {instance: composed.start_siaga("worker", instance) for instance in workers}
    for name, port in composed.ports.items():
        composed.healthy(name, name, port)
    for instance, port in ports.items():
        composed.healthy("worker", instance, port)

    tried = subprocess.run(
        [*SIAGA, "alert", "test", "--receiver", "alertmanager"],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert tried.returncode == 0, tried.stderr
    url = f"http://127.0.0.1:{composed.ports['alertmanager']}/metrics"
    with urllib.request.urlopen(url, timeout=10) as answer:
        page = answer.read().decode()
    assert 'alertmanager_alerts_received_total{status="firing",version="v2"} 1\n' in page

    grace_s = parse_duration(SERVICES["worker"]["stop_grace_period"]) / 1000
    for instance in workers:
        composed.processes[instance].send_signal(signal.SIGTERM)
    assert [composed.processes[instance].wait(grace_s) for instance in workers] == [0, 0]
