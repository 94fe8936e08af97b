"""Words of your own win over the lists, in the language they are given for."""

from __future__ import annotations

import pytest

from detector.sentiment.lexicon import LexiconScorer
from detector.sentiment.own_words import NO_WORDS, OwnWords, why_useless
from detector.sentiment.registry import make_scorer

OWN = LexiconScorer(
    OwnWords(
        id={"Meletup": -3.0, "promo": 0.0, "byar mati": -2.5, "lemot": -1.0, "tidak bersalah": 2.0},
        en={"outage": -2.5, "great": 0.0, "seat pitch": -1.5},
        emoji={"🙏": 1.0, "❤️": 0.0},
    )
)
PLAIN = LexiconScorer()


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        # Indonesian: additions, overrides, silence, spellings, phrases
        ("jaringan meletup lagi nih", [("meletup", -3.0)]),
        ("meletupnya kenapa kak", [("meletupnya", -3.0)]),
        ("gak meletup kok", [("gak meletup", 2.22)]),
        ("promo apa lagi nih", []),
        ("lemot lagi nih", [("lemot", -1.0)]),
        ("listrik Byar  Mati lagi nih", [("byar mati", -2.5)]),
        ("dia tidak bersalah kok", [("tidak bersalah", 2.0)]),
        # English
        ("the outage is here", [("outage", -2.5)]),
        ("the great outage", [("outage", -2.5)]),
        ("this is not an outage", [("not outage", 1.85)]),
        ("the seat pitch is what it is", [("seat pitch", -1.5)]),
        ("what an OUTAGE that was", [("outage", -3.233)]),
        # unknown language and mixed: both
        ("outage meletup", [("meletup", -3.0), ("outage", -2.5)]),
        # everywhere
        ("mohon dicek ya kak 🙏", [("🙏", 1.0)]),
        ("the plane ❤️", []),
    ],
)
def test_own_words_decide(text: str, terms: list[tuple[str, float]]) -> None:
    assert [(term.text, term.contribution) for term in OWN.explain(text).terms] == terms


def test_words_of_one_language_do_not_count_in_the_other() -> None:
    assert OWN.score("the meletup is here").compound == 0
    assert OWN.score("outage apa lagi sih ini").compound == 0


def test_the_shared_lists_stay_as_they_are() -> None:
    assert LexiconScorer().score("promo apa lagi nih") == PLAIN.score("promo apa lagi nih")
    assert PLAIN.score("promo apa lagi nih").compound > 0


def test_the_version_tells_the_words() -> None:
    assert make_scorer("lexicon", NO_WORDS).version == PLAIN.version
    assert OWN.version != PLAIN.version
    assert LexiconScorer(OwnWords(id={"a": 1.0})).version != LexiconScorer(OwnWords(id={"a": 1.5})).version
    assert make_scorer("vader", OwnWords(en={"good": -4.0})).version == make_scorer("vader").version


def test_words_over_words() -> None:
    own = OwnWords(id={"a": 1.0, "b": 2.0}, emoji={"😀": 1.0}).over(
        OwnWords(id={"a": 3.0, "c": 4.0}, en={"d": 1.0})
    )
    assert own == OwnWords(id={"a": 1.0, "b": 2.0, "c": 4.0}, en={"d": 1.0}, emoji={"😀": 1.0})


@pytest.mark.parametrize(
    ("word", "language", "why"),
    [
        ("lemot", "id", None),
        ("xyz", "en", None),
        ("kurang", "id", None),
        ("tdk", "id", "it is a word of a rule (negation, emphasis or contrast)"),
        ("banget", "id", "it is a word of a rule (negation, emphasis or contrast)"),
        ("tapi", "id", "it is a word of a rule (negation, emphasis or contrast)"),
        ("isn't", "en", "it is a word of a rule (negation, emphasis or contrast)"),
        ("@budi", "en", "nothing is left of it after cleaning"),
    ],
)
def test_words_that_cannot_be_valued(word: str, language: str, why: str | None) -> None:
    assert why_useless(word, language) == why
