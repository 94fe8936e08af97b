from pathlib import Path

import jsonschema

from detector.codec import from_json, pretty_json, to_json
from detector.late import Late, late, late_schema
from detector.mention import Mention, position

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "contracts" / "late.json"
MENTION = Mention(
    "kunang", 7, 9, 1_753_085_100_000, position(41, 3), -6_000, -1, 1, 1, 80, 0, 5, "kunang fiber",
    "internet kunang fiber mati sejak sore",
)  # fmt: skip


def test_the_schema_is_the_one_shipped() -> None:
    path = ROOT / "docs" / "schemas" / "late.schema.json"
    assert path.read_text() == pretty_json(late_schema()), (
        "write pretty_json(late_schema()) there, read the diff"
    )


def test_a_late_mention_says_where_its_post_stands() -> None:
    report = late(MENTION, partition=2, late_by_ms=90_000)
    assert (report.partition, report.offset, report.index) == (2, 41, 3)
    assert pretty_json(report) == GOLDEN.read_text()
    assert from_json(to_json(report), Late) == report
    jsonschema.Draft202012Validator(late_schema()).validate(from_json(to_json(report), dict))
