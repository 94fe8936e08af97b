from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.command_line import siaga
from detector.codec import from_json, to_json

ROOT = Path(__file__).parents[3]


@pytest.fixture
def score(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(text, *args):
        data = text.encode() if isinstance(text, str) else text
        result = CliRunner().invoke(siaga, ["score", *args], input=data)
        return result, [from_json(line, dict) for line in result.stdout.splitlines()]

    return run


def test_posts_and_plain_lines_in_order(score):
    result, rows = score(
        '{"id":"a","text":"I love it"}\ninternet lemot, kecewa\n\n{"id":7,"text":"I hate it"}\n'
    )
    assert result.exit_code == 0
    assert [(row["id"], row["label"]) for row in rows] == [
        ("a", "positive"),
        (2, "negative"),
        (7, "negative"),
    ]


def test_a_row_has_exactly_the_keys_of_the_contract(score):
    _, (row,) = score("I love it\n")
    assert list(row) == ["id", "lang", "compound", "polarity", "label", "coverage", "terms"]
    assert row["terms"][0][0] == "love"


def test_whole_posts_are_read_and_their_other_keys_ignored(score):
    post = to_json({"platform": "x", "id": "1", "created_at": 0, "text": "bagus", "author": {"id": "k"}})
    result, rows = score(post + b"\n")
    assert (result.exit_code, rows[0]["label"]) == (0, "positive")


def test_a_bad_line_is_told_and_costs_no_other(score):
    result, rows = score(b'good\n{bad\n{"id":1}\n\xff\nbagus\n')
    assert result.exit_code == 65
    assert [row["id"] for row in rows] == [1, 5]
    assert [line.split(":")[1] for line in result.stderr.splitlines()] == [" line 2", " line 3", " line 4"]


def test_hard_lines(score):
    hard = ["\u0000", "😡" * 5000, " ", "x" * 300_000, '"', "[1]", "{", "NaN"]
    result, rows = score("\n".join(hard) + "\n")
    assert result.exit_code == 65  # the one that begins like JSON
    assert len(rows) == len(hard) - 2  # white space alone is no line


def test_a_line_beyond_the_limit(score):
    result, rows = score("x" * 1_100_000 + "\nbagus\n")
    assert (result.exit_code, len(rows)) == (65, 1)
    assert "line too long" in result.stderr
    assert len(result.stderr) < 300


def test_the_scorer_can_be_chosen(score):
    assert score("lemot sekali", "--scorer", "vader")[1][0]["compound"] == 0
    assert score("lemot sekali", "--scorer", "lexicon")[1][0]["compound"] < 0


def test_the_configured_scorer_is_the_default(score, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/brands.yml").write_text("brands: {biznet: {name: B, aliases: [biznet]}}")
    (tmp_path / "config/detector.yml").write_text("scorer: vader")
    assert score("lemot sekali")[1][0]["compound"] == 0


def test_a_file(score, tmp_path):
    (tmp_path / "posts.txt").write_text("bagus sekali\n")
    assert score("", "posts.txt")[1][0]["label"] == "positive"
