"""The life of an incident: opened, updated, escalated, de-escalated, resolved; one per brand at a time."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from detector.clock import Minute, start_of, to_rfc3339
from detector.incident_record import INCIDENT_FORMAT, Change, Incident, incident_id, incident_schema
from detector.kept_back import Hold
from detector.lasting import as_before, note_known
from detector.mute import has_grown, hold_back, is_higher, is_muted
from detector.revision import first_revision, last_revision, opening_minute, revise
from detector.severity import (
    CALM_MARGIN,
    CRITICAL_SCORE,
    Assessment,
    Severity,
    assess,
    is_first_seen,
    worst_possible,
)
from detector.spike import Reason, Signal, Verdict
from detector.watch import EvidenceOf, IncidentSettings, OnsetOf, Outcome, Step, Watch, window_begin

__all__ = [
    "INCIDENT_FORMAT",
    "Change",
    "EvidenceOf",
    "Incident",
    "IncidentSettings",
    "OnsetOf",
    "Outcome",
    "Step",
    "Watch",
    "incident_id",
    "incident_schema",
    "on_close",
    "on_verdict",
]


def on_verdict(
    brand: str,
    watch: Watch,
    verdict: Verdict,
    evidence: EvidenceOf,
    settings: IncidentSettings,
    *,
    detector: str = "",
    onset: OnsetOf = window_begin,
) -> Step:
    """Return what a verdict on a still open bucket changes: it may open or escalate, nothing else.

    Parameters
    ----------
    brand, watch
        The brand and what is remembered of it.
    verdict
        The verdict, spike or not.
    evidence
        Called at most once, and only when the result may depend on it.
    settings
        How incidents behave.
    detector
        Name and version of the detector, for the record.
    onset
        Estimates when a rise began; called at most once.
    """
    if not verdict.is_spike:
        return Step(watch, Outcome.NOTHING_TO_SAY if watch.incident is None else Outcome.STILL_OPEN)
    at = to_rfc3339(start_of(verdict.minute))
    if watch.incident is None:
        return _open(brand, watch, verdict, evidence, onset, settings, at, detector)
    return _escalate(_note_signals(watch, [verdict]), watch.incident, verdict, evidence, settings, at)


def on_close(
    brand: str,
    watch: Watch,
    minute: Minute,
    verdicts: Sequence[Verdict],
    evidence: EvidenceOf,
    settings: IncidentSettings,
    *,
    detector: str = "",
    onset: OnsetOf = window_begin,
    in_doubt: bool = False,
) -> Step:
    """Return what the close of a minute changes, given the final verdicts on it: any change is possible.

    Minutes are closed in order, each once; while no incident is open, those without a spike may be
    left out. Neither a minute before the incident's opening bucket nor one in which a source was
    silent is a quiet minute, nor one of which this is `in_doubt` because a platform seems to have stopped.
    The other parameters are those of `on_verdict`.
    """
    at = to_rfc3339(start_of(minute + 1))
    worst = _worst(verdicts)
    incident = watch.incident
    if incident is None:
        if worst is None:
            return Step(watch, Outcome.NOTHING_TO_SAY)
        return _open(brand, watch, worst, evidence, onset, settings, at, detector)
    watch = _note_signals(watch, verdicts)
    if worst is not None:
        step = _escalate(watch, incident, worst, evidence, settings, at)
        if step.revision is not None:
            return step
    if minute < opening_minute(incident):
        return Step(watch, Outcome.STILL_OPEN)
    watch = _note_known(watch, incident, minute, verdicts)
    lasting = _worst(_as_before(watch, minute, verdicts))
    # A feed that is silent, or may be, says nothing about the end.
    heard = not in_doubt and all(verdict.reason is not Reason.SOURCE_SILENT for verdict in verdicts)
    watch = _note_quiet(watch, minute, heard and lasting is None, heard and worst is None)
    if watch.quiet_since is not None and minute - watch.quiet_since + 1 >= settings.resolve_after_min:
        shown = evidence(minute, incident.verdict.window_min)
        revision = last_revision(incident, shown, settings.resolve_after_min, at, watch.signals)
        over = structs.replace(
            watch, incident=None, quiet_since=None, last_update=None, signals=(), before={}, learnt_since=None
        )
        return Step(over, Outcome.REVISED, revision)
    if watch.last_update is not None and minute < watch.last_update + settings.update_every_min:
        return Step(watch, Outcome.STILL_OPEN)
    verdict = lasting or _of_signal(verdicts, incident.signal) or incident.verdict
    return _update(watch, incident, minute, verdict, evidence, at)


def _open(
    brand: str,
    watch: Watch,
    verdict: Verdict,
    evidence: EvidenceOf,
    onset: OnsetOf,
    settings: IncidentSettings,
    at: str,
    detector: str,
) -> Step:
    first_seen = is_first_seen(verdict)
    if is_muted(watch, verdict, worst_possible(first_seen), settings):
        return hold_back(brand, watch, verdict, Hold.MUTED, settings)
    shown = evidence(verdict.minute, verdict.window_min)
    assessment = assess(verdict, shown, first_seen)
    if is_muted(watch, verdict, assessment.severity, settings):
        return hold_back(brand, watch, verdict, Hold.MUTED, settings)
    began = onset(verdict)
    incident = first_revision(brand, verdict, assessment, shown, first_seen, began, at, detector)
    return Step(_after_alarm(watch, incident, settings), Outcome.REVISED, incident)


def _escalate(
    watch: Watch,
    incident: Incident,
    verdict: Verdict,
    evidence: EvidenceOf,
    settings: IncidentSettings,
    at: str,
) -> Step:
    grown = has_grown(watch, verdict, settings)
    if not grown and incident.severity is worst_possible(incident.first_seen):
        return Step(watch, Outcome.STILL_OPEN)
    shown = evidence(verdict.minute, verdict.window_min)
    assessment = assess(
        verdict, shown, incident.first_seen, verdict.minute - opening_minute(incident), incident.severity
    )
    if not grown and not is_higher(watch, incident, verdict.minute, assessment.severity, settings):
        return Step(watch, Outcome.STILL_OPEN)
    if assessment.severity.rank < incident.severity.rank:
        assessment = _as_told(incident, assessment)
    revision = revise(incident, Change.ESCALATED, verdict, assessment, shown, at, watch.signals)
    return Step(_after_alarm(watch, revision, settings), Outcome.REVISED, revision)


def _update(
    watch: Watch, incident: Incident, minute: Minute, verdict: Verdict, evidence: EvidenceOf, at: str
) -> Step:
    """Return an update, or a de-escalation: never a higher severity, that takes a spike."""
    shown = evidence(minute, verdict.window_min)
    open_min = minute - opening_minute(incident)
    assessment = assess(verdict, shown, incident.first_seen, open_min, incident.severity)
    if _holds(incident, assessment):
        assessment = _as_told(incident, assessment)
    lower = assessment.severity.rank < incident.severity.rank
    change = Change.DE_ESCALATED if lower else Change.UPDATED
    revision = revise(incident, change, verdict, assessment, shown, at, watch.signals)
    return Step(structs.replace(watch, incident=revision, last_update=minute), Outcome.REVISED, revision)


def _holds(incident: Incident, assessment: Assessment) -> bool:
    """Return whether the severity stays: a score just below critical is no de-escalation."""
    if assessment.severity.rank >= incident.severity.rank:
        return True
    near = assessment.severity is Severity.WARNING and incident.severity is Severity.CRITICAL
    return near and assessment.score > CRITICAL_SCORE - CALM_MARGIN


def _as_told(incident: Incident, assessment: Assessment) -> Assessment:
    """Return an assessment with the severity that was told last; only info is calm."""
    calm = assessment.calm if incident.severity is Severity.INFO else None
    return structs.replace(assessment, severity=incident.severity, calm=calm)


def _note_known(watch: Watch, incident: Incident, minute: Minute, verdicts: Sequence[Verdict]) -> Watch:
    """Return the watch with what is known when an incident opens: at its first close."""
    if minute > opening_minute(incident) + 1:
        return watch
    before = note_known(watch.before, verdicts)
    return watch if before is watch.before else structs.replace(watch, before=before)


def _as_before(watch: Watch, minute: Minute, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
    """Return verdicts as they would be before the incident, as long as its last alarm mutes.

    A level that stays for longer is the new normal.
    """
    if watch.muted_until is None or minute >= watch.muted_until:
        return verdicts
    return [as_before(verdict, watch.before) for verdict in verdicts]


def _note_quiet(watch: Watch, minute: Minute, quiet: bool, learnt: bool) -> Watch:
    """Return the watch with the begin of the time that is quiet, and of that whose level is known by now."""
    quiet_since = _since(watch.quiet_since, minute, quiet)
    learnt_since = _since(watch.learnt_since, minute, learnt)
    if (quiet_since, learnt_since) == (watch.quiet_since, watch.learnt_since):
        return watch
    return structs.replace(watch, quiet_since=quiet_since, learnt_since=learnt_since)


def _since(first: Minute | None, minute: Minute, holds: bool) -> Minute | None:
    if not holds:
        return None
    return minute if first is None else first


def _note_signals(watch: Watch, verdicts: Sequence[Verdict]) -> Watch:
    """Return the watch with the signals that are spikes now; equal sets of them in equal order."""
    signals = {*watch.signals, *(verdict.signal for verdict in verdicts if verdict.is_spike)}
    return (
        watch
        if len(signals) == len(watch.signals)
        else structs.replace(watch, signals=tuple(sorted(signals)))
    )


def _after_alarm(watch: Watch, incident: Incident, settings: IncidentSettings) -> Watch:
    verdict = incident.verdict
    return Watch(
        incident=incident,
        alarm_minute=verdict.minute,
        alarm_level=verdict.observed,
        alarm_severity=incident.severity,
        alarm_signal=verdict.signal,
        muted_until=verdict.minute + settings.mute_min,
        last_update=verdict.minute,
        signals=incident.signals,
        kept_back=watch.kept_back,
        before=watch.before,
    )


def _worst(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return the spike that weighs most: negative signals before volume, then the larger ratio."""
    spikes = [verdict for verdict in verdicts if verdict.is_spike]
    return max(spikes, key=lambda v: (v.signal is not Signal.TOTAL_COUNT, v.ratio), default=None)


def _of_signal(verdicts: Sequence[Verdict], signal: Signal) -> Verdict | None:
    return next((verdict for verdict in verdicts if verdict.signal is signal), None)
