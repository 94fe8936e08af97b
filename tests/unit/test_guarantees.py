"""Every guarantee, and every limit, names a test that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/guarantees.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))
ROWS = [
    line
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith(("| promise", "| limit"))
]


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda value: value)
def test_the_test_that_shows_it_exists(path, name):
    assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_each_row_names_a_test(row):
    assert re.search(r"`tests/[\w/]+\.py::\w+`", row.rsplit("| ", 1)[1])


def test_there_are_promises_and_limits():
    assert len(ROWS) > 20
    assert "## Promised" in TEXT
    assert "## Not promised" in TEXT
