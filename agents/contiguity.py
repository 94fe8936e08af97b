"""Every record once, in order, without holes - whatever Faust delivers after a rebalance."""

from __future__ import annotations

from typing import NamedTuple

import structlog
from faust.types.tuples import TP

from agents.ending import end_process
from agents.exit_codes import ExitCode
from agents.metrics import Metrics
from agents.slab import Slab
from agents.transport import SlabConsumer

log = structlog.get_logger("siaga.contiguity")


class Begin(NamedTuple):
    """Where to begin with a partition, and whether the group has never read it."""

    offset: int
    is_new: bool


async def fresh_start(consumer: SlabConsumer, tp: TP, start: str) -> Begin:
    """Return where to begin with a partition of `posts`.

    Parameters
    ----------
    consumer
        The running consumer.
    tp
        A partition that it has been assigned.
    start
        ``earliest`` or ``latest``: what to do when the group has no committed offset.
    """
    committed = await consumer.committed_offset(tp)
    end = (await consumer.end_offsets([tp]))[tp]
    if committed is None:
        return Begin(end if start == "latest" else await consumer.first_offset(tp), is_new=True)
    check_end(tp, committed, end)
    return Begin(committed, is_new=False)


def check_end(tp: TP, expected: int, end: int) -> None:
    """End the process when a partition is shorter than what was read of it."""
    if expected > end:
        end_process(
            ExitCode.CONFIG,
            f"{tp.topic}-{tp.partition} was recreated: got end offset {end}; expected at least {expected}, "
            "which was read before; start with a new app_id, or reset the group's offsets",
        )


class Contiguity:
    """Checks that slabs follow on one another, and repairs what can be repaired."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._sought: dict[TP, int] = {}
        self._passed: dict[TP, int] = {}

    def forget(self) -> None:
        """Begin anew after a rebalance: Faust may skip the same records once more."""
        self._sought.clear()
        self._passed.clear()

    async def pass_hole(self, consumer: SlabConsumer, topic: str, tp: TP, expected: int) -> int:
        """Return what comes next in a partition that is quiet though it is said to be longer.

        A transaction ends with a marker, which is an offset and no record: the last one would never be read.
        What the fetcher has passed is read again once; if nothing comes of it, it was nothing.
        """
        position = await consumer.fetch_position(tp)
        if position <= expected or not consumer.is_drained(tp, expected):
            return expected
        if self._sought.get(tp) != expected:
            self._sought[tp] = expected
            await consumer.go_back(tp, expected)
            return expected
        if self._passed.get(tp) != position:
            # What was fetched a moment ago may be on its way.
            self._passed[tp] = position
            return expected
        self._metrics.gaps.labels(topic=topic).inc(position - expected)
        consumer.reading_from(tp, position)
        return position

    async def check(self, consumer: SlabConsumer, topic: str, slab: Slab, expected: int) -> bool:
        """Tell whether a slab may be handled; if not, its partition is read again from `expected`.

        Parameters
        ----------
        consumer
            Where the slab came from.
        topic
            ``posts`` or ``mentions``, for the metrics.
        slab
            The slab; its records before `expected` are to be skipped.
        expected
            The offset that comes next.
        """
        if slab.first <= expected:
            return True
        first = await consumer.first_offset(slab.tp)
        if first <= expected and self._sought.get(slab.tp) != expected:
            # Skipped by the fetcher rather than gone, as far as is known: read it again, once.
            self._sought[slab.tp] = expected
            log.info("reading again", partition=str(slab.tp), offset=expected, found=slab.first)
            await consumer.go_back(slab.tp, expected)
            return False
        expired = max(min(first, slab.first) - expected, 0)
        gap = slab.first - expected - expired
        self._metrics.expired.labels(topic=topic).inc(expired)
        self._metrics.gaps.labels(topic=topic).inc(gap)
        if expired:
            log.error("records were deleted before they were read", partition=str(slab.tp), records=expired)
        return True
