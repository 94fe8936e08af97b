"""Faust's Kafka transport, changed so that agents get slabs and decide what is committed.

Stock Faust spends 40 to 90 microseconds on each record and may skip records at a rebalance. This transport
hands an agent one message for all records fetched of a partition, one at a time, and commits only what
the agent has marked. It rests on private parts of Faust, hence on one exact version.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from importlib.metadata import version
from typing import Any, NamedTuple, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage

from agents.bare_records import leave_bare
from agents.lease import Lease
from agents.slab import Slab
from agents.wall_clock import monotonic

T = TypeVar("T")

FAUST = "0.15.3"
# With a slab in flight the other partitions are asked again soon, lest its release waits for them.
_SHORT_POLL_S = 0.01
# Soon enough after the end of a rebalance, which nothing announces.
_REBALANCING_POLL_S = 0.1
# How long the broker may hold a fetch that finds nothing: questions on that connection wait behind it.
_FETCH_WAIT_MS = 200


class Progress(NamedTuple):
    """How far a partition is: the offset that is handled next, what may be committed, and what is.

    `turns` counts those of the slab in hand: one that closes days of minutes may take minutes.
    """

    handled: int
    mark: int | None
    committed: int | None
    turns: int = 0


class WrongFaustError(RuntimeError):
    """Another version of Faust is installed than the transport was written for."""


class SupersededError(Exception):
    """A rebalance came while something was asked of Kafka; the answer is of no use any more."""


def check_faust(found: str | None = None) -> None:
    """Refuse to run on another version of Faust.

    Raises
    ------
    WrongFaustError
        When faust-streaming is not the version whose private parts the transport uses.
    """
    found = found or version("faust-streaming")
    if found != FAUST:
        raise WrongFaustError(
            f"wrong faust-streaming: got {found}; expected {FAUST}; "
            f"run `pip install faust-streaming=={FAUST}`"
        )


class _Thread(driver.AIOKafkaConsumerThread):
    """The thread in which aiokafka runs; its heartbeats renew the lease."""

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = _FETCH_WAIT_MS
        # Posts of a transaction that was aborted were never said. Siaga's own topics have no transactions.
        consumer._isolation_level = "read_committed"
        return consumer

    async def on_start(self) -> None:
        await super().on_start()
        leave_bare(self._ensure_consumer(), self.transport.slab_topics)
        coordinator = self._ensure_consumer()._coordinator
        beat, lease = coordinator._do_heartbeat, self.transport.lease

        async def renewing() -> bool:
            sent = monotonic()
            alive: bool = await beat()
            if alive:
                lease.renew(sent)
            return alive

        coordinator._do_heartbeat = renewing

    async def ask(self, question: Callable[[AIOKafkaConsumer], Awaitable[T]]) -> T:
        # Not by Faust's own queue of calls: there a question waits up to a second for a fetch to end.
        consumer = self._ensure_consumer()
        asked = asyncio.run_coroutine_threadsafe(_awaited(question(consumer)), self.thread_loop)
        return await asyncio.wrap_future(asked)


async def _awaited(question: Awaitable[T]) -> T:
    return await question


class SlabConsumer(driver.Consumer):
    """Delivers slabs of chosen topics, one in flight per partition, and commits marks only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slab_topics: frozenset[str] = self.transport.slab_topics
        self._marks: dict[TP, int] = {}
        self._in_flight: dict[TP, Slab] = {}
        self._fetched_to: dict[TP, int] = {}
        self._handled: dict[TP, int] = {}
        self._confirmed: dict[TP, int] = {}
        self._turns: Counter[TP] = Counter()
        self._released = asyncio.Event()
        self.epoch = 0

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        self.not_waiting_next_records.clear()
        try:
            return await self._fetch(active_partitions or set(), timeout)
        finally:
            self.not_waiting_next_records.set()

    async def _fetch(self, active: set[TP], timeout: float) -> Any:
        if self.app.rebalancing:
            # What is fetched before recovery has sought the committed offsets is thrown away by Faust, which
            # empties its queues at the end: a slab among it would be in flight for ever.
            active, timeout = {tp for tp in active if tp.topic not in self.slab_topics}, _REBALANCING_POLL_S
        asked = active - self._in_flight.keys()
        if not asked:
            self._released.clear()
            try:
                await asyncio.wait_for(self._released.wait(), timeout)
            except TimeoutError:
                return {}
            asked = active - self._in_flight.keys()
        patience = timeout if len(asked) == len(active) else _SHORT_POLL_S
        found = await self._thread.getmany(asked, patience)
        return {tp: self._pack(tp, records) for tp, records in found.items()}

    def _pack(self, tp: TP, records: list[Any]) -> list[Any]:
        if tp.topic not in self.slab_topics or not records:
            return records
        # From here on the partition is not idle, though the slab may have to wait for its turn.
        self._fetched_to[tp] = records[-1].offset + 1
        return [Slab(tp, records)]

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        if not isinstance(record, Slab):
            return super()._to_message(tp, record)
        self._in_flight[tp] = record
        # Faust compares with the offset it read last: one less than this one leaves it no gap to note.
        self._read_offset[tp] = record.last - 1 if record.last else None
        return ConsumerMessage(
            tp.topic, tp.partition, record.last, record.timestamp / 1000, 0, [], None, record, None, 0, 0, tp,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    def release(self, slab: Slab) -> None:
        """Let the next slab of a partition come; a slab from before a rebalance releases nothing."""
        if self._in_flight.get(slab.tp) is slab:
            self._handled[slab.tp] = slab.last + 1
            self._let_next_come(slab.tp)

    def _let_next_come(self, tp: TP) -> None:
        self._in_flight.pop(tp, None)
        self._released.set()

    def release_paced(self, slab: Slab, left_s: float) -> None:
        """Release a slab after so many seconds; at once when there are none left.

        Small slabs are paced: packing few records at a time costs more than the wait saves.
        """
        if left_s > 0:
            asyncio.get_running_loop().call_later(left_s, self.release, slab)
        else:
            self.release(slab)

    def check_epoch(self, epoch: int) -> None:
        """Raise when partitions were revoked or assigned since `epoch` was read."""
        if self.epoch != epoch:
            raise SupersededError

    def reading_from(self, tp: TP, offset: int) -> None:
        """Note that everything before an offset is handled, by this worker or by others before it."""
        self._handled[tp] = offset

    def at_work(self, tp: TP) -> None:
        """Note that the slab of a partition is being worked on."""
        self._turns[tp] += 1

    def progress(self) -> dict[TP, Progress]:
        """Return how far the partitions are of which this worker knows where it reads."""
        return {
            tp: Progress(handled, self._marks.get(tp), self._confirmed.get(tp), self._turns[tp])
            for tp, handled in self._handled.items()
        }

    def mark(self, tp: TP, offset: int) -> None:
        """Let an offset be committed: everything before it is done with."""
        self._marks[tp] = max(offset, self._marks.get(tp, 0))
        self._acked[tp]  # a commit visits only partitions that have a key here

    def _new_offset(self, tp: TP) -> int | None:
        if tp.topic not in self.slab_topics:
            return super()._new_offset(tp)
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        return self._marks.get(tp)

    def _should_commit(self, tp: TP, offset: int) -> bool:
        if tp.topic not in self.slab_topics:
            return super()._should_commit(tp, offset)
        # Faust takes a commit that failed for done: it would be repeated when the mark moves, not before.
        return offset > self._confirmed.get(tp, -1)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        done = await super()._commit(offsets)
        if done:
            self._confirmed.update(offsets)
        return done

    async def go_back(self, tp: TP, offset: int) -> None:
        """Read a partition from an offset again, in place of the slab that is in flight."""

        async def seek(consumer: AIOKafkaConsumer) -> None:
            consumer.seek(_plain(tp), offset)

        epoch = self.epoch
        await self._thread.ask(seek)
        self.check_epoch(epoch)
        self._fetched_to[tp] = self._handled[tp] = offset
        self._let_next_come(tp)

    def is_drained(self, tp: TP, position: int) -> bool:
        """Tell whether everything that was fetched of a partition has been handled up to a position."""
        return tp not in self._in_flight and self._fetched_to.get(tp, position) <= position

    async def committed_offset(self, tp: TP) -> int | None:
        """Return the group's committed offset as the broker has it; None where there is none."""
        return await self._thread.ask(lambda consumer: consumer.committed(_plain(tp)))

    async def fetch_position(self, tp: TP) -> int:
        """Return the offset that is fetched next; it may be beyond offsets that are no records."""
        return await self._thread.ask(lambda consumer: consumer.position(_plain(tp)))

    async def first_offset(self, tp: TP) -> int:
        """Return the offset of the oldest record that the broker still has."""
        found = await self._thread.ask(lambda consumer: consumer.beginning_offsets([_plain(tp)]))
        return found[_plain(tp)]

    async def end_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        """Return the offset that the next record of each partition will get."""
        plain = [_plain(tp) for tp in tps]
        found = await self._thread.ask(lambda consumer: consumer.end_offsets(plain))
        return {TP(tp.topic, tp.partition): offset for tp, offset in found.items()}

    async def partition_count(self, topic: str) -> int:
        """Return how many partitions a topic has."""

        async def count(consumer: AIOKafkaConsumer) -> int:
            while not (known := consumer.partitions_for_topic(topic)):
                await consumer._client.force_metadata_update()
            return len(known)

        return await self._thread.ask(count)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Wait for the slabs that run, commit, then forget everything about the partitions."""
        await super().on_partitions_revoked(revoked)
        self._forget()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Begin anew with the assigned partitions."""
        # A fetch that began before would move positions on after recovery has sought them.
        await self.wait_for_stopped_flow()
        self._forget()
        self.transport.lease.renew(monotonic())
        await super().on_partitions_assigned(assigned, generation_id)

    def _forget(self) -> None:
        self.epoch += 1
        self._marks.clear()
        self._in_flight.clear()
        self._fetched_to.clear()
        self._handled.clear()
        self._confirmed.clear()
        self._turns.clear()
        self._released.set()
        for forget in self.transport.on_lost:
            forget()


def _plain(tp: Any) -> TopicPartition:
    return TopicPartition(tp.topic, tp.partition)


class SlabTransport(driver.Transport):
    """Faust's transport with a consumer that delivers slabs of `slab_topics`."""

    Consumer = SlabConsumer
    slab_topics: frozenset[str] = frozenset()
    lease: Lease

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_lost: list[Callable[[], None]] = []


def install(app: Any, slab_topics: Iterable[str], session_s: float) -> SlabTransport:
    """Make a Faust app deliver slabs of some topics, and return the transport.

    Parameters
    ----------
    app
        A Faust app that is not started.
    slab_topics
        Names of the topics whose agents take slabs.
    session_s
        The session timeout of its consumer group, in seconds.
    """
    check_faust()
    transport = SlabTransport(app.conf.broker_consumer, app)
    transport.slab_topics = frozenset(slab_topics)
    transport.lease = Lease(session_s)
    app.transport = transport
    return transport
