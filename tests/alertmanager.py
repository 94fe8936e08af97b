"""A real Prometheus Alertmanager for tests: Debian's package, on ports of its own, without gossip."""

import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.kafka.process import free_port, spawn

PACKAGE = "prometheus-alertmanager"


def missing_packages() -> list[str]:
    """Return what has to be installed first."""
    found = shutil.which("prometheus-alertmanager") and shutil.which("amtool")
    return [] if found else [PACKAGE]


class Alertmanager:
    """One instance with a configuration; it can be stopped and started again, with its memory on disk."""

    def __init__(self, config: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="alertmanager-")
        self.folder = Path(self._folder.name)
        (self.folder / "alertmanager.yml").write_text(config)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Alertmanager":
        command = [
            str(shutil.which("prometheus-alertmanager")),
            f"--config.file={self.folder / 'alertmanager.yml'}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
        self._process = spawn(command, self.folder / "log")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/-/ready", timeout=2):
                    return self
            except (OSError, urllib.error.HTTPError):
                if self._process.poll() is not None:
                    break
            time.sleep(0.05)
        raise AssertionError(f"Alertmanager did not start: {(self.folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def close(self) -> None:
        self.stop()
        self._folder.cleanup()
