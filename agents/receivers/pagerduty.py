"""Alerts by PagerDuty's Events API v2: one alert there for each incident, triggered, updated, resolved."""

from __future__ import annotations

import hashlib

from agents.receivers.http_post import HttpPost, Target
from agents.receivers.receiver import Delivery
from detector.alert import Alert
from detector.codec import to_json

# Limits of the Events API v2, as documented; beyond them an event is refused or cut.
MAX_SUMMARY_CHARS = 1_024
MAX_DEDUP_CHARS = 255
MAX_EVENT_BYTES = 512 * 1_024

_ADVICE = {
    400: "it refuses the event: check that the integration key belongs to an Events API v2 integration",
    403: "it refuses the integration key: set a valid one in token_env or token_file",
    404: "nothing is there: remove `url`, or correct it",
}


class PagerDutySettings(Target, frozen=True, kw_only=True):
    """How PagerDuty is reached; `routing_key` is the integration key, a secret."""

    routing_key: str

    def __repr__(self) -> str:
        """Show nothing that may hold a secret."""
        return super().__repr__()


class PagerDutyReceiver:
    """Sends events to one PagerDuty service.

    All revisions of an incident have the same `dedup_key`, so whatever comes twice changes nothing there.

    Parameters
    ----------
    settings
        How it is reached.
    """

    def __init__(self, settings: PagerDutySettings) -> None:
        self.name = settings.name
        self._key = settings.routing_key
        self._http = HttpPost(settings.url, settings, _ADVICE)

    async def deliver(self, alert: Alert) -> Delivery:
        """Send one event, and try again a few times when that may help."""
        body = to_json(event_of(alert, self._key))
        return await self._http.post(body, dict)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def event_of(alert: Alert, routing_key: str) -> dict[str, object]:
    """Return the event that says what an alert says."""
    incident = alert.incident
    event: dict[str, object] = {
        "routing_key": routing_key,
        "event_action": "resolve" if incident.state == "resolved" else "trigger",
        "dedup_key": dedup_key(incident.id),
    }
    if incident.state == "resolved":
        return event
    message = alert.message
    verdict, evidence = incident.verdict, incident.evidence
    event["payload"] = {
        "summary": _cut(message.summary, MAX_SUMMARY_CHARS),
        "source": "siaga",
        "severity": str(incident.severity),
        "timestamp": incident.updated_at,
        "component": incident.brand,
        "class": str(incident.signal),
        "custom_details": {
            "message": message.body,
            "incident": incident.id,
            "revision": incident.revision,
            "onset_at": incident.onset_at,
            "observed": verdict.observed,
            "expected": verdict.expected,
            "negative_share": round(evidence.negative_share, 2),
            "platforms": evidence.platforms,
        },
    }
    event["client"] = "siaga"
    if alert.link:
        event["client_url"] = alert.link
        event["links"] = [{"href": alert.link, "text": alert.brand_name}]
    return event


def dedup_key(incident_id: str) -> str:
    """Return the key of an incident; a long id is cut, and ends with a hash of the whole.

    >>> dedup_key("biznet-20250721T1505Z-negative_count")
    'biznet-20250721T1505Z-negative_count'
    """
    if len(incident_id) <= MAX_DEDUP_CHARS:
        return incident_id
    digest = hashlib.sha256(incident_id.encode()).hexdigest()[:16]
    return f"{incident_id[: MAX_DEDUP_CHARS - 17]}-{digest}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
