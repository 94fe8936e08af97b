"""A real Prometheus for tests, and its promtool: Debian's package, on ports of its own."""

import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from tests.kafka.process import free_port, spawn

PACKAGE = "prometheus"


def missing_packages() -> list[str]:
    """Return what has to be installed first."""
    return [] if shutil.which("prometheus") and shutil.which("promtool") else [PACKAGE]


def promtool(*words: str | Path, stdin: bytes | None = None) -> subprocess.CompletedProcess:
    """Run promtool; its messages are in `stdout`."""
    command = [str(shutil.which("promtool")), *map(str, words)]
    return subprocess.run(
        command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60
    )


class Prometheus:
    """One instance in a folder that holds its `prometheus.yml` and what that names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._data = tempfile.TemporaryDirectory(prefix="prometheus-")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Prometheus":
        log = Path(self._data.name) / "log"
        command = [
            str(shutil.which("prometheus")),
            f"--config.file={self.folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self._data.name}/data",
            "--storage.tsdb.retention.time=1h",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=warn",
        ]
        self._process = spawn(command, log)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/-/ready", timeout=2):
                    return self
            except (OSError, urllib.error.HTTPError):
                if self._process.poll() is not None:
                    break
            time.sleep(0.05)
        raise AssertionError(f"Prometheus did not start: {log.read_text()[-2000:]}")

    def ask(self, path: str, **parameters: str | float) -> dict | list:
        """Return the data of an answer of the HTTP API.

        Raises
        ------
        AssertionError
            With what Prometheus said, when it refuses.
        """
        words = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{words}", timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {parameters}: {error.read().decode()[:500]}") from None

    def query(self, expression: str) -> list[dict]:
        """Return the series of an instant query."""
        return self.ask("query", query=expression)["result"]

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        return {a["labels"]["alertname"] for a in self.ask("alerts")["alerts"] if a["state"] == "firing"}

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._data.cleanup()
