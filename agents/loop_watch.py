"""Says when the event loop was held: nothing had its turn, and Kafka's answers lay unread.

A request whose answer lies unread for most of a session counts as timed out, which ends the worker with 70:
the line before says that Kafka was not to blame.
"""

from __future__ import annotations

import structlog

from agents.wall_clock import cpu_s, monotonic

log = structlog.get_logger("siaga.loop_watch")

LOOK_S = 0.25
# Far longer than any step should be, and shorter than what a session endures.
HELD_S = 1.0


class LoopWatch:
    """Compares when it looks with when it should have."""

    def __init__(self) -> None:
        self._due: float | None = None
        self._spent_s = 0.0

    async def look(self) -> float:
        """Look once, to be called every `LOOK_S` seconds; return for how many seconds the loop was held."""
        now = monotonic()
        held_s = 0.0 if self._due is None else max(now - self._due, 0.0)
        before, self._spent_s = self._spent_s, cpu_s()
        self._due = now + LOOK_S
        if held_s >= HELD_S:
            # All threads together: where it is far less than the time, none of them had a processor.
            log.warning(
                "the event loop was held",
                seconds=round(held_s, 2), cpu_seconds=round(self._spent_s - before, 2),
                means="with as many cpu_seconds: one step of the work took so long; with few: the process "
                "was frozen, or the machine had no processor for it",
            )  # fmt: skip
        return held_s
