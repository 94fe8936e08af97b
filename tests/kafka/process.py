"""Processes, ports and the readiness of test brokers."""

import base64
import contextlib
import ctypes
import random
import signal
import socket
import struct
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
# Whoever seeds Python's own must not make two test processes choose the same ports.
_RANDOM = random.SystemRandom()
_LIBC = ctypes.CDLL(None, use_errno=True)
# Linux ends a child when the *thread* that started it ends: all brokers are started by one that stays.
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kafka-spawner")


class BrokerFailed(Exception):
    """The broker did not start or did not answer; the message ends with its log."""


def spawn(command: list[str], log_path: Path) -> subprocess.Popen[bytes]:
    """Start a process that Linux ends when this one ends, however it ends."""

    def start() -> subprocess.Popen[bytes]:
        with log_path.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=log_path.parent,  # where Java leaves its crash reports
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which then stop the broker
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )

    return _SPAWNER.submit(start).result()


def _end_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def kafka_id() -> str:
    """Make up an id for a cluster or a folder."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):  # Kafka's own tools take that for an option
            return text


def free_port() -> int:
    """Find a port below the ephemeral ones.

    A client that keeps trying an ephemeral port while the broker is down can connect to itself and hold it.
    """
    ephemeral = int(_PORT_RANGE.read_text().split()[0]) if _PORT_RANGE.exists() else 32768
    for _ in range(1000):
        port = _RANDOM.randrange(max(1024, ephemeral - 20_000), ephemeral)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise BrokerFailed("no free port: got 1000 that are taken; end some programs")


def serves(port: int, cluster_id: str) -> bool:
    """Ask for the metadata of all topics: answered by the right cluster, and a broker has joined it."""
    request = struct.pack(">hhihi", 3, 2, 7, -1, -1)  # Metadata v2, correlation 7, no client id, all topics
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5) as connection:
            connection.settimeout(2.0)
            connection.sendall(struct.pack(">i", len(request)) + request)
            with connection.makefile("rb") as stream:
                answer = stream.read(struct.unpack(">i", stream.read(4))[0])
    except (OSError, struct.error):
        return False
    _, brokers = struct.unpack_from(">ii", answer)
    return brokers > 0 and cluster_id.encode() in answer
