"""What every scorer must keep, whatever its words and rules; and a scorer that breaks it is caught."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.sentiment import Score, Scorer
from detector.sentiment.registry import SCORER_NAMES, make_scorer
from tests.sentiment_texts import rule_dense_texts

SCORERS: dict[str, Scorer] = {name: make_scorer(name) for name in SCORER_NAMES}
TEXTS = [
    *rule_dense_texts(200, seed=7),
    "",
    "bagus banget",
    "gak bagus 😡",
    "the app is down lagi nih",
    "\ud800",
]
every_scorer = pytest.mark.parametrize("scorer", SCORERS.values(), ids=SCORERS)


def check_score(score: Score) -> None:
    assert -1 <= score.compound <= 1
    assert -1 <= score.polarity <= 1
    assert 0 <= score.coverage <= 1
    assert score.lang in ("id", "en", "mixed", "und")
    assert score.label in ("negative", "neutral", "positive")
    if score.coverage == 0:
        assert (score.label, score.compound, score.polarity) == ("neutral", 0.0, 0.0)
    if score.label == "negative":
        assert score.polarity < 0
    if score.label == "positive":
        assert score.polarity > 0


def check_scorer(scorer: Scorer, texts: Sequence[str]) -> None:
    first = [scorer.score(text) for text in texts]
    for text, score in zip(texts, first, strict=True):
        check_score(score)
        assert score.terms == ()
        explained = scorer.explain(text)
        assert (
            explained.lang,
            explained.compound,
            explained.polarity,
            explained.label,
            explained.coverage,
        ) == (
            score.lang,
            score.compound,
            score.polarity,
            score.label,
            score.coverage,
        )
        sizes = [abs(term.contribution) for term in explained.terms]
        assert sizes == sorted(sizes, reverse=True)
        assert all(term.text and term.contribution for term in explained.terms)
    assert [scorer.score(text) for text in reversed(texts)] == first[::-1]
    assert scorer.name
    assert scorer.name in scorer.version


@every_scorer
def test_every_scorer_keeps_the_contract(scorer: Scorer) -> None:
    check_scorer(scorer, TEXTS)


@every_scorer
@settings(max_examples=50)
@given(
    text=st.text(max_size=100), ignore=st.lists(st.text(max_size=9), max_size=3), lang=st.none() | st.text()
)
def test_nothing_raises(scorer: Scorer, text: str, ignore: list[str], lang: str | None) -> None:
    check_score(scorer.score(text, ignore, lang))
    check_score(scorer.explain(text, ignore, lang))


@every_scorer
def test_a_new_scorer_gives_the_same_scores(scorer: Scorer) -> None:
    other = make_scorer(scorer.name)  # type: ignore[arg-type]
    assert other.version == scorer.version
    assert [other.score(text) for text in TEXTS] == [scorer.score(text) for text in TEXTS]


@every_scorer
@pytest.mark.parametrize("text", ["", "   ", "12 34", "--", "@budi https://a.example"])
def test_no_words_are_unknown_and_neutral(scorer: Scorer, text: str) -> None:
    score = scorer.score(text)
    assert (score.lang, score.label, score.coverage) == ("und", "neutral", 0.0)


@every_scorer
def test_it_tells_good_from_bad(scorer: Scorer) -> None:
    assert scorer.score("the service is awful").label == "negative"
    assert scorer.score("the service is great").label == "positive"


class Drifting:
    """A scorer that depends on what it saw before."""

    name = "drifting"
    version = "drifting 1"

    def __init__(self) -> None:
        self.seen = 0

    def score(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        self.seen += 1
        return Score("en", 1 / self.seen, 1 / self.seen, "positive", 1.0)

    explain = score


def test_the_contract_catches_a_scorer_that_depends_on_order() -> None:
    with pytest.raises(AssertionError):
        check_scorer(Drifting(), TEXTS)


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(
        ValueError, match=r"^unknown scorer: got 'bert'; expected one of vader, lexicon, fused; correct"
    ):
        make_scorer("bert")  # type: ignore[arg-type]
