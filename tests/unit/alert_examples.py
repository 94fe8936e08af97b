"""Incidents as tests of alerts need them."""

from typing import Any

import msgspec

from detector.clock import from_rfc3339, minute_of
from detector.evidence import Evidence, Example
from detector.incident import INCIDENT_FORMAT, Change, Incident, incident_id
from detector.severity import Severity
from detector.spike import Reason, Signal, Verdict

OPENED_AT = "2025-07-21T15:05:00Z"
NOW = from_rfc3339("2025-07-21T15:21:00Z")


def verdict(**changes: Any) -> Verdict:
    values: dict[str, Any] = {
        "signal": Signal.NEGATIVE_COUNT,
        "reason": Reason.SPIKE,
        "minute": minute_of(from_rfc3339("2025-07-21T15:19:00Z")),
        "window_min": 15,
        "observed": 37.0,
        "expected": 2.1,
        "lower": 0.0,
        "upper": 6.0,
        "ratio": 17.6,
        "p_value": 1.3e-9,
        "sample": 20_160,
        "history": 4_812,
    }
    return Verdict(**{**values, **changes})


def evidence(**changes: Any) -> Evidence:
    values: dict[str, Any] = {
        "posts": 52,
        "negatives": 37,
        "positives": 3,
        "authors": 44,
        "mean_polarity": -0.41,
        "coverage": 0.86,
        "reach": 120_400,
        "near_copies": 4,
        "platforms": {"x": 41, "facebook": 9, "forum": 2},
        "languages": {"id": 50, "en": 2},
        "drivers": ("internet mati", "gangguan", "refund"),
        "examples": (
            Example("Internet mati lagi dari jam 9 malam, gimana ini?", "x", "2025-07-21T15:03:12Z", -0.61),
            Example("Gangguan terus,\nminta refund!", "facebook", "2025-07-21T15:08:40Z", -0.72),
        ),
    }
    return Evidence(**{**values, **changes})


def incident(**changes: Any) -> Incident:
    values: dict[str, Any] = {
        "format": INCIDENT_FORMAT,
        "id": incident_id("biznet", minute_of(from_rfc3339(OPENED_AT)), Signal.NEGATIVE_COUNT),
        "revision": 1,
        "change": Change.OPENED,
        "state": "open",
        "brand": "biznet",
        "severity": Severity.CRITICAL,
        "score": 74,
        "contributions": {
            "size": 17,
            "negative_share": 30,
            "growth": 6,
            "authors": 12,
            "reach": 3,
            "platforms": 4,
            "persistence": 2,
        },
        "signal": Signal.NEGATIVE_COUNT,
        "opened_at": OPENED_AT,
        "onset_at": "2025-07-21T14:58:00Z",
        "updated_at": "2025-07-21T15:19:30Z",
        "resolved_at": None,
        "verdict": verdict(),
        "reason": "37 negative posts in 15 min, 2.1 expected, at most 6 normal",
        "evidence": evidence(),
        "detector": "spike/1",
    }
    return Incident(**{**values, **changes})


def resolved(**changes: Any) -> Incident:
    values: dict[str, Any] = {
        "revision": 4,
        "change": Change.RESOLVED,
        "state": "resolved",
        "severity": Severity.WARNING,
        "updated_at": "2025-07-21T17:20:00Z",
        "resolved_at": "2025-07-21T17:20:00Z",
        # As the incident machine does it: the verdict stays that of the last spike.
        "verdict": verdict(minute=minute_of(from_rfc3339("2025-07-21T16:19:00Z")), observed=8.0, ratio=3.8),
        "evidence": evidence(
            posts=3, negatives=1, near_copies=0, platforms={"x": 3}, drivers=(), examples=()
        ),
    }
    return incident(**{**values, **changes})


def revised(base: Incident, revision: int, **changes: Any) -> Incident:
    return msgspec.structs.replace(base, revision=revision, **changes)
