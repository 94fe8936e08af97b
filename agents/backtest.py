"""What `siaga backtest` runs: posts or counts of the past through the very core that alerts people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, field

from agents.assembly import detectors_of, new_reader
from agents.settings import Settings
from agents.sources.files import Count
from agents.sources.line import Line
from detector.clock import MINUTE_MS, Millis, Minute, minute_of
from detector.evidence import Evidence
from detector.incident import Change, Incident, IncidentSettings, Step, Watch, on_close, on_verdict
from detector.pipeline import Pipeline
from detector.rank_tail import RankTail
from detector.severity import Severity
from detector.spike import Detector, Signal
from detector.window import Window

# No row for so long: the source was silent, and silence is no zero.
OUTAGE_MS = 60 * MINUTE_MS
POSTS = ("read", "rejected", "unmatched", "matched")
MENTIONS = ("counted", "duplicate", "late")
_WEEK_MIN = 7 * 24 * 60


class Past(Struct):
    """What a run over the past led to.

    `revisions` are in order; `counts` has posts by outcome, `intervals` counts the rows of files of counts;
    `weeks` is the sum over the brands of the time that the input spans, in weeks.
    """

    revisions: list[Incident] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    intervals: int = 0
    weeks: float = 0.0

    def add(self, other: Past) -> None:
        """Take in another run."""
        self.revisions += other.revisions
        self.counts.update(other.counts)
        self.intervals += other.intervals
        self.weeks += other.weeks

    @property
    def alarms(self) -> int:
        """Openings and escalations: what a person would have been called for."""
        return sum(r.change in (Change.OPENED, Change.ESCALATED) for r in self.revisions)


class Summary(Struct, frozen=True):
    """One incident of the past, from its opening to its last revision."""

    id: str
    brand: str
    severity: Severity
    onset_at: str
    opened_at: str
    resolved_at: str | None
    revisions: int
    negatives: int
    posts: int
    reason: str


def replay_posts(lines: Iterable[Line], settings: Settings, now: Millis) -> Past:
    """Run posts in the order in which they are given; `now` bounds what counts as the future."""
    lateness_ms = int(settings.detector.allowed_lateness)
    pipeline = Pipeline(
        new_reader(settings, 1), detectors_of(settings), settings.incident_settings, lateness_ms
    )
    first: Minute | None = None
    read = 0
    for line in lines:
        pipeline.send(line.data, now)
        read += 1
        if first is None:
            first = pipeline.shard.closed_to
    pipeline.finish(now)
    past = Past(pipeline.outcome.revisions, pipeline.outcome.counts)
    past.counts["read"] = read
    if first is not None and pipeline.shard.closed_to is not None:
        past.weeks = (pipeline.shard.closed_to - first) / _WEEK_MIN * len(settings.brands)
    return past


def replay_counts(counts: Iterable[Count], brand: str, signal: Signal, settings: Settings) -> Past:
    """Run counts as if each were so many posts, of different authors, at the begin of its interval."""
    series = _Series(brand, RankTail(signal, settings.detector_settings), settings.incident_settings)
    past = Past()
    first = last = None
    for count in counts:
        if last is not None and count.at - last > OUTAGE_MS:
            past.revisions += series.pass_to(minute_of(last + OUTAGE_MS))
            past.revisions += series.pass_to(minute_of(count.at) - 1, known=False)
        past.revisions += series.add(minute_of(count.at), round(count.value))
        first, last = count.at if first is None else first, count.at
        past.intervals += 1
    past.revisions += series.end()
    if first is not None and last is not None:
        past.weeks = (last - first) / MINUTE_MS / _WEEK_MIN
    return past


def summaries(revisions: Iterable[Incident]) -> list[Summary]:
    """Return the incidents in the order in which they opened, each with its worst severity."""
    by_id: dict[str, list[Incident]] = {}
    for revision in revisions:
        by_id.setdefault(revision.id, []).append(revision)
    return [_summary(of_one) for of_one in by_id.values()]


def _summary(of_one: Sequence[Incident]) -> Summary:
    first, last = of_one[0], of_one[-1]
    widest = max(of_one, key=lambda revision: revision.evidence.posts)
    return Summary(
        id=first.id,
        brand=first.brand,
        severity=max((revision.severity for revision in of_one), key=lambda severity: severity.rank),
        onset_at=last.onset_at,
        opened_at=first.opened_at,
        resolved_at=last.resolved_at,
        revisions=len(of_one),
        negatives=widest.evidence.negatives,
        posts=widest.evidence.posts,
        reason=first.reason,
    )


class _Series:
    """One brand of which only counts are known, minute by minute."""

    def __init__(self, brand: str, detector: Detector, settings: IncidentSettings) -> None:
        self._brand = brand
        self._detector = detector
        self._settings = settings
        self._watch = Watch()
        self._recent = [0] * detector.window_min
        self._minute: Minute | None = None
        self._pending = 0

    def add(self, minute: Minute, value: int) -> Iterator[Incident]:
        """Count posts in a minute; closes those before it."""
        if self._minute is not None and minute > self._minute:
            yield from self.pass_to(minute - 1)
        self._minute = minute
        self._pending += value

    def pass_to(self, minute: Minute, known: bool = True) -> Iterator[Incident]:
        """Close all minutes up to one."""
        while self._minute is not None and self._minute <= minute:
            yield from self._close(self._minute, known)
            self._minute += 1

    def end(self) -> Iterator[Incident]:
        """Close the last minute."""
        if self._minute is not None:
            yield from self.pass_to(self._minute)

    def _close(self, minute: Minute, known: bool) -> Iterator[Incident]:
        self._recent[minute % len(self._recent)], self._pending = self._pending, 0
        total = sum(self._recent)
        negative = self._detector.signal is Signal.NEGATIVE_COUNT
        window = Window(minute, self._detector.window_min, total, total if negative else 0, known)
        verdict = self._detector.judge(window)
        shown = Evidence(total, total if negative else 0, 0, total, 0.0, 1.0, 0, 0, {}, {})
        version = f"{self._detector.name} {self._detector.version}"
        opened = on_verdict(
            self._brand, self._watch, verdict, lambda: shown, self._settings, detector=version
        )
        yield from self._take(opened)
        closed = on_close(
            self._brand, self._watch, minute, [verdict], lambda: shown, self._settings, detector=version
        )
        yield from self._take(closed)
        self._detector.learn(window, self._watch.incident is not None)

    def _take(self, step: Step) -> Iterator[Incident]:
        self._watch = step.watch
        if step.revision is not None:
            yield step.revision
