from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.command_line import siaga
from agents.commands.explain import show
from detector.codec import from_json, to_json
from detector.sentiment.lexicon import LexiconScorer

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
    assert "line 1: line too long: got more than 1 MiB; expected at most 1 MiB; cut it" in result.stderr
    assert rows[0]["id"] == 2
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


BRANDS = "brands: {kunang: {name: Kunang Fiber, aliases: [kunang]}}"
LEXICON = "{id: {kuota: -2}, brands: {kunang: {id: {kuota: 1}, ignore: [indah]}}}"


@pytest.fixture
def configured(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/brands.yml").write_text(BRANDS)
    (tmp_path / "config/lexicon.yml").write_text(LEXICON)


def test_configured_words_count(score, configured):
    assert score("kuota lagi\n", "--scorer", "lexicon")[1][0]["terms"] == [["kuota", -2.0]]


def test_configured_words_count_beside_what_was_learnt(score, configured):
    plain, brand = score("kuota lagi\n")[1][0], score("kuota lagi\n", "--brand", "kunang")[1][0]
    assert plain["polarity"] < brand["polarity"]
    assert "kuota" in dict(plain["terms"])


def test_as_posts_about_a_brand(score, configured):
    rows = score("kunang indah kuota lagi\n", "--brand", "kunang", "--scorer", "lexicon")[1]
    assert rows[0]["terms"] == [["kuota", 1.0]]


def test_a_brand_that_is_not_there(score, configured):
    result = score("x", "--brand", "kunan")[0]
    assert result.exit_code == 64
    assert "no such brand: got 'kunan'; expected a key of brands.yml (kunang)" in result.stderr


def test_a_brand_without_a_configuration(score):
    result = score("x", "--brand", "kunang")[0]
    assert (result.exit_code, "--brand needs a configuration" in result.stderr) == (64, True)


@pytest.fixture
def explain(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(siaga, ["score", *args])


def test_how_a_score_comes_about(explain):
    text = "@budi gak bagus banget!! harganya cukup mahal tapi #LayananCepat 😡"
    result = explain("--scorer", "lexicon", "--explain", text)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "scored      gak bagus banget!! harganya cukup mahal tapi Layanan Cepat 😡"
    assert lines[1:3] == ["cleaned by  handles, hashtags", "language    id"]
    words = {line.split()[0]: line.split(maxsplit=1)[1:] for line in lines[5:] if line}
    assert words["gak"] == ["turns the words behind it"]
    assert words["bagus"] == ["+2.2   -0.96  turned by 'gak', stronger by 'banget', before 'tapi'"]
    assert words["cukup"] == ["+1.0   +0.00  gives way to the next word, before 'tapi'"]
    assert words["cepat"] == ["+2.0   +3.00  after 'tapi'"]
    assert words["sum"] == ["-2.81, and 0.58 for ! and ?: compound -0.6591"]
    assert words["label"] == ["negative"]
    assert all(line == line.rstrip() and "\x1b" not in line for line in lines)


@pytest.mark.parametrize("scorer", ["lexicon", "vader"])
@pytest.mark.parametrize("text", ["", "   ", "@budi", "😡", "not good", "\x00", "gak " * 3000])
def test_whatever_is_explained(explain, scorer, text):
    result = explain("--scorer", scorer, "--explain", text)
    assert result.exit_code == 0
    assert "label" in result.stdout


def test_explained_for_machines(explain):
    result = explain("--scorer", "lexicon", "--json", "--explain", "gak bagus")
    trace = from_json(result.stdout.encode(), dict)
    assert list(trace) == ["score", "clean", "cleaned", "steps", "emphasis"]
    assert trace["score"]["terms"] == [["gak bagus", -1.628]]
    assert trace["steps"][1] == {
        "text": "bagus",
        "valence": 2.2,
        "counts": -1.628,
        "rules": ["turned by 'gak'"],
    }


def test_options_that_do_not_go_together(score, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    assert score("", "--explain", "x", "a.txt")[0].exit_code == 64
    assert score("x", "--json")[0].exit_code == 64


def test_a_terminal_gets_colour_and_its_own_width():
    class Terminal(StringIO):
        def isatty(self):
            return True

    out = Terminal()
    show(LexiconScorer().trace("gak bagus"), "lexicon", out)
    assert "\x1b[" in out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf_16_is_refused_line_by_line(score, encoding):
    result, rows = score("lemot\n".encode(encoding))
    assert result.exit_code == 65
    assert [row for row in rows if row["terms"]] == []
    assert "save it as UTF-8" in result.stderr
