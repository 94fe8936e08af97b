"""Hop two as an agent: mentions become incidents, and the state of closed minutes is kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import structlog
from faust.types.tuples import TP
from msgspec import Struct

from agents.contiguity import Contiguity, check_end
from agents.ending import end_process
from agents.exit_codes import ExitCode
from agents.garbage import leave_alone, paused
from agents.incident_event import headers_of
from agents.mention_figures import MentionFigures
from agents.metrics import Metrics
from agents.sender import Outgoing, Sender
from agents.slab import Slab
from agents.state_table import StateTable
from agents.transport import SlabConsumer
from agents.turns import Turns
from agents.wall_clock import monotonic, now_ms
from detector.catching_up import behind_ms, is_catching_up
from detector.checkpoint import Writes
from detector.codec import CodecError, to_json
from detector.incident_record import Incident
from detector.late import Late
from detector.mention import unpack
from detector.post import PLATFORMS
from detector.present import present
from detector.routing import partition_of
from detector.severity import Severity
from detector.shard import Shard
from detector.state import StateError, header_key, reading_state
from detector.steps import Steps
from detector.why import minute_asked

log = structlog.get_logger("siaga.detect_spikes")

_PACE_S = 0.02
_FULL_SLAB = 200


class DetectSpikesSettings(Struct, frozen=True, kw_only=True):
    """What hop two needs to know; topics by their full names."""

    mentions: str
    late: str
    incidents: str
    state_topic: str
    incident_partitions: int
    lateness_ms: int


class Before(NamedTuple):
    """A shard as it was before a rebalance: it goes on when the state is still the one it wrote."""

    shard: Shard
    expected: int
    header: bytes | None

    def is_current(self, header: bytes | None) -> bool:
        """Tell whether nobody has written a header since."""
        return header is not None and header == self.header


ShardOf = Callable[[int, int], Shard]


class DetectSpikes:
    """Owns the mentions partitions of this worker; the only writer of incidents."""

    def __init__(
        self,
        app: Any,
        table: StateTable,
        new_shard: ShardOf,
        sender: Sender,
        metrics: Metrics,
        settings: DetectSpikesSettings,
    ) -> None:
        self._app = app
        self._table = table
        self._new_shard = new_shard
        self._sender = sender
        self._metrics = metrics
        self._figures = MentionFigures(metrics)
        self._settings = settings
        self._shards: dict[int, Shard] = {}
        self._expected: dict[int, int] = {}
        self._headers: dict[int, bytes | None] = {}
        self._busy: set[int] = set()
        self._before: dict[int, Before] = {}
        self._contiguity = Contiguity(metrics)
        self._left_out: dict[int, list[int]] = {}
        self._lost_at = monotonic()
        self._restoring = asyncio.Lock()
        self.is_prepared = False
        self._has_restored = False

    @property
    def _consumer(self) -> SlabConsumer:
        return self._app.consumer

    def forget(self) -> None:
        """Let go of the partitions: they may be another worker's from now on.

        All partitions are revoked at every rebalance, and most come back at once: their memory is kept until
        then, unless a slab was left half done.
        """
        for partition, shard in self._shards.items():
            if partition not in self._busy:
                before = Before(shard, self._expected[partition], self._headers.get(partition))
                self._before[partition] = before
        self._shards.clear()
        self._headers.clear()
        self._busy.clear()
        self._expected.clear()
        self._left_out.clear()
        self._metrics.catching_up.clear()
        self._metrics.left_out_partitions.clear()
        self._figures.forget()
        self._lost_at = monotonic()
        self._contiguity.forget()
        self.is_prepared = False

    async def prepare(self) -> None:
        """Restore the state of all partitions of this worker, whether or not anything comes on them."""
        if self._app.rebalancing:
            return
        mine = [tp for tp in self._consumer.assignment() if tp.topic == self._settings.mentions]
        await asyncio.gather(*map(self._own, mine))
        self._before.clear()  # what did not come back is another worker's
        if not self.is_prepared:
            self._metrics.restore_seconds.observe(monotonic() - self._lost_at)
        self.is_prepared = True
        if self._has_restored:
            self._has_restored = False
            leave_alone()

    async def handle(self, slab: Slab) -> None:
        """Apply one slab, send what it led to, make the state durable; then let the next one come."""
        began = monotonic()
        partition = slab.tp.partition
        shard = await self._own(slab.tp)
        epoch = self._consumer.epoch
        expected = self._expected[partition]
        if not await self._contiguity.check(self._consumer, "mentions", slab, expected):
            return
        self._busy.add(partition)
        arrived = await self._apply(shard, slab, expected)
        self._consumer.check_epoch(epoch)
        self._metrics.mention_records.inc(len(slab.records))
        self._metrics.stage_seconds.labels(stage="count").observe(monotonic() - began)
        await self._send(shard, arrived)
        await self._save(shard, slab.tp)
        self._expected[partition] = max(expected, slab.last + 1)
        self._busy.discard(partition)
        self._show(shard, slab)
        pace_s = _PACE_S if len(slab.records) < _FULL_SLAB else 0.0
        self._consumer.release_paced(slab, began + pace_s - monotonic())

    async def _apply(self, shard: Shard, slab: Slab, expected: int) -> list[int]:
        """Return when the record that decided each new revision had arrived, in milliseconds."""
        arrived: list[int] = []
        turns = Turns(on_turn=lambda: self._consumer.at_work(slab.tp))
        for record in slab.since(expected):
            try:
                decoded = unpack(record.value or b"")
            except CodecError as error:
                where = f"{slab.tp.topic}-{slab.tp.partition} offset {record.offset}"
                end_process(ExitCode.CONFIG, f"{where}: {error}; only siaga may write to this topic")
            await turns.through(shard.applying(record.offset, record.timestamp, decoded))
            await turns.share()
            arrived += [record.timestamp] * (len(shard.findings.revisions) - len(arrived))
        return arrived

    async def _send(self, shard: Shard, arrived: Sequence[int]) -> None:
        began = monotonic()
        found = shard.take()
        self._figures.count(found)
        for one in found.kept_back:
            log.info(
                "alarm kept back", brand=one.brand, at=one.at, reason=str(one.hold), signal=str(one.signal)
            )
        # Incidents first: what is not sent yet must not be remembered as sent.
        await self._sender.send([self._incident(revision) for revision in found.revisions])
        await self._sender.send([self._late(late) for late in found.late])
        self._metrics.stage_seconds.labels(stage="send").observe(monotonic() - began)
        for revision, came in zip(found.revisions, arrived, strict=True):
            self._metrics.incident_revisions.labels(change=revision.change).inc()
            self._metrics.detection_latency.observe(max(now_ms() - came, 0) / 1_000)
            log.info(
                "incident",
                id=revision.id, revision=revision.revision, change=str(revision.change),
                severity=str(revision.severity),
            )  # fmt: skip

    def _incident(self, revision: Incident) -> Outgoing:
        home = partition_of(revision.brand, self._settings.incident_partitions)
        return Outgoing(
            self._settings.incidents, to_json(revision), revision.id.encode(), home, headers_of(revision)
        )

    def _late(self, late: Late) -> Outgoing:
        return Outgoing(self._settings.late, to_json(late), late.brand.encode())

    async def _save(self, shard: Shard, tp: TP) -> None:
        began = monotonic()
        writes = await Turns().through(shard.checkpointing())
        if writes is None:
            return
        await self._write(tp.partition, writes)
        self._headers[tp.partition] = writes.header[1]
        self._consumer.mark(tp, writes.mark)
        self._metrics.stage_seconds.labels(stage="state").observe(monotonic() - began)

    async def _write(self, partition: int, writes: Writes) -> None:
        for entries in (writes.before, [writes.header], writes.after):
            await self._sender.send(
                Outgoing(self._settings.state_topic, value, key.encode(), partition) for key, value in entries
            )
            for key, value in entries:
                self._table.keep(partition, key, value)

    async def _own(self, tp: TP) -> Shard:
        if (known := self._shards.get(tp.partition)) is not None:
            return known
        async with self._restoring:  # one after the other: together they are ready no sooner
            # A slab and the preparation may ask at once.
            known = self._shards.get(tp.partition)
            return await self._taken_over(tp) if known is None else known

    async def _taken_over(self, tp: TP) -> Shard:
        began, epoch = monotonic(), self._consumer.epoch
        partitions = await self._consumer.partition_count(self._settings.mentions)
        first = await self._consumer.first_offset(tp)
        end = (await self._consumer.end_offsets([tp]))[tp]
        self._consumer.check_epoch(epoch)
        try:
            entries = self._table.entries(tp.partition)
        except CodecError as error:
            end_process(ExitCode.CONFIG, str(error))
        header = entries.get(header_key(tp.partition))
        before = self._before.pop(tp.partition, None)
        kept = before is not None and before.is_current(header)
        if before is not None and kept:
            shard, expected = before.shard, before.expected
        else:
            shard = await self._restored(tp.partition, partitions, entries, epoch)
            expected = first if shard.next_offset is None else shard.next_offset
        check_end(tp, expected, end)
        self._shards[tp.partition], self._expected[tp.partition] = shard, expected
        self._headers[tp.partition] = header
        self._consumer.reading_from(tp, expected)
        if shard.next_offset is not None:
            # A kill may have come between the header and its commit.
            self._consumer.mark(tp, shard.next_offset)
        log.info(
            "state restored",
            partition=tp.partition, offset=expected, brands=len(shard.tracks),
            seconds=round(monotonic() - began, 3), forgotten=len(shard.forgotten), kept=kept,
        )  # fmt: skip
        if shard.forgotten and not kept:
            # Each entry is "brand: detector".
            log.warning(
                "baselines are learnt anew",
                partition=tp.partition,
                brands=len({entry.partition(":")[0] for entry in shard.forgotten}),
                detectors=sorted({entry.partition(": ")[2] for entry in shard.forgotten}),
                means="they were learnt with another window, half-life or format: until they are warmed up "
                "again these brands raise no alarms by them; counts and open incidents are kept",
            )
        return shard

    async def _restored(
        self, partition: int, partitions: int, entries: dict[str, bytes], epoch: int
    ) -> Shard:
        shard = self._new_shard(partition, partitions)

        def steps() -> Steps[None]:
            state = yield from reading_state(partition, partitions, entries)
            for _ in shard.restoring(state):
                self._consumer.check_epoch(epoch)
                yield

        # All that is made here stays: to look through it for garbage time and again is a third of the work.
        with paused():
            try:
                await Turns().through(steps())
            except (StateError, CodecError) as error:
                end_process(ExitCode.CONFIG, str(error))
        self._has_restored = True
        return shard

    def _show(self, shard: Shard, slab: Slab) -> None:
        partition = str(slab.tp.partition)
        lag = self._consumer.highwater(slab.tp) - slab.last - 1
        self._metrics.lag.labels(topic="mentions", partition=partition).set(max(lag, 0))
        if shard.clocks.watermark is not None:
            self._metrics.watermark.labels(partition=partition).set(shard.clocks.watermark / 1_000)

    async def show(self) -> None:
        """Show what is looked at by the clock: open incidents, which means every brand, and who is behind."""
        open_now = [incident.severity for shard in self._shards.values() for incident in shard.open_incidents]
        for severity in Severity:
            self._metrics.open_incidents.labels(severity=severity).set(open_now.count(severity))
        for partition, shard in self._shards.items():
            lateness_ms, now = self._settings.lateness_ms, now_ms()
            behind = is_catching_up(shard.clocks, lateness_ms, now)
            self._metrics.catching_up.labels(partition=str(partition)).set(behind)
            delay_ms = behind_ms(shard.clocks, lateness_ms, now)
            if delay_ms is not None:
                self._metrics.watermark_delay.labels(partition=str(partition)).set(delay_ms / 1_000)
            left_out = shard.clocks.degraded()
            self._metrics.left_out_partitions.labels(partition=str(partition)).set(len(left_out))
            if left_out != self._left_out.get(partition, []):
                log.warning("posts partitions are waited for no more", partition=partition, silent=left_out)
            self._left_out[partition] = left_out

    async def show_windows(self) -> None:
        """Show the newest windows of the brands that have series of their own."""
        for shard in list(self._shards.values()):
            minute = minute_asked(shard.clocks, self._settings.lateness_ms)
            for brand in self._metrics.shown_brands & shard.tracks.keys():
                if minute is None or not self._is_at_rest(shard):
                    break
                for verdict in present(shard.tracks[brand], minute):
                    self._figures.show(brand, verdict)
                await asyncio.sleep(0)  # two hundred brands at once would hold up the posts

    def _is_at_rest(self, shard: Shard) -> bool:
        return self._shards.get(shard.partition) is shard and shard.partition not in self._busy

    async def show_silence(self) -> None:
        """Count the platforms that have stopped; seldom, for it looks at every platform of every brand."""
        silent: Counter[str] = Counter()
        turns = Turns()
        for shard in list(self._shards.values()):
            for brand in sorted(shard.tracks):
                if self._shards.get(shard.partition) is not shard:
                    break
                silent.update(feed.platform for feed in shard.silent(brand))
                await turns.share()
        for platform in PLATFORMS:
            self._metrics.silent_platforms.labels(platform=platform).set(silent[platform])
