"""Kafka in memory, and workers on it whose agents are the real ones: only Faust and the broker are played.

The player may deliver slabs of any size, skip records, deliver some again, let a worker die between any two
records that it sends, and let what such a worker had sent arrive later.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import NamedTuple

from faust.types.tuples import TP

from agents.detect_spikes import DetectSpikes, DetectSpikesSettings
from agents.metrics import Metrics, new_registry
from agents.score_posts import ScorePosts, ScorePostsSettings
from agents.sender import Outgoing
from agents.slab import Slab
from agents.transport import SupersededError
from detector.brand import Brand, BrandMatcher
from detector.clock import MINUTE_MS
from detector.reading import Reader
from detector.sentiment import Score
from detector.shard import Shard

POSTS, MENTIONS = 2, 2
LATENESS_MS = 2 * MINUTE_MS
START_MS = 29_000_000 * MINUTE_MS
METRICS = Metrics(new_registry(), reject_reasons=("*",), receivers=("*",))


class Crash(Exception):
    """The worker is dead from here on."""


class Record(NamedTuple):
    """What a consumer gets."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class MemoryKafka:
    """Topics, committed offsets, and a clock that only the test moves."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.logs: dict[TP, list[Record]] = defaultdict(list)
        self.committed: dict[TP, int] = {}
        self.in_flight: list[Outgoing] = []

    def append(self, topic: str, value: bytes | None, key: bytes | None = None, partition: int = 0) -> int:
        log = self.logs[TP(topic, partition)]
        log.append(Record(len(log), self.now_ms, key, value))
        return self.now_ms

    def state(self, partition: int) -> dict[str, bytes]:
        """Return what compaction leaves of the state of a mentions partition."""
        entries: dict[str, bytes] = {}
        for record in self.logs[TP("state", partition)]:
            if record.value is None:
                entries.pop(record.key.decode(), None)
            else:
                entries[record.key.decode()] = record.value
        return entries


class MemoryConsumer:
    """The part of `SlabConsumer` that agents use."""

    def __init__(self, kafka: MemoryKafka) -> None:
        self.epoch = 0
        self.marks: dict[TP, int] = {}
        self._kafka = kafka
        self._position: dict[TP, int] = {}
        self._fetched_to: dict[TP, int] = {}
        self._honest: set[TP] = set()

    def assign(self, tps: Iterable[TP]) -> None:
        self.epoch += 1
        self.marks, self._fetched_to, self._honest = {}, {}, set()
        self._position = {tp: self._kafka.committed.get(tp, 0) for tp in tps}

    def fetch(self, tp: TP, size: int, skip: int = 0, back: int = 0) -> Slab | None:
        """Return the next records; `skip` loses some before them, `back` delivers some again."""
        log = self._kafka.logs[tp]
        if tp in self._honest:  # what is missing right after a seek is gone for good
            skip = back = 0
            self._honest.remove(tp)
        at = max(self._position[tp] - back, 0) + skip
        records = log[at : at + size]
        if not records:
            return None
        self._position[tp] = self._fetched_to[tp] = records[-1].offset + 1
        return Slab(tp, records)

    def assignment(self) -> set[TP]:
        return set(self._position)

    def check_epoch(self, epoch: int) -> None:
        if epoch != self.epoch:
            raise SupersededError

    def reading_from(self, tp: TP, offset: int) -> None:
        pass

    def at_work(self, tp: TP) -> None:
        pass

    def mark(self, tp: TP, offset: int) -> None:
        self.marks[tp] = offset

    def release(self, slab: Slab) -> None:
        pass

    def release_paced(self, slab: Slab, left_s: float) -> None:
        pass

    def highwater(self, tp: TP) -> int:
        return len(self._kafka.logs[tp])

    def is_drained(self, tp: TP, position: int) -> bool:
        return self._fetched_to.get(tp, position) <= position

    async def committed_offset(self, tp: TP) -> int | None:
        return self._kafka.committed.get(tp)

    async def fetch_position(self, tp: TP) -> int:
        return self._position[tp]

    async def first_offset(self, tp: TP) -> int:
        return 0

    async def end_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        return {tp: len(self._kafka.logs[tp]) for tp in tps}

    async def partition_count(self, topic: str) -> int:
        return POSTS if topic == "posts" else MENTIONS

    async def go_back(self, tp: TP, offset: int) -> None:
        self._position[tp] = self._fetched_to[tp] = offset
        self._honest.add(tp)


class MemorySender:
    """Sends one record after another, and dies or loses some when told to.

    Attributes
    ----------
    fuse
        It dies before so many more records are sent.
    fatal
        It dies before it sends a record of this topic, or with this in its key.
    loses
        So many records get lost without its knowledge, as those of a worker that was cut off.
    """

    def __init__(self, kafka: MemoryKafka) -> None:
        self.fuse: int | None = None
        self.fatal: str | None = None
        self.loses = 0
        self._kafka = kafka

    async def send(self, records: Iterable[Outgoing]) -> list[int]:
        waiting = list(records)
        times = []
        while waiting:
            await asyncio.sleep(0)  # as in the service, others go on meanwhile
            if self.fuse == 0 or self._is_fatal(waiting[0]):
                self.fuse = 0
                self._kafka.in_flight += [one for one in waiting if one.topic == "mentions"]
                raise Crash
            if self.fuse is not None:
                self.fuse -= 1
            one = waiting.pop(0)
            if self.loses:
                self.loses -= 1
                times.append(self._kafka.now_ms)
            else:
                times.append(self._kafka.append(one.topic, one.value, one.key, one.partition or 0))
        return times

    def _is_fatal(self, one: Outgoing) -> bool:
        return self.fatal is not None and (one.topic == self.fatal or self.fatal.encode() in (one.key or b""))


class MemoryTable:
    """The part of `StateTable` that agents use."""

    def __init__(self, kafka: MemoryKafka) -> None:
        self._kafka = kafka
        self._entries: dict[int, dict[str, bytes]] = {}

    def recover(self) -> None:
        self._entries = {partition: self._kafka.state(partition) for partition in range(MENTIONS)}

    def entries(self, partition: int) -> dict[str, bytes]:
        return dict(self._entries[partition])

    def keep(self, partition: int, key: str, value: bytes | None) -> None:
        if value is None:
            self._entries[partition].pop(key, None)
        else:
            self._entries[partition][key] = value


class OneWord:
    """A scorer that knows one word."""

    name, version = "one_word", "1"

    def score(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        bad = "buruk" in text
        return Score("id", -0.8 * bad, -0.8 * bad, "negative" if bad else "neutral", 1.0)


class MemoryWorker:
    """Both hops of one worker. `parts` replaces the classes of the hops, to try what breaks them."""

    def __init__(
        self,
        kafka: MemoryKafka,
        brands: Sequence[str],
        new_shard: Callable[[int, int], Shard],
        scoring: type[ScorePosts] = ScorePosts,
        detecting: type[DetectSpikes] = DetectSpikes,
    ) -> None:
        self.kafka = kafka
        self.consumer = MemoryConsumer(kafka)
        self.sender = MemorySender(kafka)
        self._table = MemoryTable(kafka)
        app = SimpleNamespace(consumer=self.consumer, rebalancing=False)
        reader = Reader(BrandMatcher([Brand(key, key, (key,)) for key in brands]), OneWord(), MENTIONS)
        names = {"posts": "posts", "mentions": "mentions", "rejected": "rejected", "lateness_ms": LATENESS_MS}
        self.scoring = scoring(app, reader, self.sender, METRICS, ScorePostsSettings(**names))
        settings = DetectSpikesSettings(
            mentions="mentions",
            late="late",
            incidents="incidents",
            state_topic="state",
            incident_partitions=1,
            lateness_ms=LATENESS_MS,
        )
        self.detecting = detecting(app, self._table, new_shard, self.sender, METRICS, settings)

    def assign(self, tps: Iterable[TP]) -> None:
        """Revoke everything, then assign some partitions and restore their state."""
        self.consumer.assign(tps)
        self.scoring.forget()
        self.detecting.forget()
        self._table.recover()

    def commit(self) -> None:
        self.kafka.committed.update(self.consumer.marks)

    async def work(self, tp: TP, size: int = 1_000, skip: int = 0, back: int = 0) -> bool:
        """Handle one slab of a partition; tell whether there was any."""
        slab = self.consumer.fetch(tp, size, skip, back)
        if slab is not None:
            await (self.scoring if tp.topic == "posts" else self.detecting).handle(slab)
        return slab is not None

    async def tick(self) -> None:
        """Do what the clock makes the agents do."""
        await self.scoring.tick()
        await self.detecting.prepare()

    async def work_and_tick(self, tp: TP, size: int) -> bool:
        """Handle a slab while the clock strikes."""
        done = await asyncio.gather(self.work(tp, size), self.tick(), return_exceptions=True)
        for outcome in done:
            if isinstance(outcome, BaseException):
                raise outcome
        return done[0] is True
