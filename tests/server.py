"""A program for tests that serves HTTP on a port of its own and says when it is ready, as Prometheus's do."""

import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Self

from tests.kafka.process import free_port, spawn


class Server:
    """One instance; it can be stopped and started again, with its memory on disk.

    A subclass names its `program`, and gives the `arguments` for its port and its folder.
    """

    program: str

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=f"{self.program}-")
        self.folder = Path(self._folder.name)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def arguments(self) -> list[str]:
        """Return what the program is started with."""
        raise NotImplementedError

    def start(self) -> Self:
        """Start it, and wait until it is ready."""
        log = self.folder / "log"
        self._process = spawn([str(shutil.which(self.program)), *self.arguments()], log)
        deadline = time.monotonic() + 60
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/-/ready", timeout=2):
                    return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"{self.program} did not start: {log.read_text()[-2000:]}")

    def stop(self) -> None:
        """Let it end in its own way."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def close(self) -> None:
        """Stop it, and forget what it kept."""
        self.stop()
        self._folder.cleanup()


def missing(package: str, *programs: str) -> list[str]:
    """Return the package to be installed when one of its programs is not there."""
    return [] if all(map(shutil.which, programs)) else [package]
