"""Terms show words of the lists only: never a name, an address or a number of somebody."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.sentiment import Scorer
from detector.sentiment.registry import SCORER_NAMES, make_scorer

# No word, stem or spelling of a list has these; drawn out, they would be shorter ("zxxx" is "zx").
_NAMES = st.text("qxz", min_size=4, max_size=8).filter(lambda name: not re.search(r"(.)\1\1", name))
_PERSONAL = st.one_of(
    _NAMES.map(lambda name: f"@{name}"),
    _NAMES.map(lambda name: f"@{name}.bagus"),
    _NAMES.map(lambda name: f"{name}@good.example"),
    _NAMES,
    st.sampled_from(["0812-3456-7890", "+62 812 3456 7890", "081234567890", "(021) 5550123"]),
)
_WORDS = st.sampled_from(
    ["gak", "bagus", "sangat", "tapi", "not", "good", "the", "is", "lemot", "😡", "!", ",", "of"]
)


@pytest.mark.parametrize("scorer", [make_scorer(name) for name in SCORER_NAMES], ids=SCORER_NAMES)
@settings(max_examples=60)
@given(st.lists(_PERSONAL | _WORDS, max_size=12).map(" ".join))
def test_nothing_personal_is_in_the_terms(scorer: Scorer, text: str) -> None:
    for term in scorer.explain(text).terms:
        assert not set("qxz@") & set(term.text)
        assert sum(map(str.isdigit, term.text)) < 4
