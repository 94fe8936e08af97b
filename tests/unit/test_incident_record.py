from pathlib import Path

import jsonschema
import pytest

from detector.codec import CodecError, from_json, pretty_json
from detector.incident import Incident, incident_id, incident_schema
from detector.proof import prove
from detector.severity import Severity
from detector.spike import Reason, Signal

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "contracts" / "incident.json"


def test_the_schema_is_the_one_shipped() -> None:
    path = ROOT / "docs" / "schemas" / "incident.schema.json"
    assert path.read_text() == pretty_json(incident_schema()), (
        "write pretty_json(incident_schema()) there and read the diff: everyone outside reads this format"
    )


def test_the_golden_incident_round_trips() -> None:
    golden = GOLDEN.read_bytes()
    incident = from_json(golden, Incident)
    assert pretty_json(incident) == golden.decode()
    assert incident.severity is Severity.CRITICAL
    assert incident.verdict.reason is Reason.SPIKE
    assert prove(incident.verdict).holds
    assert incident.score == sum(incident.contributions.values())


def test_the_schema_takes_the_golden_incident_and_no_other_severity() -> None:
    schema = incident_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema)
    golden = from_json(GOLDEN.read_bytes(), dict)
    assert valid.is_valid(golden)
    assert not valid.is_valid(golden | {"severity": "terrible"})
    assert not valid.is_valid({key: value for key, value in golden.items() if key != "revision"})


def test_an_incident_without_a_field_is_refused() -> None:
    golden = from_json(GOLDEN.read_bytes(), dict)
    del golden["verdict"]
    with pytest.raises(CodecError, match=r"bad JSON .*missing required field `verdict`"):
        from_json(pretty_json(golden), Incident)


def test_a_revision_of_the_first_version_is_still_read() -> None:
    """Optional fields came since: an open incident in the state, or a record in the topic, may lack them."""
    golden = from_json(GOLDEN.read_bytes(), dict)
    for later in ("signals", "calm", "catching_up"):
        del golden[later]
    for later in (
        "negative_authors",
        "origins",
        "negative_origins",
        "amplified_share",
        "usual_negative_share",
    ):
        del golden["evidence"][later]
    for later in ("from_at", "to_at", "timeline", "negative_timeline"):
        del golden["evidence"][later]
    incident = from_json(pretty_json(golden), Incident)
    assert (incident.signals, incident.evidence.origins, incident.evidence.timeline) == ((), None, ())


def test_the_same_opening_has_the_same_id() -> None:
    one = incident_id("teh-tarik", 29_218_505, Signal.TOTAL_COUNT)
    assert one == "teh-tarik-20250721T1505Z-total_count"
    assert one != incident_id("teh-tarik", 29_218_506, Signal.TOTAL_COUNT)
