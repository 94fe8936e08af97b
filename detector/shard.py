"""Everything that one mentions partition decides: a pure function of its log.

Records are applied in order of their offsets, in batches of any size; what comes of them - incident
revisions, late posts - is collected until it is taken. A checkpoint gives the writes that make the state
durable. After a crash the state is restored, the records from its `mark` on are read again, and those up to
`through` only refill the open buckets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from msgspec import Struct, field, structs

from detector.catching_up import is_catching_up
from detector.checkpoint import Journal, Moment, Writes
from detector.clock import Millis, Minute, minute_of
from detector.incident import on_close, on_verdict
from detector.incident_record import Incident
from detector.kept_back import KeptBack
from detector.late import Late, late
from detector.mention import Mention, MentionRecord
from detector.mute import on_near
from detector.silence import DOUBTFUL_P, SILENT_P, Pulse, SilentFeed, silent_feeds
from detector.spike import Detector, named
from detector.state import State
from detector.steps import Steps, finished
from detector.track import Look, Track
from detector.watch import IncidentSettings, Step
from detector.watermark import Clocks, tiles

DetectorsOf = Callable[[str], Sequence[Detector]]

# Mentions that are counted in one step, in which nothing else has its turn.
_STEP = 32


class Findings(Struct):
    """What a batch of records led to, in order. `counts` has posts by outcome.

    `counted` and `duplicates` are the mentions themselves, for whoever sums them up.
    """

    revisions: list[Incident] = field(default_factory=list)
    kept_back: list[KeptBack] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    counted: list[Mention] = field(default_factory=list)
    duplicates: list[Mention] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class Touch(NamedTuple):
    """The first record that touched an open minute, and how far each source was covered just before it."""

    offset: int
    covered: dict[int, int] | None


class Shard:
    """The live state of one mentions partition.

    Parameters
    ----------
    partition, partitions
        Its number, and how many there are.
    detectors_of
        Makes fresh detectors for a brand.
    settings
        How incidents behave.
    lateness_ms
        Allowed lateness, in milliseconds; without it no incident is marked as raised while catching up.
    """

    def __init__(
        self,
        partition: int,
        partitions: int,
        detectors_of: DetectorsOf,
        settings: IncidentSettings,
        lateness_ms: int | None = None,
    ) -> None:
        self.partition = partition
        self.settings = settings
        self.clocks = Clocks()
        self.closed_to: Minute | None = None
        self.through = -1
        self.tracks: dict[str, Track] = {}
        self.findings = Findings()
        self.pulse = Pulse()
        self._detectors_of = detectors_of
        self._lateness_ms = lateness_ms
        self._touched: dict[Minute, Touch] = {}
        self._covered: dict[int, int] | None = None
        self._journal = Journal(partition, partitions)

    def apply(self, offset: int, timestamp: Millis, record: MentionRecord) -> None:
        """Apply the next record of the log.

        Parameters
        ----------
        offset
            Its offset in `mentions`; records at or below `through` only refill.
        timestamp
            Its LogAppendTime.
        record
            The decoded record.
        """
        finished(self.applying(offset, timestamp, record))

    def applying(self, offset: int, timestamp: Millis, record: MentionRecord) -> Steps[None]:
        """Apply the next record and pause after each step that may be long, for a caller with more to do.

        One record may close weeks, of thousands of brands. Nothing else may be applied before the last pause
        is over.
        """
        if offset <= self.through:
            yield from self._refill(offset, record)
            return
        self.through = offset
        self.clocks.pass_time(timestamp)
        if not self.clocks.tiles(record.cover):
            self.findings.counts["ignored"] += len(record.mentions)
            return
        yield from self._count(offset, record)
        self.clocks.hear(record.cover)
        if self.clocks.watermark is not None:
            yield from self._close_to(minute_of(self.clocks.watermark) - 1)

    def take(self) -> Findings:
        """Return what was found since the last call."""
        findings, self.findings = self.findings, Findings()
        return findings

    def checkpoint(self) -> Writes | None:
        """Return the writes that make the state durable, or None while no minute was closed since."""
        return finished(self.checkpointing())

    def checkpointing(self) -> Steps[Writes | None]:
        """Return what `checkpoint` does, in short steps: it may be baselines of thousands of brands."""
        nothing_open = Touch(self.through + 1, self.clocks.positions())
        first = min(self._touched.values(), key=lambda touch: touch.offset, default=nothing_open)
        at = Moment(self.through, first.offset, first.covered, self.pulse)
        return (yield from self._journal.writing(at, self.closed_to, self.clocks, self.tracks))

    @property
    def next_offset(self) -> int | None:
        """The offset to read from after a restore, or None without a saved state."""
        return self._journal.mark

    def restore(self, state: State) -> None:
        """Continue from a saved state; the log is then to be applied from `next_offset` on."""
        finished(self.restoring(state))

    def restoring(self, state: State) -> Steps[None]:
        """Restore in short steps; the shard is of no use before the last one is done."""
        if state.header is not None:
            self.through = state.header.through
            self.closed_to = state.header.closed_to
            self.clocks = state.header.clocks
            self._covered = state.header.covered
            self.pulse = state.header.pulse or Pulse()
        self.tracks = yield from self._journal.restoring(state, self._new_track)

    @property
    def forgotten(self) -> list[str]:
        """Dumped detectors that the present settings cannot continue; they learn anew."""
        return self._journal.forgotten

    @property
    def open_incidents(self) -> list[Incident]:
        """The latest revisions of the incidents that are open, by brand."""
        open_ = (track.watch.incident for _, track in sorted(self.tracks.items()))
        return [incident for incident in open_ if incident is not None]

    def silent(self, brand: str, p: float = SILENT_P) -> tuple[SilentFeed, ...]:
        """Return the platforms of a brand that have stopped, as far as minutes are closed.

        None while a posts partition is left out: what comes from it is missing for a reason of our own.
        """
        track = self.tracks.get(brand)
        if track is None or self.closed_to is None or self.clocks.degraded():
            return ()
        return silent_feeds(track.feeds, self.closed_to, self.pulse.live, p)

    def all_silent(self) -> list[SilentFeed]:
        """Return the platforms that have stopped, of all brands."""
        return [feed for brand in sorted(self.tracks) for feed in self.silent(brand)]

    def _new_track(self, brand: str) -> Track:
        return Track(brand, partial(self._detectors_of, brand))

    def _track(self, brand: str) -> Track:
        track = self.tracks.get(brand)
        if track is None:
            self.tracks[brand] = track = self._new_track(brand)
        return track

    def _refill(self, offset: int, record: MentionRecord) -> Steps[None]:
        cover, before = record.cover, self._covered
        if before is not None:
            covered = before.get(cover.source)
            if not tiles(covered, cover):
                return  # of a stale owner: ignored now as it was then
            self._covered = {**before, cover.source: max(covered or 0, cover.end)}
        applied = self.clocks.applied(cover.source)
        for mention in record.mentions:
            minute = minute_of(mention.created_at)
            if not self._is_open(minute) or applied is None or mention.position >= applied:
                continue
            track = self._track(mention.brand)
            if track.refill(mention, minute) is None:
                continue
            if self.closed_to is not None:
                # As when it was counted: the minutes since its brand was last heard were silent.
                track.learn_silence(self.closed_to)
                yield
            self._touched.setdefault(minute, Touch(offset, before))

    def _is_open(self, minute: Minute) -> bool:
        return self.closed_to is None or minute > self.closed_to

    def _count(self, offset: int, record: MentionRecord) -> Steps[None]:
        source, closed_to, found = record.cover.source, self.closed_to, self.findings
        applied, counted = self.clocks.applied(source), len(found.counted)
        for number, mention in enumerate(record.mentions, 1):
            if not number % _STEP:
                yield  # far ahead of the others' clocks each takes its time: days of minutes are open
            minute = minute_of(mention.created_at)
            if closed_to is not None and minute <= closed_to:
                self._miss(mention, source, applied)
                continue
            track = self._track(mention.brand)
            learnt = track.learnt
            looks = track.count(mention, minute, closed_to)
            if looks is None:
                found.counts["duplicate"] += 1
                found.duplicates.append(mention)
                continue
            found.counted.append(mention)
            if minute not in self._touched:
                self._touched[minute] = Touch(offset, self.clocks.positions())
            if looks:
                self._look(track, looks)
            if track.learnt != learnt:
                yield  # it had the silence of up to four weeks to learn
        if len(found.counted) > counted:
            found.counts["counted"] += len(found.counted) - counted

    def _miss(self, mention: Mention, source: int, applied: int | None) -> None:
        """Take note of a mention whose minute is closed."""
        found = self.findings
        if applied is not None and mention.position < applied:
            found.counts["duplicate"] += 1
            found.duplicates.append(mention)
        else:
            found.counts["late"] += 1
            late_by = (self.clocks.watermark or 0) - mention.created_at
            found.late.append(late(mention, source, late_by))

    def _look(self, track: Track, looks: Sequence[Look]) -> None:
        for look in looks:
            verdict = look.detector.judge(look.window)
            step = on_verdict(
                track.brand,
                track.watch,
                verdict,
                track.evidence,
                self.settings,
                detector=named(look.detector),
                onset=track.onset,
            )
            self._step(track, step)

    def _step(self, track: Track, step: Step) -> None:
        if step.revision is not None:
            step = step.showing(track.complete, [feed.platform for feed in self.silent(track.brand)])
        if step.watch is not track.watch:
            track.watch = step.watch
            self._journal.changed(track.brand)
        if step.kept_back is not None:
            self.findings.kept_back.append(step.kept_back)
        if step.revision is not None:
            self.findings.revisions.append(self._marked(step.revision))
        else:
            self.findings.counts[f"step_{step.outcome}"] += 1

    def _marked(self, revision: Incident) -> Incident:
        """Say of a revision whether it was decided while event time was behind; the next one says so anew."""
        if self._lateness_ms is None or not is_catching_up(self.clocks, self._lateness_ms):
            return revision
        return structs.replace(revision, catching_up=True)

    def _close_to(self, minute: Minute) -> Steps[None]:
        if self.closed_to is None:
            # Nothing is closed yet: begin at the first bucket, or at the watermark when there is none.
            self.closed_to = min([minute, *(m - 1 for m in self._touched)])
            yield from self._begin(self.closed_to)
            self._journal.closed_nothing()
        while self.closed_to < minute:
            following = self.closed_to + 1
            waking = {brand: track.wakes_at(following) for brand, track in self.tracks.items()}
            wake = min((at for at in waking.values() if at is not None), default=minute + 1)
            if wake > following:
                # Silence: nothing can happen before the first brand wakes.
                self.closed_to = min(minute, wake - 1)
                self._journal.closed_nothing()
            else:
                active = sorted(brand for brand, at in waking.items() if at == following)
                yield from self._close(following, active)
            yield

    def _begin(self, minute: Minute) -> Steps[None]:
        """Take what brands learnt from history to the first closed minute: between, nobody was watching."""
        for brand, track in sorted(self.tracks.items()):
            if track.pass_unwatched(minute):
                self._journal.begun(brand)
            yield

    def _close(self, minute: Minute, active: Sequence[str]) -> Steps[None]:
        if any(minute in self.tracks[brand].open.minutes for brand in active):
            self.pulse.hear(minute)
        for brand in active:
            track = self.tracks[brand]
            in_incident = track.in_incident(minute)
            guarded = in_incident and track.watch.guards(minute, self.settings)
            if in_incident or track.reached(minute):
                verdicts = [d.judge(track.window_of(d, minute)) for d in track.detectors]
                step = on_close(
                    brand, track.watch, minute, verdicts, track.evidence, self.settings,
                    detector=named(track.detectors[0]), onset=track.onset,
                    in_doubt=bool(self.silent(brand, DOUBTFUL_P)),
                )  # fmt: skip
                self._step(track, step)
            elif track.watch.incident is None and (near := track.nearly(minute)) is not None:
                self._step(track, on_near(brand, track.watch, near, self.settings))
            tally, looks = track.close(minute, guarded, self.pulse.live)
            self._journal.closed(minute, track, tally, guarded)
            self._look(track, looks)
            yield
        self.closed_to = minute
        self._journal.end(minute)
        self._touched.pop(minute, None)
