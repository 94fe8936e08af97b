"""A crisis reaches people through a real Alertmanager: once when it opens, changes severity, and ends."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.alertmanager import Alertmanager
from tests.integration.crisis import Crisis
from tests.integration.installation import Installation, Webhook, installed, wait_for

EXAMPLE = Path(__file__).parents[2] / "config/alertmanager/alertmanager.yml"


def example_for(room: Webhook) -> str:
    """The shipped example with the addresses of this test, and seconds in place of half minutes."""
    config = yaml.safe_load(EXAMPLE.read_text())
    for receiver in config["receivers"]:
        for hook in receiver["webhook_configs"]:
            hook["url"] = room.url.replace("/alerts", f"/{receiver['name']}")
    siaga = config["route"]["routes"][0]
    siaga["group_interval"] = "1s"
    return yaml.safe_dump(config)


def to(instances: list[Alertmanager]) -> dict:
    urls = [instance.url for instance in instances]
    return {"name": "am", "type": "alertmanager", "urls": urls, "min_severity": "info", "max_age": "0s"}


def notified(room: Webhook, receiver: str = "crisis-room") -> list[tuple[str, str]]:
    """Status and severity of each notification, in order: the severity of what fires, else of what ended."""
    told = []
    for path, body in zip(room.paths, room.received, strict=False):
        if path == f"/{receiver}":
            firing = [one for one in body["alerts"] if one["status"] == "firing"] or body["alerts"]
            told.append((body["status"], firing[0]["labels"]["severity"]))
    return told


def wanted(siaga: Installation) -> list[tuple[str, str]]:
    """What the revisions on the topic ask for: an opening, each change of severity, the end."""
    asked: list[tuple[str, str]] = []
    for record in siaga.records("incidents"):
        if record.value is None:
            continue
        incident = json.loads(record.value)
        if incident["state"] == "resolved":
            asked.append(("resolved", asked[-1][1]))
        elif not asked or asked[-1][1] != incident["severity"]:
            asked.append(("firing", incident["severity"]))
    return asked


def agree(siaga: Installation, room: Webhook, count: int = 1) -> list[tuple[str, str]]:
    """Wait until the notifications are those that the topic asks for, at least so many."""

    def same() -> list[tuple[str, str]] | None:
        asked = wanted(siaga)
        return asked if len(asked) >= count and notified(room) == asked else None

    try:
        found = wait_for("the notifications that the topic asks for", same, 30, every_s=0.3)
    except AssertionError:
        raise AssertionError(f"told {notified(room)}, asked for {wanted(siaga)}") from None
    assert isinstance(found, list)
    return found


def through_to_critical(siaga: Installation, room: Webhook) -> Crisis:
    crisis = Crisis(siaga)
    crisis.history()
    crisis.wave(9)
    assert agree(siaga, room) == [("firing", "warning")]
    crisis.advance(3)
    crisis.wave(120, 6)
    assert agree(siaga, room, 2) == [("firing", "warning"), ("firing", "critical")]
    return crisis


def to_its_end(siaga: Installation, room: Webhook, crisis: Crisis) -> None:
    for _ in range(20):
        crisis.advance(15)
        if agree(siaga, room)[-1][0] == "resolved":
            return
    raise AssertionError(f"not resolved: {wanted(siaga)}")


@pytest.mark.alertmanager
@pytest.mark.parametrize(
    ("severity", "called"),
    [("critical", "on-call,crisis-room"), ("warning", "crisis-room"), ("info", "daily-read")],
)
def test_the_example_is_right_and_calls_the_right_people(severity, called):
    checked = subprocess.run(["amtool", "check-config", EXAMPLE], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    labels = ["alertname=SiagaIncident", "brand=kunang", f"severity={severity}", "incident=i", "signal=s"]
    routed = subprocess.run(
        ["amtool", "config", "routes", "test", f"--config.file={EXAMPLE}", *labels],
        capture_output=True,
        text=True,
        check=True,
    )
    assert routed.stdout.strip() == called


def test_one_notification_for_the_opening_each_severity_and_the_end(
    kafka, prefix, tmp_path, alertmanager, room
):
    instance = alertmanager(example_for(room))
    with installed(kafka.bootstrap, prefix, tmp_path, receivers=[to([instance])]) as siaga:
        worker = siaga.worker()
        crisis = through_to_critical(siaga, room)
        to_its_end(siaga, room, crisis)
        wait_for("a renewal", lambda: worker.metric("siaga_alerts_total", outcome="renewed"), 70)
        assert agree(siaga, room)[-1][0] == "resolved"
        first = room.received[0]["alerts"][0]
        assert set(first["labels"]) == {"alertname", "brand", "severity", "signal", "incident"}
        assert first["labels"]["brand"] == "kunang"
        assert first["annotations"]["summary"].startswith("Kunang Fiber: ")
        assert notified(room, "on-call")[0] == ("firing", "critical")


def test_a_stop_in_the_middle_resolves_nothing_and_opens_nothing_twice(
    kafka, prefix, tmp_path, alertmanager, room
):
    instance = alertmanager(example_for(room))
    with installed(kafka.bootstrap, prefix, tmp_path, receivers=[to([instance])]) as siaga:
        worker = siaga.worker()
        crisis = through_to_critical(siaga, room)
        worker.end(signal.SIGKILL)
        # Alertmanager loses its alerts with a restart, and has to be told anew.
        instance.stop()
        instance.start()
        worker = siaga.worker()
        wait_for("a renewal", lambda: worker.metric("siaga_alerts_total", outcome="renewed"), 70)
        assert agree(siaga, room) == [("firing", "warning"), ("firing", "critical")]
        to_its_end(siaga, room, crisis)


def test_alerts_survive_an_outage_of_all_instances(kafka, prefix, tmp_path, alertmanager, room):
    instance = alertmanager(example_for(room))
    with installed(kafka.bootstrap, prefix, tmp_path, receivers=[to([instance])]) as siaga:
        worker = siaga.worker()
        instance.stop()
        crisis = Crisis(siaga)
        crisis.history()
        crisis.wave(9)
        wait_for("a failure", lambda: worker.metric("siaga_receiver_circuit_open", receiver="am"), 40)
        worker.end(signal.SIGKILL)
        worker = siaga.worker()
        wait_for("a failure again", lambda: worker.metric("siaga_receiver_circuit_open", receiver="am"), 40)
        instance.start()
        assert agree(siaga, room) == [("firing", "warning")]
