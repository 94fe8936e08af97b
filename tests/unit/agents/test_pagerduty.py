"""PagerDuty against a local fake that holds to the documented Events API v2 and its limits."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from agents.receivers import Outcome, PagerDutyReceiver, PagerDutySettings
from agents.receivers.pagerduty import event_of
from detector.alert import Alert
from detector.codec import to_json
from detector.incident import Incident
from tests.unit.alert_examples import evidence, incident, resolved

KEY = "0123456789abcdef0123456789abcdef"


class Fake:
    """Refuses what the documentation says is refused, keeps open alerts by their key."""

    def __init__(self, *script: int) -> None:
        self.script = list(script)
        self.open: dict[str, str] = {}
        self.events: list[dict] = []

    async def enqueue(self, request: web.Request) -> web.Response:
        if self.script:
            return web.Response(status=self.script.pop(0))
        raw = await request.read()
        event = json.loads(raw)
        if len(raw) > 512 * 1024 or (problem := self._problem(event)):
            return web.json_response({"status": "invalid event", "errors": [problem]}, status=400)
        self.events.append(event)
        if event["event_action"] == "resolve":
            self.open.pop(event["dedup_key"], None)
        else:
            self.open[event["dedup_key"]] = event["payload"]["severity"]
        answer = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return web.json_response(answer, status=202)

    def _problem(self, event: dict[str, Any]) -> str:
        if event.get("routing_key") != KEY:
            return "routing_key"
        if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
            return "event_action"
        if not 0 < len(event.get("dedup_key", "")) <= 255:
            return "dedup_key"
        if event["event_action"] == "resolve":
            return ""
        payload = event.get("payload", {})
        if not 0 < len(payload.get("summary", "")) <= 1024 or not payload.get("source"):
            return "payload"
        return "" if payload.get("severity") in ("critical", "error", "warning", "info") else "severity"


def told(*alerts: Alert, fake: Fake | None = None, key: str = KEY):
    """Deliver to a fake; return the outcomes and the fake."""
    fake = fake or Fake()

    async def run():
        app = web.Application(client_max_size=2**20)
        app.router.add_post("/v2/enqueue", fake.enqueue)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/v2/enqueue"
        settings = PagerDutySettings(name="pd", url=url, routing_key=key, first_wait_s=0.001)
        receiver = PagerDutyReceiver(settings)
        try:
            return [await receiver.deliver(alert) for alert in alerts]
        finally:
            await receiver.close()
            await runner.cleanup()

    return asyncio.run(run()), fake


def alert(told: Incident, **changes: Any) -> Alert:
    return Alert(told, to_json(told), "en", **changes)


def test_an_incident_is_triggered_raised_and_resolved_under_one_key():
    opened = alert(incident(), name="Biznet", link="https://dash.example/x")
    outcomes, fake = told(opened, alert(incident(revision=2)), alert(resolved()))
    assert [one.outcome for one in outcomes] == [Outcome.DELIVERED] * 3
    assert {event["dedup_key"] for event in fake.events} == {incident().id}
    assert fake.open == {}
    first = fake.events[0]
    assert first["payload"]["summary"].startswith("Biznet: 37 negative posts")
    assert (first["payload"]["severity"], first["client_url"]) == ("critical", "https://dash.example/x")
    assert "What to do now" in first["payload"]["custom_details"]["message"]
    assert set(fake.events[2]) == {"routing_key", "event_action", "dedup_key"}


def test_texts_have_the_zone_of_the_receiver_and_fields_stay_in_utc():
    event = event_of(alert(incident(), zone="Asia/Jakarta"), KEY)
    payload = event["payload"]
    assert "since about 21:58 WIB on 21 July 2025" in payload["summary"]
    assert "UTC" not in payload["custom_details"]["message"]
    assert payload["custom_details"]["onset_at"] == "2025-07-21T14:58:00Z"


def test_the_limits_of_fields_are_kept():
    long = incident(id="x" * 400, evidence=evidence(drivers=("y" * 5_000,) * 50))
    outcomes, fake = told(alert(long, name="z" * 3_000), alert(incident(id="x" * 401)))
    assert [one.outcome for one in outcomes] == [Outcome.DELIVERED] * 2
    keys = [event["dedup_key"] for event in fake.events]
    assert [len(key) for key in keys] == [255, 255]
    assert keys[0] != keys[1]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_pagerduty_is_tried_again(status):
    outcomes, fake = told(alert(incident()), fake=Fake(status, status))
    assert outcomes[0].outcome is Outcome.DELIVERED
    assert len(fake.events) == 1


def test_a_wrong_key_is_refused_for_good_with_what_to_do_and_never_said():
    outcomes, _ = told(alert(incident()), key="another-s3cret")
    assert outcomes[0].outcome is Outcome.FAILED_PERMANENTLY
    assert outcomes[0].detail.endswith(
        "check that the integration key belongs to an Events API v2 integration"
    )
    settings = PagerDutySettings(name="pd", url="https://h/", routing_key="another-s3cret")
    assert "s3cret" not in repr(outcomes) + repr(settings)


def test_an_event_holds_no_post_that_the_message_does_not():
    event = event_of(alert(incident()), KEY)
    assert "url" not in json.dumps(event)
