"""Notices a worker that is stuck though Kafka answers, and ends it: a restart is likely to help.

Kafka itself notices a worker that is gone, not one whose heartbeats go on while its work stands still.
Two things are looked at: whether what may be committed is committed, and whether what is there is read.
Waiting for Kafka, moving partitions, restoring state and catching up are not being stuck.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from faust.types.tuples import TP
from msgspec import Struct

from agents.ending import end_process
from agents.exit_codes import ExitCode
from agents.lease import Lease
from agents.transport import Progress, SlabConsumer, SupersededError
from agents.wall_clock import monotonic

LOOK_S = 5.0
# Commits are made twice a second; a rebalance that interrupts them starts the measuring anew.
COMMIT_S = 30.0
# Work on a slab that goes on counts as moving, however long it takes; this is for what stands still.
STILL_S = 60.0
# An agent takes the slabs of its partitions in turn: with many of them one may wait for long.
ONE_STILL_S = 300.0
SHORTER_S = 2 * LOOK_S
# Looks further apart were not looks: the process was frozen, or busy with one slab.
_BLIND_S = 3 * LOOK_S
_ANSWER_S = 5.0


class Cause(StrEnum):
    """Why a worker is ended, or that there is no reason to."""

    NONE = "none"
    COMMITS_BEHIND = "commits behind"
    TOPIC_STILL = "topic still"
    PARTITION_STILL = "partition still"
    SHORTER = "shorter"

    @property
    def sentence(self) -> str:
        """One sentence for people."""
        return _SENTENCES[self]


_SENTENCES = {
    Cause.NONE: "Nothing is stuck.",
    Cause.COMMITS_BEHIND: "What is done is not committed.",
    Cause.TOPIC_STILL: "Records wait, and nothing of their topic is read.",
    Cause.PARTITION_STILL: "Records of one partition wait while others are read.",
    Cause.SHORTER: "A partition ends before what was read of it: its topic was recreated.",
}
_CURES = {
    Cause.SHORTER: "start with a new app_id, or reset the group's offsets",
}


class Sight(Struct, frozen=True):
    """What is seen of a partition: how far it is, and the offset that its next record will get."""

    progress: Progress
    end: int

    @property
    def lags(self) -> bool:
        """Whether records wait."""
        return self.end > self.progress.handled


class Owed(Struct, frozen=True):
    """An offset that was ready to be committed at a time, and was not."""

    offset: int
    since: float


class Watched(Struct, frozen=True):
    """What is remembered of a partition.

    `moved_at` is when its handled offset, or the work on its slab (`turns`), was seen to go on,
    `waits_since` since when records wait without that, `shorter_since` since when it ends before that offset.
    """

    handled: int
    moved_at: float
    waits_since: float | None
    shorter_since: float | None
    owed: Owed | None
    turns: int = 0


class Memory(Struct, frozen=True):
    """All that is remembered between two looks; times in monotonic seconds.

    `epoch` counts the rebalances: what was seen before one says nothing about the partitions after it.
    """

    at: float
    epoch: int
    partitions: dict[TP, Watched]


class Verdict(Struct, frozen=True):
    """A judgement with what it rests on; `for_s` is how long it has been so."""

    cause: Cause
    tp: TP | None = None
    for_s: float = 0.0
    seen: Sight | None = None

    def __str__(self) -> str:
        if self.tp is None or self.seen is None:
            return self.cause.sentence
        handled, mark, committed, _ = self.seen.progress
        return (
            f"{self.cause.sentence} Got {self.tp.topic}-{self.tp.partition} for {self.for_s:.0f} s at "
            f"handled {handled}, mark {mark}, committed {committed}, end {self.seen.end}; "
            + _CURES.get(self.cause, "a restart reads again what is not committed")
        )

    @property
    def exit_code(self) -> ExitCode:
        """How the process ends: a restart helps against most, but what Kafka lost does not come back."""
        return ExitCode.CONFIG if self.cause is Cause.SHORTER else ExitCode.TEMPORARY


_FINE = Verdict(Cause.NONE)


def judge(
    before: Memory | None, at: float, seen: Mapping[TP, Sight] | None, epoch: int = 0
) -> tuple[Memory | None, Verdict]:
    """Judge whether a worker is stuck.

    Parameters
    ----------
    before
        What the last call returned; None at the first.
    at
        Monotonic seconds.
    seen
        The partitions that this worker reads; None while nothing can be said: Kafka does not answer,
        partitions move, state is being restored.
    epoch
        Changes whenever partitions are revoked or assigned, also between two looks.

    Returns
    -------
    tuple
        What to remember, and the verdict.
    """
    if seen is None:
        return None, _FINE
    is_same = before is not None and before.epoch == epoch and at - before.at <= _BLIND_S
    known = before.partitions if before is not None and is_same else {}
    now = Memory(at, epoch, {tp: _watch(known.get(tp), at, one) for tp, one in seen.items()})
    for tp, watched in sorted(now.partitions.items()):
        # Seen again and again: a new leader may not know the end at once.
        if watched.shorter_since is not None and at - watched.shorter_since >= SHORTER_S:
            return now, Verdict(Cause.SHORTER, tp, at - watched.shorter_since, seen[tp])
    for tp, watched in sorted(now.partitions.items()):
        if watched.owed is not None and at - watched.owed.since >= COMMIT_S:
            return now, Verdict(Cause.COMMITS_BEHIND, tp, at - watched.owed.since, seen[tp])
    for tp, watched in sorted(now.partitions.items()):
        waits_s = 0.0 if watched.waits_since is None else at - watched.waits_since
        topic_moved_at = max(w.moved_at for t, w in now.partitions.items() if t.topic == tp.topic)
        if waits_s >= STILL_S and at - topic_moved_at >= STILL_S:
            return now, Verdict(Cause.TOPIC_STILL, tp, waits_s, seen[tp])
        if waits_s >= ONE_STILL_S:
            return now, Verdict(Cause.PARTITION_STILL, tp, waits_s, seen[tp])
    return now, _FINE


def _watch(before: Watched | None, at: float, seen: Sight) -> Watched:
    handled, mark, committed, turns = seen.progress
    moved = before is None or (before.handled, before.turns) != (handled, turns)
    moved_at = at if before is None or moved else before.moved_at
    waits_since = None
    if seen.lags:
        waits_since = at if before is None or moved or before.waits_since is None else before.waits_since
    shorter_since = None
    if seen.end < handled:
        shorter_since = at if before is None or before.shorter_since is None else before.shorter_since
    done = -1 if committed is None else committed
    owed = before.owed if before is not None and before.owed is not None else None
    if owed is None or done >= owed.offset:
        # What crawls is stuck as well: what was ready at a moment must be committed in time, not just some.
        owed = Owed(mark, at) if mark is not None and done < mark else None
    return Watched(handled, moved_at, waits_since, shorter_since, owed, turns)


def standstill_s(memory: Memory | None, topic: str) -> float:
    """Return for how long records of a topic have waited without any of it being handled, in seconds."""
    if memory is None:
        return 0.0
    mine = [watched for tp, watched in memory.partitions.items() if tp.topic == topic]
    waits = [memory.at - watched.waits_since for watched in mine if watched.waits_since is not None]
    if not waits:
        return 0.0
    return min(max(waits), memory.at - max(watched.moved_at for watched in mine))


class Watchdog:
    """Looks at the running consumer, and ends the process when it is stuck.

    Parameters
    ----------
    app
        The Faust app.
    lease
        Held while Kafka answers heartbeats.
    is_ready
        Whether partitions are assigned and their state is restored.
    show
        Called after each look, with what was seen (None: nothing can be said) and what is remembered.
    """

    def __init__(
        self,
        app: Any,
        lease: Lease,
        is_ready: Callable[[], bool],
        show: Callable[[Mapping[TP, Sight] | None, Memory | None], None],
    ) -> None:
        self._app = app
        self._lease = lease
        self._is_ready = is_ready
        self._show = show
        self._memory: Memory | None = None

    @property
    def _consumer(self) -> SlabConsumer:
        return self._app.consumer

    async def look(self) -> None:
        """Look once."""
        seen, epoch = await self._see(), self._consumer.epoch
        self._memory, verdict = judge(self._memory, monotonic(), seen, epoch)
        self._show(seen, self._memory)
        if verdict.cause is not Cause.NONE:
            end_process(verdict.exit_code, str(verdict))

    async def _see(self) -> dict[TP, Sight] | None:
        if not self._is_ready() or not self._lease.is_held:
            return None
        consumer, epoch = self._consumer, self._consumer.epoch
        progress = consumer.progress()
        try:
            # Kafka is asked, not the fetcher: the fetcher may be what is stuck.
            ends = await asyncio.wait_for(consumer.end_offsets(progress), _ANSWER_S)
            consumer.check_epoch(epoch)
        except (SupersededError, OSError, TimeoutError, RuntimeError):
            return None
        return {tp: Sight(progress[tp], end) for tp, end in ends.items()}
