"""What Alertmanager is told, and what happens when some or all of its instances fail."""

import asyncio
import json
from typing import Any

import pytest

from agents.receivers import AlertmanagerReceiver, AlertmanagerSettings, Outcome
from agents.receivers.alertmanager import alerts_of
from agents.receivers.http_post import Caller
from detector.alert import Alert
from detector.codec import to_json
from detector.incident import Incident
from detector.severity import Severity
from tests.unit.agents.endpoint import HANG, Endpoint
from tests.unit.alert_examples import NOW, incident, resolved

W, C = Severity.WARNING, Severity.CRITICAL


def alert(told: Incident, *shown: Severity, **changes: Any) -> Alert:
    values = {"name": "Biznet", "at": NOW, "arrived_at": NOW - 2_000, **changes}
    return Alert(told, to_json(told), "en", shown=shown, **values)


def summed_up(told: Alert) -> list[tuple[str, str, str]]:
    return [(one["labels"]["severity"], one["startsAt"], one["endsAt"]) for one in alerts_of(told)]


def test_labels_are_identity_and_figures_are_annotations():
    (made,) = alerts_of(alert(incident(), link="https://dash.example/x"))
    assert made["labels"] == {
        "alertname": "SiagaIncident",
        "brand": "biznet",
        "severity": "critical",
        "signal": "negative_count",
        "incident": "biznet-20250721T1505Z-negative_count",
    }
    assert made["generatorURL"] == "https://dash.example/x"
    notes = made["annotations"]
    assert (notes["observed"], notes["expected"], notes["window"]) == ("37", "2.1", "15m")
    assert (notes["brand_name"], notes["revision"], notes["negative_share"]) == ("Biznet", "1", "0.71")
    assert notes["summary"].startswith("Biznet: 37 negative posts within 15 minutes")
    assert "What to do now" in notes["description"]
    assert all(isinstance(text, str) for text in notes.values())


def test_texts_have_the_zone_of_the_receiver_and_fields_stay_in_utc():
    (made,) = alerts_of(alert(incident(), zone="Asia/Jakarta"))
    notes = made["annotations"]
    assert "since about 21:58 WIB on 21 July 2025" in notes["summary"]
    assert "UTC" not in notes["description"]
    assert notes["onset_at"] == "2025-07-21T14:58:00Z"


def test_an_open_incident_holds_for_a_quarter_of_an_hour():
    assert summed_up(alert(incident(), C)) == [("critical", "2025-07-21T15:05:00Z", "2025-07-21T15:36:00Z")]


def test_another_severity_begins_before_the_former_ends():
    assert summed_up(alert(incident(revision=2), W)) == [
        ("critical", "2025-07-21T15:05:00Z", "2025-07-21T15:36:00Z"),
        ("warning", "2025-07-21T15:05:00Z", "2025-07-21T15:21:00Z"),
    ]


def test_the_end_ends_what_was_shown_and_is_the_same_each_time():
    told = alert(resolved(), C, arrived_at=NOW - 2_000)
    assert summed_up(told) == [("critical", "2025-07-21T15:05:00Z", "2025-07-21T15:20:58Z")]
    later = alert(resolved(), C, arrived_at=NOW - 2_000, at=NOW + 60_000)
    assert summed_up(later) == summed_up(told)


def test_an_alert_never_ends_before_it_starts():
    early = alert(resolved(), W, at=NOW - 3_600_000, arrived_at=NOW)
    ((_, starts, ends),) = summed_up(early)
    assert starts <= ends


def receiver(*urls: str, **changes: Any) -> AlertmanagerReceiver:
    values = {"first_wait_s": 0.001, "longest_wait_s": 0.01, "timeout_s": 5.0, "attempts": 2, **changes}
    return AlertmanagerReceiver(AlertmanagerSettings(name="am", urls=urls, **values))


def address(endpoint: Endpoint) -> str:
    return f"http://127.0.0.1:{endpoint.port}/am/"


def delivered_to(first: int, second: int, **changes: Any):
    async def run():
        async with Endpoint(status=first) as one, Endpoint(status=second) as other:
            made = receiver(address(one), address(other), **changes)
            started = asyncio.get_running_loop().time()
            delivery = await made.deliver(alert(incident()))
            took = asyncio.get_running_loop().time() - started
            await made.close()
            return delivery, one, other, took

    return asyncio.run(run())


def test_every_instance_gets_every_alert():
    delivery, one, other, _ = delivered_to(200, 200)
    assert delivery.outcome is Outcome.DELIVERED
    for endpoint in (one, other):
        assert [request.path for request in endpoint.requests] == ["/am/api/v2/alerts"]
        assert json.loads(endpoint.bodies[0]) == alerts_of(alert(incident()))


@pytest.mark.parametrize("bad", [503, 400])
def test_one_instance_is_enough(bad):
    assert delivered_to(200, bad)[0].outcome is Outcome.DELIVERED
    assert delivered_to(bad, 200)[0].outcome is Outcome.DELIVERED


def test_an_instance_that_hangs_does_not_hold_up_the_other():
    delivery, _, _, took = delivered_to(HANG, 200, timeout_s=20.0)
    assert delivery.outcome is Outcome.DELIVERED
    assert took < 5


def test_all_failing_is_tried_again_and_all_refusing_is_not():
    assert delivered_to(503, 400)[0].outcome is Outcome.FAILED_TEMPORARILY
    refused = delivered_to(400, 400)[0]
    assert refused.outcome is Outcome.FAILED_PERMANENTLY
    assert refused.detail.endswith("answered 400; it refuses the alert: look into its log")


def test_an_instance_gets_nothing_while_it_hangs_and_everything_afterwards():
    async def run():
        async with Endpoint(status=HANG) as slow, Endpoint() as quick:
            made = receiver(address(slow), address(quick), timeout_s=20.0)
            for _ in range(3):
                assert (await made.deliver(alert(incident()))).outcome is Outcome.DELIVERED
            assert (len(slow.bodies), len(quick.bodies)) == (1, 3)
            slow.status = 200
            slow.release()
            while len(slow.bodies) < 2:
                await made.deliver(alert(incident(revision=2)))
                await asyncio.sleep(0.01)
            await made.close()

    asyncio.run(asyncio.wait_for(run(), 20))


def test_without_an_address_it_is_refused():
    with pytest.raises(ValueError, match="no Alertmanager: got no address; expected 1 or more; set `urls`"):
        receiver()


def test_settings_show_no_address_and_no_token():
    secret = {"urls": ("http://h/s3cret",), "headers": {"Authorization": "Bearer s3cret"}}
    assert "s3cret" not in repr(AlertmanagerSettings(name="am", **secret))
    assert "s3cret" not in repr(Caller(name="am", headers=secret["headers"]))
