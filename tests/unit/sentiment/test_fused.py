"""The fused scorer: what rules and tables say together, and why."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.sentiment import Score
from detector.sentiment.fused import FusedScorer, judge_en, judge_id
from detector.sentiment.lexicon import LexiconScorer
from detector.sentiment.own_words import OwnWords
from tests.sentiment_texts import rule_dense_texts

SCORER = FusedScorer()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("internet mati lagi, kecewa banget", "negative"),
        ("pelayanannya lambat dan tidak ramah", "negative"),
        ("makanannya enak, tempatnya nyaman", "positive"),
        ("terima kasih, cepat sekali responnya", "positive"),
        ("rapat akan digelar di Jakarta pada hari Senin", "neutral"),
        ("flight delayed again and nobody answers the phone", "negative"),
        ("thank you so much, great service", "positive"),
        ("flight 12 leaves at noon from gate 4", "neutral"),
        ("the app is error lagi nih, kecewa banget 😡", "negative"),
        ("nothing 🙄", "negative"),
        ("ga 👎", "negative"),
        ("💔", "negative"),
    ],
)
def test_labels(text, label):
    assert SCORER.score(text).label == label


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ("tidak bagus", "bagus"),
        ("tidak puas dengan pelayanannya", "puas dengan pelayanannya"),
        ("makanannya tidak enak", "makanannya enak"),
        ("the room was not clean", "the room was clean"),
        ("this doesn't work", "this does work"),
    ],
)
def test_negation_turns_words_of_the_tables(worse, better):
    assert SCORER.score(worse).polarity < SCORER.score(better).polarity


def test_the_compound_is_that_of_the_rules():
    for text in ("bagus tapi lemot", "the service is great but slow", "ok 😡"):
        assert SCORER.score(text).compound == LexiconScorer().score(text).compound


@given(
    st.floats(-300, 300).map(lambda x: complex(x, -x / 2)),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_judgements_are_in_range_and_agree_with_their_class(total, negative, positive):
    polarity, label = judge_id(total, negative, positive)
    assert -1 <= polarity <= 1
    assert {"negative": polarity <= 0, "neutral": True, "positive": polarity >= 0}[label]
    polarity, label = judge_en(total, negative, positive)
    assert {"negative": polarity < 0, "neutral": True, "positive": polarity > 0}[label]


def check(score: Score) -> None:
    assert -1 <= score.compound <= 1
    assert -1 <= score.polarity <= 1
    assert 0 <= score.coverage <= 1


@settings(max_examples=100)
@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(["gak", "bagus", "the", "not", ":(", "!", "😡", "12", ","])).map(" ".join)
)
def test_it_never_raises_and_stays_in_range(text):
    check(SCORER.score(text))


def test_the_order_of_texts_changes_nothing():
    texts = [*rule_dense_texts(150, seed=3), "gak bagus", "the app is down lagi nih", "mantap"]
    new = FusedScorer()
    forward = [SCORER.score(text) for text in texts]
    assert [new.score(text) for text in texts] == forward
    assert [SCORER.score(text) for text in reversed(texts)] == forward[::-1]


def test_terms_say_what_decided():
    terms = {term.text: term.contribution for term in SCORER.explain("pelayanan gak bagus, lemot").terms}
    assert terms["gak bagus"] < -0.2
    assert terms["lemot"] < -0.1
    english = {term.text: term.contribution for term in SCORER.explain("great service, not happy").terms}
    assert english["great"] > 0.1 > -0.1 > english["not happy"]


def test_terms_show_no_word_that_the_tables_do_not_have():
    explained = SCORER.explain("zqxwv tidak qqzzy bagus 081234567890 wxyzq")
    assert not {"zqxwv", "qqzzy", "wxyzq", "081234567890"} & {
        word for term in explained.terms for word in term.text.split()
    }


def test_own_words_win_over_the_tables():
    own = FusedScorer(OwnWords(id={"lemot": 3.0}, en={"late": 3.5}))
    assert SCORER.score("lemot").polarity < 0 < own.score("lemot").polarity
    assert SCORER.score("the flight is late").polarity < own.score("the flight is late").polarity
    assert own.version != SCORER.version


@pytest.mark.parametrize(
    ("text", "coverage"),
    [("internet bagus", 1.0), ("bagus zqxwv", 0.5), ("zqxwv!", 0.0), ("12 !", 0.0), ("zqxwv 😡", 0.5)],
)
def test_coverage_is_the_share_of_words_that_lists_or_tables_know(text, coverage):
    assert SCORER.score(text).coverage == coverage


@pytest.mark.parametrize("piece", ["😭", "bagus ", "a,bb", "not ", "&amp;", "😡!", "gak bagus ", "x"])
def test_no_text_is_slow_or_too_much(piece):
    text = piece * (1_000_000 // len(piece))
    spent = []
    for _ in range(3):  # the least: a garbage collection of the whole test run may fall into any of them
        start = time.process_time()
        check(SCORER.score(text))
        spent.append(time.process_time() - start)
    assert min(spent) < 0.02
