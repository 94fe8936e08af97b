"""Benchmarks write their tables into documents, and nothing else of them."""

import pytest

from bench.document import table, write_block

BEFORE = "# Title\n\n<!-- begin costs -->\nold\n<!-- end costs -->\nafter\n"


def test_only_the_block_of_that_name_is_replaced(tmp_path):
    path = tmp_path / "some.md"
    path.write_text(BEFORE)
    write_block(path, "costs", table(("what", "µs"), [("decode", 3)]))
    assert path.read_text() == (
        "# Title\n\n<!-- begin costs -->\n| what | µs |\n| --- | ---: |\n| decode | 3 |\n"
        "<!-- end costs -->\nafter\n"
    )


def test_a_document_without_the_block_is_an_error_that_says_what_to_add(tmp_path):
    path = tmp_path / "some.md"
    path.write_text(BEFORE)
    with pytest.raises(ValueError, match=r"no block .scale.; expected <!-- begin scale -->"):
        write_block(path, "scale", "")
    assert path.read_text() == BEFORE
