"""Alerts by HTTP POST: the incident revision as JSON, to any system that can take a request."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from agents.receivers.http_post import HttpPost, Target, shown_host
from agents.receivers.receiver import Delivery
from agents.receivers.signature import signature
from agents.wall_clock import now_ms
from detector.alert import Alert

__all__ = ["WebhookReceiver", "WebhookSettings", "shown_host"]

# What a header value may hold as it is; the rest is percent-encoded.
_PLAIN = " !\"#$&'()*+,/:;<=>?@[\\]^`{|}"

_SIGNED = {
    401: "it refuses the signature or the login: set its signing key, or a valid token in the headers",
    403: "it refuses the signature or the login: set its signing key, or a token that may post",
}


class WebhookSettings(Target, frozen=True, kw_only=True):
    """How one webhook is reached.

    Parameters
    ----------
    signing_key
        The secret that each request is signed with; none means that nothing is signed.
    """

    signing_key: str | None = None

    def __repr__(self) -> str:
        """Show nothing that may hold a secret."""
        return super().__repr__()


class WebhookReceiver:
    """Posts incident revisions to a URL.

    The body is the revision exactly as it stands on the topic. `Idempotency-Key` is ``id/revision``, so
    that a repeated delivery can be told from a new one; characters that a header cannot hold
    are percent-encoded. With a signing key, each attempt carries the time and a signature over both.

    Parameters
    ----------
    settings
        How it is reached.
    clock
        Returns system time in milliseconds.

    Raises
    ------
    ValueError
        When the URL is no absolute http or https URL.
    """

    def __init__(self, settings: WebhookSettings, clock: Callable[[], int] = now_ms) -> None:
        self.name = settings.name
        self._key = settings.signing_key.encode() if settings.signing_key else None
        self._http = HttpPost(settings.url, settings, _SIGNED if self._key else None)
        self._clock = clock

    async def deliver(self, alert: Alert) -> Delivery:
        """Post one revision, and try again a few times when that may help."""
        return await self._http.post(alert.payload, lambda: self._headers(alert))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _headers(self, alert: Alert) -> dict[str, str]:
        incident_id = quote(alert.incident.id, safe=_PLAIN)
        headers = {
            "X-Siaga-Incident": incident_id,
            "X-Siaga-Revision": str(alert.incident.revision),
            "Idempotency-Key": f"{incident_id}/{alert.incident.revision}",
        }
        if self._key is not None:
            timestamp = self._clock() // 1_000
            headers["X-Siaga-Timestamp"] = str(timestamp)
            headers["X-Siaga-Signature"] = signature(self._key, timestamp, alert.payload)
        return headers
