"""What a benchmark sees of a worker from outside: memory, CPU, and how often its partitions moved."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from tests.integration.installation import Worker


class Sample(Struct):
    """One look at a worker: seconds since the start, resident megabytes, CPU seconds."""

    at_s: float
    rss_mb: float
    cpu_s: float


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process in megabytes (10^6 bytes), from ``/proc/PID/statm``."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that all threads of a process have used, from ``/proc/PID/stat``."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sample(worker: Worker, at_s: float) -> Sample:
    """Return one look at a worker."""
    pid = worker.process.pid
    return Sample(at_s, rss_mb(pid), cpu_seconds(pid))


def assignments(worker: Worker, partitions: int) -> float:
    """Return how often each posts partition was assigned, from the worker's log: once means no rebalance."""
    text = worker.log.read_text()
    return text.count('"reading posts"') / partitions


def check_alive(worker: Worker) -> None:
    """End the benchmark with the worker's last words when the worker ended."""
    if worker.process.poll() is not None:
        raise SystemExit(f"the worker ended: {worker.log.read_text()[-9000:]}")
