"""How a revision of an incident is put together; whether there is one is decided in `incident`."""

from __future__ import annotations

from msgspec import structs

from detector.clock import MINUTE_MS, Minute, from_rfc3339, start_of, to_rfc3339
from detector.evidence import Evidence
from detector.incident_record import INCIDENT_FORMAT, Change, Incident, incident_id
from detector.severity import CALM_SENTENCES, Assessment, Calm
from detector.spike import Signal, Verdict

_FIGURES = {
    Signal.NEGATIVE_COUNT: "{observed:.0f} negative {posts} in {window} min, {expected:.1f} expected",
    Signal.TOTAL_COUNT: "{observed:.0f} {posts} in {window} min, {expected:.1f} expected",
    Signal.NEGATIVE_SHARE: "{observed:.0%} of the posts of {window} min negative, {expected:.0%} expected",
}


def first_revision(
    brand: str,
    verdict: Verdict,
    assessment: Assessment,
    evidence: Evidence,
    first_seen: bool,
    onset: Minute,
    at: str,
    by: str,
) -> Incident:
    """Return revision 1 of the incident that a spike opens, told at the RFC 3339 time `at`."""
    return Incident(
        format=INCIDENT_FORMAT,
        id=incident_id(brand, verdict.minute, verdict.signal),
        revision=1,
        change=Change.OPENED,
        state="open",
        brand=brand,
        severity=assessment.severity,
        score=assessment.score,
        contributions=assessment.contributions,
        signal=verdict.signal,
        opened_at=to_rfc3339(start_of(verdict.minute)),
        onset_at=to_rfc3339(max(0, start_of(onset))),
        updated_at=at,
        resolved_at=None,
        verdict=verdict,
        reason=explain(verdict, assessment.calm),
        evidence=evidence,
        detector=verdict.detector or by,
        first_seen=first_seen,
        signals=(verdict.signal,),
        calm=assessment.calm,
    )


def revise(
    incident: Incident,
    change: Change,
    verdict: Verdict,
    assessment: Assessment,
    evidence: Evidence,
    at: str,
    signals: tuple[Signal, ...],
) -> Incident:
    """Return the next revision of an open incident; `signals` were spikes since it opened."""
    return structs.replace(
        incident,
        revision=incident.revision + 1,
        change=change,
        severity=assessment.severity,
        score=assessment.score,
        contributions=assessment.contributions,
        updated_at=_not_before(incident, at),
        verdict=verdict,
        reason=explain(verdict, assessment.calm),
        evidence=evidence,
        signals=signals,
        calm=assessment.calm,
    )


def last_revision(
    incident: Incident, evidence: Evidence, quiet_min: int, at: str, signals: tuple[Signal, ...]
) -> Incident:
    """Return the revision that resolves an incident; severity and verdict stay those of the last one."""
    resolved_at = _not_before(incident, at)
    return structs.replace(
        incident,
        revision=incident.revision + 1,
        change=Change.RESOLVED,
        state="resolved",
        updated_at=resolved_at,
        resolved_at=resolved_at,
        reason=f"no spike for {quiet_min} min",
        evidence=evidence,
        signals=signals,
    )


def opening_minute(incident: Incident) -> Minute:
    """Return the minute of the bucket whose count opened an incident."""
    return from_rfc3339(incident.opened_at) // MINUTE_MS


def explain(verdict: Verdict, calm: Calm | None = None) -> str:
    """Return a verdict as one sentence with its figures, and why it is only info."""
    figures = _FIGURES[verdict.signal].format(
        observed=verdict.observed,
        posts="post" if verdict.observed == 1 else "posts",
        window=verdict.window_min,
        expected=verdict.expected,
    )
    but = f"; but {CALM_SENTENCES[calm]}" if calm is not None else ""
    return f"{figures}: {verdict.sentence}{but}"


def _not_before(incident: Incident, at: str) -> str:
    """Return the later time: verdicts on open buckets run ahead of the closes."""
    return max(incident.updated_at, at)
