"""Which words decided a score, and by how much."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import sqrt

from detector.sentiment import Term
from detector.sentiment.grams import ENDS, MARKS, NEGATES, NUMBER, SCOPE
from detector.sentiment.ngrams import NgramTable

MOST_TERMS = 12
_SMALLEST = 0.01


def gram_parts(
    table: NgramTable, tokens: Sequence[str], numbers: Sequence[tuple[int, ...]], turns: Sequence[int]
) -> dict[str, complex]:
    """Return what each known word and pair of a text adds to the table's total, by how the text says it.

    A turned word is shown with its negator. Words that the table does not have add nothing and are not
    shown, so that no name is.
    """
    ids, shown = _said(table, tokens, numbers, turns)
    parts: dict[str, complex] = {}
    for number, words in zip(ids, shown, strict=True):
        _add(parts, words, table.words[number])
    for (a, b), (first, second) in zip(pairwise(ids), pairwise(shown), strict=True):
        _add(parts, tuple(dict.fromkeys(first + second)), table.pair(a, b))
    return {text: weight / sqrt(len(ids)) for text, weight in parts.items()}


def terms_of_parts(parts: Sequence[Mapping[str, float]]) -> tuple[Term, ...]:
    """Return the sums of parts by text as terms, the most decisive first, at most `MOST_TERMS`."""
    sums: dict[str, float] = {}
    for each in parts:
        for text, contribution in each.items():
            sums[text] = sums.get(text, 0.0) + contribution
    terms = [Term(text, round(value, 4)) for text, value in sums.items() if abs(value) >= _SMALLEST]
    return tuple(sorted(terms, key=lambda term: (-abs(term.contribution), term.text))[:MOST_TERMS])


def _add(parts: dict[str, complex], words: Sequence[str], weight: complex) -> None:
    if weight:
        text = " ".join(words)
        parts[text] = parts.get(text, 0.0) + weight


def _said(
    table: NgramTable, tokens: Sequence[str], numbers: Sequence[tuple[int, ...]], turns: Sequence[int]
) -> tuple[list[int], list[tuple[str, ...]]]:
    """Return the numbers of a text, negation marked, and for each the words to show for it."""
    marks = {table.ids.get(mark): mark for mark in (*MARKS, NUMBER)}
    ids: list[int] = []
    shown: list[tuple[str, ...]] = []
    left, negator = 0, ""
    for token, plain, turn in zip(tokens, numbers, turns, strict=True):
        word = token.strip(string.punctuation).lower().replace("_", " ") or token
        for number in plain:
            turned = table.turned[number] if left > 0 and turn < NEGATES else number
            ids.append(turned)
            name = marks.get(number, word)
            shown.append((negator, name) if turned != number else (name,))
        left -= 1
        if turn >= NEGATES:
            left, negator = SCOPE, word
        if turn & ENDS:
            left = 0
    return ids, shown
