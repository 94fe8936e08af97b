"""The whole flow in memory, in the order in which it runs in the service: the same core, without Kafka."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct, field

from detector.clock import MINUTE_MS, Millis, minute_of
from detector.incident_record import Incident
from detector.kept_back import KeptBack
from detector.late import Late
from detector.mention import Cover, Mention, MentionRecord, position
from detector.reading import Reader, Reading, Refused
from detector.shard import DetectorsOf, Shard
from detector.watch import IncidentSettings


class Outcome(Struct):
    """What a run led to: all incident revisions in order, late and refused posts, posts by outcome.

    `kept_back` are the alarms that did not go out.
    """

    revisions: list[Incident] = field(default_factory=list)
    kept_back: list[KeptBack] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class Pipeline:
    """One posts partition and one mentions partition, fed by hand.

    Records are taken in order; the watermark follows the newest post by the allowed lateness, so posts in
    disorder are counted as in the service.

    Parameters
    ----------
    reader
        Hop one, for one mentions partition.
    detectors_of, incidents
        Hop two: makes a brand's detectors; how incidents behave.
    lateness_ms
        Allowed lateness, in milliseconds.

    Attributes
    ----------
    first, newest
        Event time of the first post taken, and of the newest one.
    mentions
        Those of the records that were taken last.
    after
        Called after each step, when the watermark may have moved.
    """

    def __init__(
        self, reader: Reader, detectors_of: DetectorsOf, incidents: IncidentSettings, lateness_ms: int
    ) -> None:
        self.shard = Shard(0, 1, detectors_of, incidents)
        self.outcome = Outcome()
        self._reader = reader
        self._lateness_ms = lateness_ms
        self._offset = 0
        self._covered = 0
        self._records = 0
        self._clock: Millis | None = None
        self.first: Millis | None = None
        self.newest: Millis | None = None
        self.mentions: list[Mention] = []
        self.after: Callable[[], None] | None = None

    @property
    def offset(self) -> int:
        """Offset of the first record that `send_all` takes next; those after it count on."""
        return self._offset

    def send(self, data: bytes, now: Millis) -> list[Incident]:
        """Take one record of posts, as received at a time; return the revisions it led to."""
        return self.send_all([data], now)

    def send_all(self, records: Sequence[bytes], now: Millis) -> list[Incident]:
        """Take some records of posts; the result is the same as of one at a time, only sooner.

        The mentions are handed on in as many records as minutes are closed between them.
        """
        reading = self._read(records, now)
        self.outcome.refused.extend(reading.refused)
        self.outcome.counts.update(reading.counts)
        revisions: list[Incident] = []
        self.mentions = mentions = reading.mentions.get(0, [])
        taken = 0
        for at, newest in reading.moves:
            self.first = newest if self.first is None else self.first
            self.newest = newest if self.newest is None else max(self.newest, newest)
            clock = newest - self._lateness_ms
            if self._clock is None or minute_of(clock) > minute_of(self._clock):
                # Up to and with this post all are judged by the watermark before it.
                begin, taken = taken, bisect_right(mentions, at, taken, key=_position)
                self._clock = clock
                revisions += self._apply(mentions[begin:taken], at + 1, now)
            self._clock = max(self._clock, clock)
        return revisions + self._apply(mentions[taken:], position(self._offset), now)

    def _read(self, records: Sequence[bytes], now: Millis) -> Reading:
        """Read records as the lines of one, which is faster, where all of them can be read."""
        if len(records) > 1 and all(record.startswith(b"{") for record in records):
            reading = self._reader.read([(self._offset, b"\n".join(records))], now)
            if not reading.refused:
                self._offset += 1
                return reading
        reading = self._reader.read(list(enumerate(records, self._offset)), now)
        self._offset += len(records)
        return reading

    def pass_to(self, at: Millis, now: Millis) -> list[Incident]:
        """Let event time pass to an instant, as a post about no brand would; it never goes back."""
        self.mentions = []
        clock = at - self._lateness_ms
        if self._clock is not None and clock <= self._clock:
            return []
        self._clock = clock
        return self._apply([], position(self._offset), now)

    def finish(self, now: Millis, minutes: int = 0) -> list[Incident]:
        """Let event time pass until all buckets are closed, and some minutes more."""
        self.mentions = []
        if self._clock is None:
            return []
        self._clock += self._lateness_ms + (minutes + 1) * MINUTE_MS
        return self._apply([], position(self._offset), now)

    def _apply(self, mentions: list[Mention], end: int, now: Millis) -> list[Incident]:
        cover = Cover(0, 1, self._covered, end, self._clock)
        self._covered = end
        self.shard.apply(self._records, now, MentionRecord(cover, mentions))
        self._records += 1
        found = self.shard.take()
        self.outcome.revisions.extend(found.revisions)
        self.outcome.kept_back.extend(found.kept_back)
        self.outcome.late.extend(found.late)
        self.outcome.counts.update(found.counts)
        if self.after is not None:
            self.after()
        return found.revisions


def _position(mention: Mention) -> int:
    return mention.position


def run(pipeline: Pipeline, records: Iterable[tuple[Millis, bytes]]) -> Outcome:
    """Return what some records lead to, each given with the time at which it is received."""
    last = 0
    for now, data in records:
        pipeline.send(data, now)
        last = max(last, now)
    pipeline.finish(last)
    return pipeline.outcome
