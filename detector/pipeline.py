"""The whole flow in memory, in the order in which it runs in the service: the same core, without Kafka."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct, field

from detector.clock import MINUTE_MS, Millis
from detector.incident_record import Incident
from detector.late import Late
from detector.mention import Cover, MentionRecord, position
from detector.reading import Reader, Reading, Refused
from detector.shard import DetectorsOf, Shard
from detector.watch import IncidentSettings


class Outcome(Struct):
    """What a run led to: all incident revisions in order, late and refused posts, posts by outcome."""

    revisions: list[Incident] = field(default_factory=list)
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
    """

    def __init__(
        self, reader: Reader, detectors_of: DetectorsOf, incidents: IncidentSettings, lateness_ms: int
    ) -> None:
        self.shard = Shard(0, 1, detectors_of, incidents)
        self.outcome = Outcome()
        self._reader = reader
        self._lateness_ms = lateness_ms
        self._offset = 0
        self._records = 0
        self._clock: Millis | None = None

    def send(self, data: bytes, now: Millis) -> list[Incident]:
        """Take one record of posts, as received at a time; return the revisions it led to."""
        reading = self._reader.read([(self._offset, data)], now)
        self.outcome.refused.extend(reading.refused)
        self.outcome.counts.update(reading.counts)
        begin, self._offset = position(self._offset), self._offset + 1
        return self._apply(reading, begin, now)

    def finish(self, now: Millis, minutes: int = 0) -> list[Incident]:
        """Let event time pass until all buckets are closed, and some minutes more."""
        if self._clock is None:
            return []
        self._clock += self._lateness_ms + (minutes + 1) * MINUTE_MS
        return self._apply(Reading(), position(self._offset), now)

    def _apply(self, reading: Reading, begin: int, now: Millis) -> list[Incident]:
        if reading.newest is not None:
            clock = reading.newest - self._lateness_ms
            self._clock = clock if self._clock is None else max(self._clock, clock)
        cover = Cover(0, 1, begin, position(self._offset), self._clock)
        self.shard.apply(self._records, now, MentionRecord(cover, reading.mentions.get(0, [])))
        self._records += 1
        found = self.shard.take()
        self.outcome.revisions.extend(found.revisions)
        self.outcome.late.extend(found.late)
        self.outcome.counts.update(found.counts)
        return found.revisions


def run(pipeline: Pipeline, records: Iterable[tuple[Millis, bytes]]) -> Outcome:
    """Return what some records lead to, each given with the time at which it is received."""
    last = 0
    for now, data in records:
        pipeline.send(data, now)
        last = max(last, now)
    pipeline.finish(last)
    return pipeline.outcome
