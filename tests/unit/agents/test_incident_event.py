from pathlib import Path

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from agents.incident_event import headers_of
from detector.codec import from_json, to_json
from detector.incident_record import Incident

GOLDEN = Path(__file__).parents[2] / "golden/contracts/incident.json"


def test_headers_and_value_are_a_cloudevent(monkeypatch):
    monkeypatch.setattr("agents.incident_event.now_ms", lambda: 1_753_110_301_250)
    incident = from_json(GOLDEN.read_bytes(), Incident)
    headers = dict(headers_of(incident))
    assert all(isinstance(value, bytes) for value in headers.values())
    message = KafkaMessage(headers=headers, key=incident.id.encode(), value=to_json(incident))
    event = from_binary(message, JSONFormat())
    assert event.get_id() == f"{incident.id}/{incident.revision}"
    assert event.get_type() == f"siaga.incident.{incident.change}.v1"
    assert (event.get_source(), event.get_subject()) == ("/siaga/detect_spikes", incident.brand)
    assert (event.get_specversion(), event.get_datacontenttype()) == ("1.0", "application/json")
    assert event.get_time().isoformat() == "2025-07-21T15:05:01.250000+00:00"
    assert from_json(to_json(event.get_data()), Incident) == incident
