"""What a run over the past led to, and its incidents in short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, field

from detector.clock import MINUTE_MS, Millis, from_rfc3339, start_of, to_rfc3339
from detector.evidence import Evidence
from detector.incident import Change, Incident
from detector.kept_back import KeptBack
from detector.severity import Severity
from detector.spike import Signal

WEEK_MIN = 7 * 24 * 60
POSTS = ("read", "rejected", "unmatched", "matched")
MENTIONS = ("counted", "duplicate", "late")


class Past(Struct):
    """What a run over the past led to.

    `revisions` are in order; `counts` has posts by outcome, `intervals` counts the rows of files of counts;
    `weeks` has for each brand the time that its input spans, in weeks; `kept_back` are the alarms that
    did not go out; `refused` has the posts that intake rejected, by reason; `spans` has for each brand the
    first and the last instant of its input.
    """

    lateness_ms: int = 0
    revisions: list[Incident] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    intervals: int = 0
    weeks: dict[str, float] = field(default_factory=dict)
    kept_back: list[KeptBack] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    spans: dict[str, tuple[Millis, Millis]] = field(default_factory=dict)

    def add(self, other: Past) -> None:
        """Take in another run."""
        self.revisions += other.revisions
        self.counts.update(other.counts)
        self.intervals += other.intervals
        self.weeks |= other.weeks
        self.kept_back += other.kept_back
        self.refused.update(other.refused)
        self.spans |= other.spans

    @property
    def alarms(self) -> list[Incident]:
        """Openings and escalations: what a person would have been called for."""
        return [revision for revision in self.revisions if is_alarm(revision)]

    @property
    def brand_weeks(self) -> float:
        """The time that the input spans, in weeks, summed over the brands."""
        return sum(self.weeks.values())

    @property
    def alarms_per_week(self) -> float | None:
        """Alarms a brand and week; None when the input spans no time."""
        weeks = self.brand_weeks
        return round(len(self.alarms) / weeks, 3) if weeks else None


class Summary(Struct, frozen=True):
    """One incident of the past, from its opening to its last revision.

    `severity` and `score` are the worst it had; `evidence` is that of the revision with the most posts;
    `alarms` are the instants at which people would have been called.
    """

    id: str
    brand: str
    signal: Signal
    severity: Severity
    score: int
    onset_at: str
    opened_at: str
    detected_at: str
    resolved_at: str | None
    alarms: tuple[str, ...]
    revisions: int
    negatives: int
    posts: int
    reason: str
    evidence: Evidence


def is_alarm(revision: Incident) -> bool:
    """Return whether people are called for a revision."""
    return revision.change in (Change.OPENED, Change.ESCALATED)


def detected_at(revision: Incident, lateness_ms: int) -> Millis:
    """Return how far event time had come when a revision went out, to the minute.

    A count that crosses its threshold is told within its own minute. What waits for a minute to close is told
    once there are posts of the allowed lateness after it.
    """
    deciding = start_of(revision.verdict.minute)
    told = from_rfc3339(revision.updated_at)
    return deciding if told <= deciding else told + lateness_ms


def summaries(revisions: Iterable[Incident], lateness_ms: int = 0) -> list[Summary]:
    """Return the incidents in the order in which they opened."""
    return [_summary(of_one, lateness_ms) for of_one in by_incident(revisions)]


def by_incident(revisions: Iterable[Incident]) -> Iterator[list[Incident]]:
    """Yield the revisions of each incident, in the order in which the incidents opened."""
    by_id: dict[str, list[Incident]] = {}
    for revision in revisions:
        by_id.setdefault(revision.id, []).append(revision)
    yield from by_id.values()


def _summary(of_one: Sequence[Incident], lateness_ms: int) -> Summary:
    first, last = of_one[0], of_one[-1]
    widest = max(of_one, key=lambda revision: revision.evidence.posts)
    told = [to_rfc3339(detected_at(revision, lateness_ms)) for revision in of_one if is_alarm(revision)]
    return Summary(
        id=first.id,
        brand=first.brand,
        signal=first.signal,
        severity=max((revision.severity for revision in of_one), key=lambda severity: severity.rank),
        score=max(revision.score for revision in of_one),
        onset_at=last.onset_at,
        opened_at=first.opened_at,
        detected_at=told[0],
        resolved_at=last.resolved_at,
        alarms=tuple(told),
        revisions=len(of_one),
        negatives=widest.evidence.negatives,
        posts=widest.evidence.posts,
        reason=first.reason,
        evidence=widest.evidence,
    )


def weeks_between(first: Millis, last: Millis) -> float:
    """Return the weeks from one instant to another."""
    return (last - first) / MINUTE_MS / WEEK_MIN
