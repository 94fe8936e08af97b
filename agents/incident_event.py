"""The CloudEvents 1.0 headers of an incident revision, in Kafka's binary mode."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cloudevents.core.bindings.kafka import to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from agents.wall_clock import now_ms
from detector.incident_record import Incident

TYPE = "siaga.incident.{change}.v1"
SOURCE = "/siaga/detect_spikes"


def headers_of(incident: Incident) -> list[tuple[str, bytes]]:
    """Return the headers of a revision's record; ``ce_time`` is when it was sent, by this machine's clock."""
    event = CloudEvent(
        attributes={
            "id": f"{incident.id}/{incident.revision}",
            "source": SOURCE,
            "type": TYPE.format(change=incident.change),
            "specversion": "1.0",
            "datacontenttype": "application/json",
            "subject": incident.brand,
            "time": datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now_ms()),
        },
        data={},
    )
    return [(key, value) for key, value in to_binary(event, JSONFormat()).headers.items()]
