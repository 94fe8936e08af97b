"""One revision of an incident, as it stands on the `incidents` topic: the contract with everyone outside."""

from __future__ import annotations

from enum import StrEnum
from inspect import cleandoc
from typing import Any, Literal

import msgspec
from msgspec import Struct

from detector.clock import MINUTE_MS, Minute, to_rfc3339
from detector.evidence import Evidence
from detector.severity import Calm, Severity
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
    begin of the rise (it may be refined), `signal` the signal that opened the incident, for life, and
    `signals` all that were spikes since. `calm` says why a spike is only info. From the
    `silent_platforms` nothing comes although something should: the incident is degraded, its figures too low.
    `catching_up` says that posts were over two minutes old when they were read: siaga was behind.
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
    signals: tuple[Signal, ...] = ()
    calm: Calm | None = None
    silent_platforms: tuple[str, ...] = ()
    catching_up: bool = False


def incident_id(brand: str, minute: Minute, signal: Signal) -> str:
    """Return the id that any replay gives to the same incident: brand, opening bucket, signal.

    >>> incident_id("biznet", 29_218_505, Signal.NEGATIVE_COUNT)
    'biznet-20250721T1505Z-negative_count'
    """
    at = to_rfc3339(minute * MINUTE_MS)
    return f"{brand}-{at[:16].replace('-', '').replace(':', '')}Z-{signal}"


def incident_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an incident revision.

    >>> incident_schema()["title"]
    'Siaga incident'
    """
    schema = msgspec.json.schema(Incident)
    for part in schema["$defs"].values():
        if "description" in part:
            # Python 3.13 strips the indentation of docstrings itself; the schema is the same under all.
            part["description"] = cleandoc(part["description"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Siaga incident",
        "description": "One revision of an incident; revisions count up from 1 and the highest is the truth.",
        **schema,
    }
