"""Whether an incident revision is true to itself: all in it that follows from something else in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from detector.clock import MINUTE_MS, from_rfc3339, minute_of
from detector.incident_record import INCIDENT_FORMAT, Change, Incident, incident_id
from detector.proof import prove
from detector.revision import explain
from detector.spike import Signal

# A revision that is about the close of a quiet time names no spike.
_CALLS = (Change.OPENED, Change.ESCALATED)
_FIELDS = ("reason", "expected", "lower", "upper", "ratio", "p_value", "sample", "history")
_LONGEST_MIN = 60
_LAST_MINUTE = 4_000_000_000_000 // MINUTE_MS
_ID = re.compile(rf"(?P<brand>.+)-[0-9]{{8}}T[0-9]{{4}}Z-(?:{'|'.join(Signal)})")


class Check(Struct, frozen=True):
    """One thing that was looked at: what it is, whether it holds, and what was found."""

    what: str
    holds: bool
    found: str


def verify(incident: Incident) -> list[Check]:
    """Return what was checked of a revision, in a fixed order; it is right when every check holds.

    The verdict is decided again from the numbers that it carries; id, reason and score are put together
    again. What rests on posts that are not in the revision (the evidence) cannot be checked.
    """
    unreadable = _unreadable(incident)
    return unreadable or [*_record(incident), *_verdict(incident)]


def brand_of(id: str) -> str | None:
    """Return the brand that an incident's id names, or None when it is no such id.

    >>> brand_of("kunang-fiber-20250721T1505Z-negative_count")
    'kunang-fiber'
    """
    match = _ID.fullmatch(id)
    return match["brand"] if match else None


def _unreadable(incident: Incident) -> list[Check]:
    """Return what is no time or no window at all: nothing can be worked out from it."""
    found = []
    for field in ("onset_at", "opened_at", "updated_at"):
        try:
            at = from_rfc3339(getattr(incident, field))
        except ValueError as error:
            found.append(Check(field, False, str(error)))
        else:
            if at < 0:
                found.append(
                    Check(field, False, f"got {getattr(incident, field)}; expected a time since 1970")
                )
    window, minute = incident.verdict.window_min, incident.verdict.minute
    if not 1 <= window <= _LONGEST_MIN:
        found.append(Check("window", False, f"got {window} min; expected 1 to {_LONGEST_MIN}"))
    if not 0 <= minute <= _LAST_MINUTE:
        found.append(
            Check("minute", False, f"got {minute}; expected 0 to {_LAST_MINUTE}, minutes since 1970")
        )
    return found


def _record(incident: Incident) -> Iterator[Check]:
    yield _equal("format", incident.format, INCIDENT_FORMAT)
    opened = minute_of(from_rfc3339(incident.opened_at))
    yield _equal("id", incident.id, incident_id(incident.brand, opened, incident.signal))
    times = (incident.onset_at, incident.opened_at, incident.updated_at)
    ordered = from_rfc3339(times[0]) <= from_rfc3339(times[1]) <= from_rfc3339(times[2])
    yield Check("times", ordered, f"onset {times[0]}, opened {times[1]}, updated {times[2]}")
    yield _equal("score", incident.score, sum(incident.contributions.values()))
    if incident.change is not Change.RESOLVED:
        yield _equal("sentence", incident.reason, explain(incident.verdict, incident.calm))
    if incident.change in _CALLS:
        yield Check("alarm", incident.verdict.is_spike, f"{incident.change} by {incident.verdict.reason}")


def _verdict(incident: Incident) -> Iterator[Check]:
    verdict = incident.verdict
    proof = prove(verdict)
    if proof.verdict is None:
        yield Check("verdict", False, f"not verifiable: {'; '.join(proof.disagreements)}")
        return
    doubts = {text.partition(":")[0]: text.partition(": ")[2] for text in proof.disagreements}
    for field in _FIELDS:
        wrong = doubts.pop(field, None)
        yield Check(field, wrong is None, wrong or _shown(getattr(verdict, field)))
    for what, text in doubts.items():
        yield Check(what, False, text)
    figures = f"{verdict.observed:g} observed, {len(verdict.numbers)} numbers of {verdict.detector}"
    yield Check("verdict", proof.holds, f"{figures}: {verdict.sentence}")


def _equal(what: str, got: object, expected: object) -> Check:
    return Check(what, got == expected, str(got) if got == expected else f"got {got}; expected {expected}")


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
