"""The life of an incident: opened, updated, escalated, de-escalated, resolved; one per brand at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from detector.clock import MINUTE_MS, Minute, to_rfc3339
from detector.evidence import Evidence
from detector.severity import Severity
from detector.spike import Signal, Verdict

INCIDENT_FORMAT = 1


class Change(StrEnum):
    """What a revision of an incident says anew."""

    OPENED = "opened"
    UPDATED = "updated"
    ESCALATED = "escalated"
    DE_ESCALATED = "de_escalated"
    RESOLVED = "resolved"


class Incident(Struct, frozen=True):
    """One revision of an incident, as it stands on the `incidents` topic.

    Revisions of one `id` count up from 1; the highest one is the truth. All times are event time in
    RFC 3339. `opened_at` is the start of the bucket whose count decided, `onset_at` the estimated
    begin of the rise (it may be refined), `signal` the signal that opened the incident, for life.
    """

    format: int
    id: str
    revision: int
    change: Change
    state: Literal["open", "resolved"]
    brand: str
    severity: Severity
    score: int
    contributions: dict[str, int]
    signal: Signal
    opened_at: str
    onset_at: str
    updated_at: str
    resolved_at: str | None
    verdict: Verdict
    reason: str
    evidence: Evidence
    detector: str
    first_seen: bool = False


def incident_id(brand: str, minute: Minute, signal: Signal) -> str:
    """Return the id that any replay gives to the same incident: brand, opening bucket, signal.

    >>> incident_id("biznet", 29_218_505, Signal.NEGATIVE_COUNT)
    'biznet-20250721T1505Z-negative_count'
    """
    at = to_rfc3339(minute * MINUTE_MS)
    return f"{brand}-{at[:16].replace('-', '').replace(':', '')}Z-{signal}"


class Outcome(StrEnum):
    """What became of one look at a brand; everything but REVISED leaves the outside untold."""

    REVISED = "revised"
    NOTHING_TO_SAY = "nothing_to_say"
    MUTED = "muted"
    STILL_OPEN = "still_open"


class Watch(Struct, frozen=True, omit_defaults=True):
    """All that is remembered of a brand's incidents between two looks; part of the state format.

    `incident` is the latest revision while one is open. `alarm_minute`, `alarm_level` and
    `alarm_severity` are those of the last alarm or escalation; alarms are muted while the minute is
    below `muted_until`.
    `quiet_since` is the first of the closed minutes, without interruption, that no longer held a spike.
    """

    incident: Incident | None = None
    alarm_minute: Minute | None = None
    alarm_level: float = 0.0
    alarm_severity: Severity | None = None
    muted_until: Minute | None = None
    quiet_since: Minute | None = None
    last_update: Minute | None = None


class Step(Struct, frozen=True):
    """The result of one look: the new watch, and the revision to send, if any."""

    watch: Watch
    outcome: Outcome
    revision: Incident | None = None


class IncidentSettings(Struct, frozen=True, kw_only=True):
    """How incidents behave; every value in minutes unless named otherwise.

    `mute_min` too short: one crisis alarms several times; too long: a second crisis a day later is only
    an escalation. `resolve_after_min` too short: an incident flaps; too long: it outlives its crisis.
    """

    mute_min: int = 24 * 60
    escalate_ratio: float = 2.0
    escalate_after_min: int = 60
    resolve_after_min: int = 60
    update_every_min: int = 30


EvidenceOf = Callable[[], Evidence]


def on_verdict(brand: str, watch: Watch, verdict: Verdict, evidence: EvidenceOf, settings: IncidentSettings) -> Step:
    """Return what a verdict on a still open bucket changes: it may open or escalate, nothing else."""
    raise NotImplementedError


def on_close(
    brand: str,
    watch: Watch,
    minute: Minute,
    verdicts: Sequence[Verdict],
    evidence: EvidenceOf,
    settings: IncidentSettings,
) -> Step:
    """Return what the close of a minute changes, given the final verdicts on it: any change is possible."""
    raise NotImplementedError
