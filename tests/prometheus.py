"""A real Prometheus for tests, and its promtool: Debian's package, on ports of its own."""

import json
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from tests.server import Server, missing


def missing_packages() -> list[str]:
    """Return what has to be installed first."""
    return missing("prometheus", "prometheus", "promtool")


def promtool(*words: str | Path, stdin: bytes | None = None) -> subprocess.CompletedProcess:
    """Run promtool; its messages are in `stdout`."""
    command = [str(shutil.which("promtool")), *map(str, words)]
    return subprocess.run(
        command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60
    )


class Prometheus(Server):
    """One instance for a folder that holds its `prometheus.yml` and what that names."""

    program = "prometheus"

    def __init__(self, config: Path) -> None:
        super().__init__()
        self._config = config

    def arguments(self) -> list[str]:
        return [
            f"--config.file={self._config / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            "--storage.tsdb.retention.time=1h",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=warn",
        ]

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
