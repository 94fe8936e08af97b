"""How tokens become words and pairs, and what the tables make of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.sentiment.fused import grams_of
from detector.sentiment.ngrams import shipped_table, table_bytes, table_from

ID, EN = grams_of("id"), grams_of("en")


@pytest.mark.parametrize(
    ("grams", "text", "words"),
    [
        (ID, "gak bagus", "tidak ~bagus"),
        (ID, "Gak bagus banget sih kak", "tidak ~bagus ~banget ~sih kak"),
        (ID, "gak, bagus", "tidak bagus"),
        (ID, "tdk ada , , , bagus", "tidak ~ada bagus"),
        (ID, "bukan tidak bagus", "bukan tidak ~bagus"),
        (ID, "jam 12.30, 50rb lagi", "jam 0 0 lagi"),
        (ID, "terima_kasih!!", "terima_kasih !"),
        (EN, "it doesn't work. again :(", "it doesn't ~work again :("),
        (EN, "nothing 🙄 good", "nothing 🙄 ~good"),
        (EN, "NEVER again?", "never ~again ?"),
        (EN, "-- ... '", ""),
    ],
)
def test_words(grams, text, words):
    assert " ".join(grams.sequence(text.split())) == words


def table(bias=(0.5, 0.25)):
    return table_bytes(
        ["tidak", "bagus", "~bagus"],
        np.array([[1.0, 0], [0, 2], [4, 0]]),
        np.array([[1, 3], [2, 2]], np.uint16),
        np.array([[0.5, 0], [0, 1]]),
        bias,
    )


def test_a_table_is_read_as_it_was_written():
    made = table_from(table())
    assert made.ids == {"tidak": 1, "bagus": 2, "~bagus": 3}
    assert made.turned == [0, 0, 3, 0]
    assert made.total([]) == 0.5 + 0.25j
    assert made.total([1, 3]) == pytest.approx(0.5 + 0.25j + (1 + 4 + 0.5) / 2**0.5)
    assert made.total([2, 0, 2, 2]) == pytest.approx(0.5 + 0.25j + (6 + 1) * 1j / 2)
    assert (made.pair(2, 2), made.pair(3, 1)) == (1j, 0)


def test_the_same_table_is_the_same_bytes_and_another_one_another_version():
    assert table() == table()
    assert table_from(table()).digest != table_from(table(bias=(0.5, 0.5))).digest


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_pair_is_of_known_words_and_no_weight_is_wild(language):
    found = shipped_table(language)
    assert all(0 < key >> 16 <= len(found.ids) and 0 < key & 0xFFFF <= len(found.ids) for key in found.pairs)
    assert max(map(abs, (*found.words, *found.pairs.values()))) < 20


@given(st.lists(st.integers(0, 50), max_size=60))
def test_a_total_is_finite_and_bounded_by_the_root_of_the_length(ids):
    found = shipped_table("id")
    assert abs(found.total(ids) - found.bias) <= 40 * max(1, len(ids)) ** 0.5
