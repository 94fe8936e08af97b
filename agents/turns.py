"""Long work in turns, so that the rest of the process is not held up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from agents.wall_clock import monotonic
from detector.steps import Steps

T = TypeVar("T")

# Far below every timeout of a connection, the shortest of which is a few seconds.
TURN_S = 0.05


class Turns:
    """Lets others have a turn when one's own has been long enough.

    A client of Kafka that is not let in to read the answers it got calls its requests timed out.

    Parameters
    ----------
    turn_s
        How long a turn may be, in seconds.
    on_turn
        Called after each turn.
    """

    def __init__(self, turn_s: float = TURN_S, on_turn: Callable[[], None] = lambda: None) -> None:
        self._turn_s = turn_s
        self._on_turn = on_turn
        self._since = monotonic()

    async def share(self) -> None:
        """Let the others have theirs, if this turn has been long enough."""
        if monotonic() - self._since >= self._turn_s:
            self._on_turn()
            await asyncio.sleep(0)
            self._since = monotonic()

    async def through(self, steps: Steps[T]) -> T:
        """Do all the steps of some work, sharing between them, and return what it comes to."""
        while True:
            try:
                next(steps)
            except StopIteration as end:
                result: T = end.value
                return result
            await self.share()
