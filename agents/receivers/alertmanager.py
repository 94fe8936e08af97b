"""Alerts by the API of Prometheus Alertmanager, version 2: labels say which, annotations what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from msgspec import structs

from agents.receivers.http_post import Caller, HttpPost
from agents.receivers.receiver import Delivery, Outcome
from detector.alert import Alert
from detector.clock import Millis, from_rfc3339, to_rfc3339
from detector.codec import to_json
from detector.severity import Severity

log = structlog.get_logger(__name__)

PATH = "/api/v2/alerts"
ALERT_NAME = "SiagaIncident"
# Alertmanager calls what nobody renews resolved. Longer than a restart of siaga with all its state takes,
# and short enough that an installation that is gone leaves no alert behind.
HOLDS_MS = 15 * 60_000
# The others may take so much longer than the first instance that accepts; whoever does not, is left behind.
_LINGER_S = 0.5
_ADVICE = {
    400: "it refuses the alert: look into its log",
    404: "no Alertmanager is there: set the address without /api/v2/alerts, with its route prefix",
}


class AlertmanagerSettings(Caller, frozen=True, kw_only=True):
    """How the instances of one Alertmanager are reached, by secret `urls` without ``/api/v2/alerts``."""

    urls: tuple[str, ...]

    def __repr__(self) -> str:
        """Show nothing that may hold a secret."""
        return f"AlertmanagerSettings(name={self.name!r}, instances={len(self.urls)})"


class AlertmanagerReceiver:
    """Posts alerts to every instance, since clustered instances share silences but not alerts.

    Delivered means that one instance has it. An instance that was down gets everything with the next
    renewal. One that hangs has at most one request of siaga's open, and is passed over meanwhile.

    Parameters
    ----------
    settings
        How the instances are reached.

    Raises
    ------
    ValueError
        When there is no address, or one is no absolute http or https URL.
    """

    def __init__(self, settings: AlertmanagerSettings) -> None:
        if not settings.urls:
            raise ValueError("no Alertmanager: got no address; expected 1 or more; set `urls`")
        self.name = settings.name
        self._instances = [_Instance(settings, url) for url in settings.urls]

    async def deliver(self, alert: Alert) -> Delivery:
        """Post what an alert says now to every instance."""
        body = to_json(alerts_of(alert))
        free = [instance for instance in self._instances if instance.is_free] or self._instances
        posting = {asyncio.create_task(instance.post(body)) for instance in free}
        waiting, results = posting, list[Delivery]()
        while waiting and not any(one.outcome is Outcome.DELIVERED for one in results):
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            results += [task.result() for task in done]
        if waiting:
            done, _ = await asyncio.wait(waiting, timeout=_LINGER_S)
            results += [task.result() for task in done]
        return _best(results)

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.gather(*(instance.close() for instance in self._instances))


class _Instance:
    """One instance: its connection, whether a request is open, and whether it works."""

    def __init__(self, settings: AlertmanagerSettings, url: str) -> None:
        # With neighbours that may answer, it is not worth waiting for one: the renewal mends it.
        caller = settings if len(settings.urls) == 1 else structs.replace(settings, attempts=1)
        self._name = settings.name
        self._http = HttpPost(url.rstrip("/") + PATH, caller, _ADVICE)
        self._turn = asyncio.Lock()
        self._failed = ""

    @property
    def is_free(self) -> bool:
        """Whether no request is open."""
        return not self._turn.locked()

    async def post(self, body: bytes) -> Delivery:
        """Post, after a request that is still open: alerts of one instance keep their order."""
        async with self._turn:
            delivery = await self._http.post(body, dict)
        failed = "" if delivery.outcome is Outcome.DELIVERED else delivery.detail
        if failed and failed != self._failed:
            log.warning("an Alertmanager instance fails", receiver=self._name, detail=failed)
        elif self._failed and not failed:
            log.info("an Alertmanager instance answers again", receiver=self._name, host=self._http.host)
        self._failed = failed
        return delivery

    async def close(self) -> None:
        await self._http.close()


def alerts_of(alert: Alert) -> list[dict[str, object]]:
    """Return what is posted: the alert as it is now, first, then the ends of those it takes the place of.

    The severity is a label, since Alertmanager routes by labels; so another severity is another alert. It
    begins before the former one ends, in one request, and at no time there is none.

    Parameters
    ----------
    alert
        The revision; `shown` are the severities under which Alertmanager may hold it.
    """
    severity = alert.incident.severity
    if alert.incident.state == "resolved":
        # The same end each time, so that telling it again changes nothing.
        end = min(alert.at, alert.arrived_at)
        return [_alert(alert, shown, end) for shown in alert.shown or (severity,)]
    former = [shown for shown in alert.shown if shown is not severity]
    return [
        _alert(alert, severity, alert.at + HOLDS_MS),
        *(_alert(alert, shown, alert.at) for shown in former),
    ]


def _alert(alert: Alert, severity: Severity, ends: Millis) -> dict[str, object]:
    incident = alert.incident
    made: dict[str, object] = {
        "labels": {
            "alertname": ALERT_NAME,
            "brand": incident.brand,
            "severity": str(severity),
            "signal": str(incident.signal),
            "incident": incident.id,
        },
        "annotations": _annotations(alert),
        # Event time may be ahead of this clock; Alertmanager refuses an alert that ends before it starts.
        "startsAt": to_rfc3339(min(from_rfc3339(incident.opened_at), ends, alert.at)),
        "endsAt": to_rfc3339(ends),
    }
    if alert.link:
        made["generatorURL"] = alert.link
    return made


def _annotations(alert: Alert) -> dict[str, str]:
    incident, message = alert.incident, alert.message
    verdict, evidence = incident.verdict, incident.evidence
    found = {
        "summary": message.summary,
        "description": message.body,
        "brand_name": alert.brand_name,
        "change": str(incident.change),
        "revision": str(incident.revision),
        "score": str(incident.score),
        "observed": f"{verdict.observed:g}",
        "expected": f"{verdict.expected:g}",
        "window": f"{verdict.window_min}m",
        "posts": str(evidence.posts),
        "negative_share": f"{evidence.negative_share:.2f}",
        "onset_at": incident.onset_at,
        "updated_at": incident.updated_at,
    }
    return {key: text for key, text in found.items() if text}


def _best(results: Sequence[Delivery]) -> Delivery:
    """Return the outcome of all: one acceptance is enough, and only if all refuse for good it is for good."""
    rank = {Outcome.DELIVERED: 0, Outcome.FAILED_TEMPORARILY: 1, Outcome.FAILED_PERMANENTLY: 2}
    return min(results, key=lambda one: rank[one.outcome])
