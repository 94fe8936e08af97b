"""The lexicon scorer's rules, one minimal pair each."""

from __future__ import annotations

import time

import pytest

from detector.sentiment.lexicon import LexiconScorer
from detector.sentiment.vader import polarity_scores

SCORER = LexiconScorer()

# The first is the more negative one.
ORDERED = [
    # words
    ("jelek", "bagus"),
    ("pelayanan buruk", "pelayanan baik"),
    ("internet mati", "internet lancar"),
    ("saya kecewa", "saya puas"),
    ("produk gagal", "produk unggul"),
    # negation
    ("tidak bagus", "bagus"),
    ("gak bagus", "bagus"),
    ("ga enak", "enak"),
    ("nggak puas", "puas"),
    ("bukan solusi terbaik", "solusi terbaik"),
    ("belum puas", "puas"),
    ("tdk ramah", "ramah"),
    ("buruk", "tidak buruk"),
    ("masalah", "gada masalah"),
    ("gagal", "jangan sampai gagal"),
    ("kurang bagus", "bagus"),
    ("kurang ramah pelayanannya", "ramah pelayanannya"),
    ("lambat", "tanpa lambat"),
    # boosters before and after, diminishers
    ("sangat buruk", "buruk"),
    ("bagus", "sangat bagus"),
    ("bagus", "bagus banget"),
    ("bagus", "bagus sekali"),
    ("lemot bgt", "lemot"),
    ("parah banget", "parah"),
    ("terlalu mahal", "mahal"),
    ("bagus", "paling bagus"),
    ("mahal", "agak mahal"),
    ("rada lemot", "sedikit bagus"),
    ("gak bagus banget", "gak bagus"),
    # contrast
    ("bagus tapi lemot", "lemot tapi bagus"),
    ("murah namun rusak", "rusak namun murah"),
    ("enak padahal mahal", "mahal padahal enak"),
    ("bagus tp lemot", "lemot tp bagus"),
    # spelling
    ("jeleeeek", "jalan"),
    ("jalan", "baguuuus"),
    ("jalan", "mantaaaap"),
    ("jelek2", "jalan"),
    ("jalan", "bagus-bagus"),
    ("lemotnya", "jalan"),
    ("jalan", "bagusnya"),
    ("jalan", "bagus2"),
    ("jelekk", "jalan"),
    ("KECEWA sama layanan", "kecewa sama layanan"),
    # phrases
    ("jalan", "terima kasih"),
    ("jalan", "Luar Biasa"),
    ("kurang ajar", "jalan"),
    ("patah hati", "hati"),
    # punctuation, emoji, emoticons
    ("jelek!!!", "jelek"),
    ("bagus", "bagus!!!"),
    ("internet 😡", "internet"),
    ("internet", "internet 😍"),
    ("internet😡lagi", "internet lagi"),
    ("internet :(", "internet :)"),
    ("lemot,parah", "jalan"),
    ("gak ada masalah 😡", "gak ada masalah"),
    ("nothing 🙄", "nothing"),
    ("ga 👎", "ga"),
    ("internet 💔", "internet"),
    # mixed and English
    ("aplikasi not bagus", "aplikasi bagus"),
    ("service nya is bad banget sih", "service nya is good banget sih"),
    ("the service is not good", "the service is good"),
    ("i don’t like it", "i like it"),
    ("the service is good tapi jaringan mati terus nih", "the service is good tapi jaringan jalan terus nih"),
]


@pytest.mark.parametrize(("worse", "better"), ORDERED)
def test_minimal_pairs(worse: str, better: str) -> None:
    assert SCORER.score(worse).compound < SCORER.score(better).compound


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


@pytest.mark.xfail(reason="sarcasm: the words are positive, only people know better")
@pytest.mark.parametrize(
    "text", ["mantap sekali, internet mati tiap hari", "hebat ya, bayar terus gangguan terus"]
)
def test_sarcasm_is_not_seen(text: str) -> None:
    assert SCORER.score(text).label == "negative"


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
