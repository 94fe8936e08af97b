"""Hop one as an agent: posts are read, scored and packed; ticks tell hop two how far each partition is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from faust.types.tuples import TP
from msgspec import Struct

from agents.broker_clock import BrokerClock
from agents.contiguity import Contiguity, fresh_start
from agents.metrics import Metrics
from agents.post_figures import PostFigures
from agents.posts_partition import PostsPartition
from agents.sender import Outgoing, Sender
from agents.slab import Record, Slab, in_parts
from agents.transport import SlabConsumer
from agents.turns import Turns
from agents.wall_clock import monotonic
from detector.mention import offset_of, pack, split
from detector.reading import Reader, Reading, Refused

log = structlog.get_logger("siaga.score_posts")

TICK_S = 1.0
_PACE_S = 0.05
_FULL_SLAB = 500
_REJECTED_BYTES = 1_048_576
# What is read and held at once: a fetch of well compressed posts may be ten times what was asked for.
_PART_BYTES = 1_048_576


class ScorePostsSettings(Struct, frozen=True, kw_only=True):
    """What hop one needs to know; topics by their full names.

    `start` is where a partition begins that the group has never read. `quiet_s` is how long a partition must
    have been quiet before it is called idle: too short, and a slow source is overtaken by the others.
    """

    posts: str
    mentions: str
    rejected: str
    lateness_ms: int
    start: str = "earliest"
    quiet_s: float = 15.0


class ScorePosts:
    """Owns the posts partitions of this worker."""

    def __init__(
        self, app: Any, reader: Reader, sender: Sender, metrics: Metrics, settings: ScorePostsSettings
    ) -> None:
        self._app = app
        self._reader = reader
        self._sender = sender
        self._metrics = metrics
        self._figures = PostFigures(metrics)
        self._settings = settings
        self._clock = BrokerClock()
        self._owned: dict[int, PostsPartition] = {}
        self._contiguity = Contiguity(metrics)
        self._partitions = 0

    @property
    def _consumer(self) -> SlabConsumer:
        return self._app.consumer

    def forget(self) -> None:
        """Drop what is known of the partitions: they may be another worker's from now on."""
        self._owned.clear()
        self._contiguity.forget()

    async def handle(self, slab: Slab) -> None:
        """Read, score and send one slab; then let the next one come."""
        began = monotonic()
        owned = await self._own(slab.tp.partition)
        epoch = self._consumer.epoch
        if not self._clock.is_heard:
            # Posts are judged by Kafka's clock from the first one on: this machine's may be wrong.
            await self.tick()
        async with owned.lock:
            if not await self._contiguity.check(self._consumer, "posts", slab, owned.expected):
                return
        records = slab.since(owned.expected)
        for part in in_parts(records, _PART_BYTES):
            async with owned.lock:  # between two parts a tick may pass
                await self._score(owned, part, epoch)
        if records:
            lag = self._consumer.highwater(slab.tp) - slab.last - 1
            self._metrics.lag.labels(topic="posts", partition=str(slab.tp.partition)).set(max(lag, 0))
        pace_s = _PACE_S if len(records) < _FULL_SLAB else 0.0
        self._consumer.release_paced(slab, began + pace_s - monotonic())

    async def _score(self, owned: PostsPartition, part: Sequence[Record], epoch: int) -> None:
        began = monotonic()
        records = ((record.offset, record.value) for record in part)
        reading = await Turns().through(self._reader.reading(records, self._clock.now()))
        self._consumer.check_epoch(epoch)
        self._metrics.stage_seconds.labels(stage="score").observe(monotonic() - began)
        await self._write(owned, reading, part[-1].offset + 1)
        self._figures.count(part, reading, self._clock.now())

    async def _write(self, owned: PostsPartition, reading: Reading, expected: int) -> None:
        began, turns = monotonic(), Turns()
        owned.read_to(expected, reading.newest, began)
        outgoing = [self._rejected(owned.partition, refused) for refused in reading.refused]
        for home, mentions in sorted(reading.mentions.items()):
            for cover, part in split(owned.cover(home), mentions):
                outgoing.append(Outgoing(self._settings.mentions, pack(cover, part), partition=home))
                await turns.share()
        await self._sender.send(outgoing)
        owned.covered(reading.mentions, monotonic())
        self._mark(owned)
        self._metrics.stage_seconds.labels(stage="pack").observe(monotonic() - began)

    def _mark(self, owned: PostsPartition) -> None:
        self._consumer.mark(self._tp(owned.partition), offset_of(owned.covered_everywhere(self._partitions)))

    def _rejected(self, partition: int, refused: Refused) -> Outgoing:
        rejected = refused.rejected
        headers = [
            ("reason", rejected.reason.encode()),
            ("detail", rejected.detail.encode("utf-8", "replace")),
            ("source", f"{self._settings.posts}/{partition}/{refused.offset}/{rejected.index}".encode()),
        ]
        if len(rejected.data) > _REJECTED_BYTES:
            headers.append(("cut-from-bytes", str(len(rejected.data)).encode()))
        return Outgoing(self._settings.rejected, rejected.data[:_REJECTED_BYTES], headers=headers)

    async def tick(self) -> None:
        """Tell every mentions partition that was not written for a second how far this worker's posts are."""
        if self._app.rebalancing:
            return
        mine = sorted(tp.partition for tp in self._consumer.assignment() if tp.topic == self._settings.posts)
        owned = await asyncio.gather(*map(self._own, mine))
        quiet = [o for o in owned if monotonic() - o.spoke_at >= self._settings.quiet_s]
        # Asked anew for every tick: an old answer would call a partition idle that is not.
        ends = await self._consumer.end_offsets(self._tp(o.partition) for o in quiet) if quiet else {}
        for one in owned:
            async with one.lock:
                if self._owned.get(one.partition) is one:
                    end = ends.get(self._tp(one.partition))
                    await self._pass_hole(one, end)
                    await self._tick(one, end)

    async def _pass_hole(self, owned: PostsPartition, end: int | None) -> None:
        if end is not None and end > owned.expected:
            tp = self._tp(owned.partition)
            owned.expected = await self._contiguity.pass_hole(self._consumer, "posts", tp, owned.expected)

    async def _tick(self, owned: PostsPartition, end: int | None) -> None:
        now = monotonic()
        homes = [m for m in range(self._partitions) if now - owned.told_at.get(m, 0.0) >= TICK_S]
        if not homes:
            return
        idle = end == owned.expected and self._consumer.is_drained(self._tp(owned.partition), owned.expected)
        outgoing = [
            Outgoing(self._settings.mentions, pack(owned.cover(home, idle), ()), partition=home)
            for home in homes
        ]
        for timestamp in (await self._sender.send(outgoing))[-1:]:
            self._clock.hear(timestamp)
        owned.covered(homes, monotonic())
        self._mark(owned)

    async def _own(self, partition: int) -> PostsPartition:
        owned = self._owned.get(partition)
        if owned is None:
            tp, epoch = self._tp(partition), self._consumer.epoch
            self._partitions = await self._consumer.partition_count(self._settings.mentions)
            sources = await self._consumer.partition_count(self._settings.posts)
            begin = await fresh_start(self._consumer, tp, self._settings.start)
            self._consumer.check_epoch(epoch)
            # A tick and a slab may ask at once: the first answer counts.
            made = PostsPartition(partition, sources, begin, self._settings.lateness_ms, monotonic())
            owned = self._owned.setdefault(partition, made)
            if owned is made:
                self._consumer.reading_from(tp, begin.offset)
                self._consumer.mark(tp, begin.offset)
                log.info("reading posts", partition=partition, offset=begin.offset, new=begin.is_new)
        return owned

    def _tp(self, partition: int) -> TP:
        return TP(self._settings.posts, partition)
