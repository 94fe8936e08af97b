"""The lexicon scorer; its rules one by one are in `test_pairs`."""

from __future__ import annotations

import time

import pytest

from detector.sentiment.lexicon import LexiconScorer
from detector.sentiment.vader import polarity_scores

SCORER = LexiconScorer()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("internet mati lagi, kecewa banget", "negative"),
        ("gak bagus", "negative"),
        ("gak buruk", "positive"),
        ("makasih kak, cepat tanggap", "positive"),
        ("terima kasih sudah dibantu", "positive"),
        ("kapan buka cabang di sini?", "neutral"),
        ("thanks alot", "positive"),  # "alot" is tough meat where the text is Indonesian
        ("", "neutral"),
    ],
)
def test_labels(text: str, label: str) -> None:
    assert SCORER.score(text).label == label


def test_handles_links_and_ignored_words_carry_nothing() -> None:
    plain = SCORER.score("the flight is late")
    assert SCORER.score("@united the flight is late https://bad.example/?good").compound == plain.compound
    assert SCORER.score("Love Air the flight is late", ignore=["love air"]).compound == plain.compound
    assert polarity_scores("@united")["compound"] > 0


def test_english_is_scored_by_vader() -> None:
    text = "The service is not good, but the staff is GREAT!"
    assert SCORER.score(text).compound == polarity_scores(text)["compound"]


def test_a_mixed_text_counts_each_word_once() -> None:
    explained = SCORER.explain("the network is error lagi nih 😡")
    assert explained.lang == "mixed"
    assert sorted(term.text for term in explained.terms) == ["error", "😡"]


def test_terms_show_words_with_their_modifiers() -> None:
    terms = SCORER.explain("pelayanan gak bagus, jaringan lemot banget").terms
    assert [(term.text, term.contribution) for term in terms] == [
        ("lemot banget", -2.493),
        ("gak bagus", -1.628),
    ]


def test_a_phrase_is_one_term() -> None:
    assert [term.text for term in SCORER.explain("Terima kasih, kak").terms] == ["terima kasih"]


@pytest.mark.parametrize(
    ("text", "coverage"), [("internet bagus", 0.5), ("bagus 12 !", 1.0), ("jalan raya", 0.0), ("sangat", 0.0)]
)
def test_coverage(text: str, coverage: float) -> None:
    assert SCORER.score(text).coverage == coverage


@pytest.mark.parametrize(
    "piece", ["😭", "bagus ", "a,bb", "@a ", "&amp;", "aaa", "https://", "a-", "🏽x", "x"]
)
def test_no_text_is_slow(piece: str) -> None:
    start = time.process_time()
    SCORER.score(piece * (1_000_000 // len(piece)), ignore=("nusa net",))
    assert time.process_time() - start < 0.02
