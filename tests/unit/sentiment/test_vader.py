"""The VADER engine and scorer: the reference's own numbers, bounds, cuts, coverage and terms."""

from __future__ import annotations

import time

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from detector.post import MAX_TEXT_CHARS
from detector.sentiment.memo import MAX_TOKEN_CHARS, Memo
from detector.sentiment.vader import VaderScorer, check_version, label_of, polarity_scores

REFERENCE = SentimentIntensityAnalyzer().polarity_scores
SCORER = VaderScorer()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "table",
        "good",
        "not good",
        "never so good",
        "it is never this good",
        "he said so good",
        "without doubt good",
        "without a doubt good",
        "very good but VERY bad",
        "bad bad but bad bad bad",
        "the LEAST good",
        "at least good",
        "least good",
        "no problem",
        "no",
        "no or good",
        "kind of good",
        "it was only kind of good",
        "it is the shit",
        "what a bad ass",
        "the kiss of death good",
        "GOOD table",
        "GOOD",
        "SO good table",
        "it isn't good",
        "it xn'ty good",
        "good!!!!! why?? what???",
        "good ?",
        "good 😂😂",
        "good❤️lah🏽",
        "🔛 good",
        ":) :D :-( xD",
        "good\u2028bad\x85good\x1cbad",
        "İ good ß",
        "\ud800 good",
        "good\x00bad good",
    ],
)
def test_equal_to_the_reference(text: str) -> None:
    assert polarity_scores(text) == REFERENCE(text)


@pytest.mark.parametrize(
    ("compound", "label"),
    [
        (-0.0501, "negative"),
        (-0.05, "negative"),
        (-0.0499, "neutral"),
        (0.0, "neutral"),
        (0.0499, "neutral"),
        (0.05, "positive"),
    ],
)
def test_cuts_are_those_that_vader_publishes(compound: float, label: str) -> None:
    assert label_of(compound) == label


def test_the_scorer_gives_the_reference_compound() -> None:
    text = "@united is GREAT, but my bag isn't here :("
    score = SCORER.score(text, ignore=("united",), lang="id")
    assert score.compound == score.polarity == REFERENCE(text)["compound"]
    assert score.lang == "en"


def test_the_scorer_reads_a_bounded_part() -> None:
    text = "bad " * (MAX_TEXT_CHARS // 4)
    assert SCORER.score(text + "good " * 9999) == SCORER.score(text)


def test_coverage_is_the_share_of_words_in_the_lexicon() -> None:
    assert SCORER.score("good table").coverage == 0.5
    assert SCORER.score("good 12 -- !").coverage == 1.0
    assert SCORER.score("very table").coverage == 0.0
    assert SCORER.score("").coverage == 0.0


def test_terms_show_words_with_their_modifiers_only() -> None:
    terms = SCORER.explain("this is not, @budi, very good but all of it was horrible").terms
    assert [(term.text, term.contribution) for term in terms] == [
        ("horrible", -3.75),
        ("not very good", -0.8114),  # -0.74 * (1.9 + 0.293) * 0.5
    ]


def test_the_version_names_release_and_content() -> None:
    assert SCORER.version.startswith("vader 3.3.2 ")
    assert len(SCORER.version.split()[-1]) == 8


def test_another_release_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"got '3\.3\.1'; expected exactly 3\.3\.2.*run `pip install"):
        check_version("3.3.1")


@pytest.mark.parametrize(
    "text", ["😭" * 10_000, "good " * 200_000, "🏽x" * 9_999, "x" * 1_000_000, "!" * 9_999]
)
def test_floods_cost_nothing(text: str) -> None:
    start = time.process_time()
    SCORER.score(text)
    assert time.process_time() - start < 0.02


def test_the_memory_of_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.sentiment.memo.MAX_TOKENS", 3)
    memo = Memo(len)
    for token in ("a", "b", "c", "d", "x" * (MAX_TOKEN_CHARS + 1)):
        assert memo[token] == len(token)
        assert len(memo) <= 3
    assert dict(memo) == {"d": 1}
