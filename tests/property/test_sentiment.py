"""Laws of scoring: equal to the reference for every text, and bounded whatever comes."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from detector.sentiment.normalise import normalise
from detector.sentiment.totals import rounded
from detector.sentiment.vader import polarity_scores
from tests.sentiment_texts import labelled, rule_dense_texts, shared_data, streams

REFERENCE = SentimentIntensityAnalyzer().polarity_scores
GENERATED = int(os.environ.get("SIAGA_GENERATED_TEXTS", "2000"))
"""50,000 in the long run; the first texts are the same for any number."""

_WORDS = st.sampled_from(rule_dense_texts(300, seed=1))
_ANY = st.text(max_size=60) | st.text("aAn't!?.#@ 😀❤\ufe0f\n", max_size=60)


def differences(texts: list[str]) -> list[str]:
    return [text for text in texts if polarity_scores(text) != REFERENCE(text)]


@given(_ANY)
def test_any_text_scores_as_the_reference(text: str) -> None:
    assert polarity_scores(text) == REFERENCE(text)


@given(st.lists(_WORDS | _ANY, max_size=6).map(" ".join))
def test_rules_meet_as_in_the_reference(text: str) -> None:
    assert polarity_scores(text) == REFERENCE(text)


def test_generated_texts_score_as_the_reference() -> None:
    assert differences(rule_dense_texts(GENERATED, seed=20_250_721)) == []


@pytest.mark.data
def test_real_texts_score_as_the_reference() -> None:
    folder = shared_data()
    if folder is None:
        pytest.skip("no real texts: ../shared/data is absent and SIAGA_SHARED names no other place")
    texts = [row["text"] for rows in streams(folder).values() for row in rows]
    texts += [text for rows in labelled(folder).values() for text, _ in rows]
    if GENERATED < 50_000:
        texts = texts[::20]  # the long run compares all
    assert differences(texts) == []


_SHARES = st.floats(-1.0, 1.0) | st.integers(-20_000, 20_000).map(lambda half_digits: half_digits / 20_000)


@given(_SHARES, st.sampled_from([3, 4]))
def test_a_share_is_rounded_as_python_rounds(share: float, places: int) -> None:
    assert repr(rounded(share, places, 10.0**places)) == repr(round(share, places))


@given(_ANY, st.sampled_from([(), ("a",), ("n't", "a a")]))
def test_a_text_is_split_as_it_was_cleaned(text: str, ignore: tuple[str, ...]) -> None:
    clean, words = normalise.words(text, ignore)
    assert words == clean.split()
    assert clean == normalise(text, ignore)
