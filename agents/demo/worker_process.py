"""A real `siaga worker`, as its own process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from agents.errors import CommandError
from agents.wall_clock import monotonic, sleep

_READY_S, _STOP_S = 60.0, 15.0
_TOLD_LINES = 5


def free_port() -> int:
    """Return a TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WorkerProcess:
    """Starts with the object, and ends with `stop`; its log goes to a file.

    Parameters
    ----------
    folder
        Its configuration.
    port
        Where its probes listen.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.log = folder / "worker.log"
        self.page = f"http://127.0.0.1:{port}"
        with self.log.open("wb") as log:
            # In a session of its own: Ctrl-C is for the demonstration, which then ends the worker in order.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "agents.command_line", "worker", "--config", str(folder)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={k: v for k, v in os.environ.items() if not k.startswith("SIAGA_")},
            )  # fmt: skip

    def wait_until_ready(self) -> float:
        """Wait until it reads posts; return the seconds that took."""
        begun = monotonic()
        while monotonic() < begun + _READY_S:
            self.check()
            try:
                with urllib.request.urlopen(f"{self.page}/readyz", timeout=2):
                    return monotonic() - begun
            except (urllib.error.URLError, OSError):
                sleep(0.05)
        raise CommandError(f"the worker is not ready after {_READY_S:g}s; look into its log: {self._last()}")

    def check(self) -> None:
        """Raise when it has ended."""
        code = self._process.poll()
        if code is not None:
            raise CommandError(f"the worker ended with {code}; the end of its log: {self._last()}")

    def samples(self) -> dict[str, float]:
        """Return its metrics by name with labels, such as ``siaga_posts_total{outcome="matched"}``."""
        with urllib.request.urlopen(f"{self.page}/metrics", timeout=5) as page:
            lines = page.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _last(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return " | ".join(lines[-_TOLD_LINES:])
