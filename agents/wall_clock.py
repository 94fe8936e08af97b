"""The one reader of the machine's clocks; everybody else is told the time."""

from __future__ import annotations

import time

from detector.clock import Millis


def now_ms() -> Millis:
    """Return the wall clock in epoch milliseconds; for display and latency, never for event time."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """Return seconds on a clock that never goes back, for how long something took or may still take."""
    return time.monotonic()


def cpu_s() -> float:
    """Return seconds of processor time that this process has had."""
    return time.process_time()


def sleep(seconds: float) -> None:
    """Wait, for the commands that retry or limit their rate; an agent never calls it."""
    time.sleep(seconds)
