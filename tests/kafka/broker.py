"""One real Kafka broker (KRaft) on this machine, for tests and benchmarks.

>>> from tests.kafka.broker import Broker
>>> with Broker() as broker:                                                # doctest: +SKIP
...     KafkaProducer(bootstrap_servers=broker.bootstrap)
"""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.kafka.distribution import Distribution, default_version, prepare, write_settings
from tests.kafka.process import BrokerFailed, free_port, kafka_id, serves, spawn

_POLL_S = 0.03


class Broker:
    """One Kafka broker with its own data, ports and log; it ends when this process does, for whatever reason.

    Parameters
    ----------
    version
        Kafka release, such as ``3.9.1``; default: the environment's ``KAFKA_VERSION``, else 4.3.1.
    settings
        Lines of `server.properties` that differ from the ones below.
    java_options
        More options for Java; a benchmark may want ``("-Xmx1g", "-XX:TieredStopAtLevel=4")``.
    node_id
        Its number in its cluster.

    Attributes
    ----------
    bootstrap : str
        ``host:port`` for clients. It stays the same over `stop`, `kill` and `start`.
    log_path : pathlib.Path
        What the broker says; all starts append to it.
    """

    def __init__(
        self,
        version: str | None = None,
        *,
        settings: Mapping[str, object] | None = None,
        java_options: Sequence[str] = (),
        node_id: int = 1,
    ) -> None:
        self.node_id = node_id
        self.version = version or default_version()
        self.settings = dict(settings or {})
        self.java_options = tuple(java_options)
        self.distribution = Distribution(self.version)
        self.cluster_id = kafka_id()
        self.folder = Path(tempfile.mkdtemp(prefix="siaga-kafka-"))
        self.log_path = self.folder / "server.log"
        self.log_path.touch()
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: tuple[int, int] | None = None
        atexit.register(self.close)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(keep_log=kind is not None)

    @property
    def bootstrap(self) -> str:
        """Where clients connect."""
        if self._ports is None:
            raise BrokerFailed("the broker has no port yet: start it first")
        return f"127.0.0.1:{self._ports[0]}"

    @property
    def running(self) -> bool:
        """Whether the process lives, paused or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the running broker."""
        if self._process is None or not self.running:
            raise BrokerFailed("the broker does not run: start it first")
        return self._process.pid

    def take_ports(self, port: int, controller_port: int) -> None:
        """Use these ports, before the first start: the brokers of a cluster must know one another's."""
        self._format(port, controller_port)

    def start(self, timeout_s: float = 180.0) -> float:
        """Start on the same data and ports as before, and wait until clients are served.

        Returns
        -------
        float
            Seconds until the broker answered; without those for fetching the jars the first time.
        """
        if self.running:
            raise BrokerFailed("the broker runs already: stop or kill it first")
        prepare(self.distribution)
        begun = time.monotonic()
        if self._ports is not None:
            self._launch(timeout_s)
            return time.monotonic() - begun
        for attempts_left in (2, 1, 0):
            self._format()
            try:
                self._launch(timeout_s)
                break
            except BrokerFailed:
                # Another program took the port between our look and Kafka's; what it says of it is far from
                # the end of its log.
                if not attempts_left or "in use" not in self.log_path.read_text(errors="replace"):
                    raise
        return time.monotonic() - begun

    def stop(self, timeout_s: float = 15.0) -> None:
        """Shut down in good order (SIGTERM), by force after the timeout."""
        if not self.running:
            return
        self._send(signal.SIGCONT)
        self._send(signal.SIGTERM)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Crash (SIGKILL): nothing is flushed, nobody is told."""
        if self.running:
            self._send(signal.SIGKILL)
            self._process.wait()

    def pause(self) -> None:
        """Freeze (SIGSTOP): connections stay open and nothing answers."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `pause` (SIGCONT)."""
        self._send(signal.SIGCONT)

    def close(self, *, keep_log: bool = False) -> None:
        """End the process and remove the data; the log stays if asked for."""
        atexit.unregister(self.close)
        self.kill()
        if keep_log:
            shutil.rmtree(self.folder / "data", ignore_errors=True)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _format(self, *ports: int) -> None:
        data = self.folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        self._ports = ports or (free_port(), free_port())
        write_settings(self.folder / "server.properties", *self._ports, data, self.settings)
        # What `kafka-storage format` writes, without its half second: an identity and the feature levels.
        (data / "meta.properties").write_text(
            f"version=1\ncluster.id={self.cluster_id}\nnode.id={self.node_id}\ndirectory.id={kafka_id()}\n"
        )
        shutil.copy(self.distribution.checkpoint, data / "bootstrap.checkpoint")

    def _launch(self, timeout_s: float) -> None:
        options = (f"-XX:SharedArchiveFile={self.distribution.archive}", *self.java_options)
        command = self.distribution.command(
            "kafka.Kafka", str(self.folder / "server.properties"), options=options
        )
        self._process = spawn(command, self.log_path)
        try:
            self._wait_until_served(timeout_s)
        except BaseException:
            self.kill()
            raise

    def _wait_until_served(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not serves(self._ports[0], self.cluster_id):
            if not self.running:
                raise BrokerFailed(
                    f"Kafka {self.version} ended with {self._process.returncode}: {self._tail()}"
                )
            if time.monotonic() > deadline:
                raise BrokerFailed(f"Kafka {self.version} did not answer in {timeout_s} s: {self._tail()}")
            time.sleep(_POLL_S)

    def _send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def _tail(self) -> str:
        said = self.log_path.read_text(errors="replace")
        wrong = [line[:500] for line in said.splitlines() if " ERROR " in line or "Exception" in line]
        return "\n".join([str(self.log_path), *wrong[-10:], said[-3000:]])
