"""A test alert: an invented incident of a brand called TEST, opened and resolved at one receiver."""

from __future__ import annotations

import msgspec

from agents.receivers.receiver import Delivery, Outcome, Receiver
from detector.alert import Alert, ReceiverRule
from detector.clock import MINUTE_MS, Millis, minute_of, to_rfc3339
from detector.codec import to_json
from detector.evidence import Evidence, Example
from detector.incident_record import INCIDENT_FORMAT, Change, Incident, incident_id
from detector.severity import Severity
from detector.spike import Reason, Signal, Verdict

NAME = "TEST"
BRAND = "test"
_TEXT = "This is a test of siaga. Nothing has happened. / Ini uji coba siaga. Tidak terjadi apa-apa."


async def send_trial(
    receiver: Receiver, rule: ReceiverRule, severity: str, now: Millis
) -> list[tuple[str, Delivery]]:
    """Open and resolve a test incident at a receiver; return each step with what became of it.

    Parameters
    ----------
    receiver
        Where to; it is closed afterwards.
    rule
        What the receiver wants; only its language and its zone are used.
    severity
        The severity of the incident.
    now
        System time.
    """
    results = []
    try:
        for revision in trial_revisions(Severity(severity), now):
            ended = revision.state == "resolved"
            alert = Alert(
                revision,
                to_json(revision),
                rule.language,
                name=NAME,
                at=now,
                arrived_at=now,
                shown=(revision.severity,) if ended else (),
                zone=rule.zone,
            )
            delivery = await receiver.deliver(alert)
            results.append((str(revision.change), delivery))
            if delivery.outcome is not Outcome.DELIVERED:
                break
    finally:
        await receiver.close()
    return results


def trial_revisions(severity: Severity, now: Millis) -> tuple[Incident, Incident]:
    """Return the opening and the end of a test incident."""
    minute = minute_of(now) - 1
    at = to_rfc3339(minute * MINUTE_MS)
    opened = Incident(
        format=INCIDENT_FORMAT,
        # Two tests of one minute are two incidents: a receiver may drop what has a key that it knows.
        id=f"{incident_id(BRAND, minute, Signal.NEGATIVE_COUNT)}-{now % MINUTE_MS:05}",
        revision=1,
        change=Change.OPENED,
        state="open",
        brand=BRAND,
        severity=severity,
        score=0,
        contributions={},
        signal=Signal.NEGATIVE_COUNT,
        opened_at=at,
        onset_at=at,
        updated_at=to_rfc3339(now),
        resolved_at=None,
        verdict=Verdict(
            signal=Signal.NEGATIVE_COUNT,
            reason=Reason.SPIKE,
            minute=minute,
            window_min=15,
            observed=1.0,
            expected=0.0,
            lower=0.0,
            upper=0.0,
            ratio=1.0,
            p_value=1.0,
            sample=0,
            history=0,
        ),
        reason="a test of the receiver: nothing has happened",
        evidence=Evidence(
            posts=1,
            negatives=1,
            positives=0,
            authors=1,
            mean_polarity=0.0,
            coverage=1.0,
            reach=0,
            near_copies=0,
            platforms={"test": 1},
            languages={},
            examples=(Example(_TEXT, "test", at, 0.0),),
        ),
        detector="test",
    )
    resolved = msgspec.structs.replace(
        opened, revision=2, change=Change.RESOLVED, state="resolved", resolved_at=to_rfc3339(now)
    )
    return opened, resolved
