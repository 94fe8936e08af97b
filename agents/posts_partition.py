"""What hop one keeps of one posts partition while it owns it: nothing that must survive it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from agents.contiguity import Begin
from detector.clock import Millis
from detector.mention import Cover, Hole, position


class PostsPartition:
    """How far a posts partition was read, and how far each mentions partition was told.

    Parameters
    ----------
    partition, partitions
        Its number, and how many posts partitions there are.
    begin
        Where reading begins.
    lateness_ms
        Allowed lateness: the clock is the newest event time less this.
    now
        Monotonic seconds.
    """

    def __init__(self, partition: int, partitions: int, begin: Begin, lateness_ms: int, now: float) -> None:
        self.partition = partition
        self.partitions = partitions
        self.lock = asyncio.Lock()
        self.expected = begin.offset
        self.clock: Millis | None = None
        self.spoke_at = now
        self.told_at: dict[int, float] = {}
        self._lateness_ms = lateness_ms
        self._begin = position(begin.offset)
        self._told: dict[int, int] = {}
        # Without a commit nobody knows what was covered before: the range must be accepted as it comes.
        self._hole = Hole.GAP if begin.is_new else Hole.NONE

    def read_to(self, expected: int, newest: Millis | None, now: float) -> None:
        """Note that everything before an offset was read, and the newest event time in it."""
        self.expected = expected
        self.spoke_at = now
        if newest is not None:
            clock = newest - self._lateness_ms
            self.clock = clock if self.clock is None else max(self.clock, clock)

    def cover(self, home: int, idle: bool = False) -> Cover:
        """Return the cover from what a mentions partition was told last to what was read."""
        told = self._told.get(home)
        begin = self._begin if told is None else told
        hole = self._hole if told is None else Hole.NONE
        return Cover(self.partition, self.partitions, begin, position(self.expected), self.clock, idle, hole)

    def covered(self, homes: Iterable[int], now: float) -> None:
        """Note that some mentions partitions have been told, durably, what was read."""
        for home in homes:
            self._told[home] = position(self.expected)
            self.told_at[home] = now

    def covered_everywhere(self, homes: int) -> int:
        """Return the position up to which all of so many mentions partitions have been told."""
        return min((self._told.get(home, self._begin) for home in range(homes)), default=self._begin)
