"""What tokens are to an n-gram model: words, marks, and what a negation reaches."""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

SCOPE: Final = 3
"""How many tokens a negator turns, unless a pause comes first (after Pang, Lee & Vaithyanathan 2002)."""

TURNED: Final = "~"
"""Marks a word that a negator turns; no word begins with it."""

NUMBER: Final = "0"
"""Stands for every number: which one says nothing, and may be somebody's."""

MARKS: Final = "!?"

ENDS, NEGATES = 1, 2
"""What a token does to negation: what a negator before it reaches ends here; it is a negator; or both."""

_NUMBER = re.compile(r"\W*\d[\d\W]*[a-z]{0,2}")
_PAUSES = ".,;:!?"


class Piece(NamedTuple):
    """A token as the model reads it.

    `names`: its words and marks; `turn`: 0, or any of `ENDS` and `NEGATES`.
    """

    names: tuple[str, ...]
    turn: int


class Grams:
    """Reads tokens of a language; the same when a model is trained and when it is used.

    Parameters
    ----------
    negators
        Words that turn those that follow.
    slang
        Informal spellings, and the word or words they stand for.
    symbols
        Tokens without a letter that are words, such as emoticons.

    Examples
    --------
    >>> Grams(["tidak"], {"gak": "tidak"}, [":("]).names("Gak bagus, 12rb :( !".split())
    ['tidak', '~bagus', '0', ':(', '!', 'tidak ~bagus', '~bagus 0', '0 :(', ':( !']
    """

    def __init__(self, negators: Collection[str], slang: Mapping[str, str], symbols: Collection[str]) -> None:
        self._negators = frozenset(negators)
        self._slang = slang
        self._symbols = symbols

    def piece(self, token: str) -> Piece:
        """Return what a token is; its case does not matter."""
        bare = token.strip(string.punctuation).lower()
        last = token[-1]
        turn = ENDS if last in _PAUSES else 0
        names: tuple[str, ...]
        if bare.isalpha():  # most are: the quick way
            names = (bare,) if bare not in self._slang else tuple(self._slang[bare].split())
        elif not bare:
            names = (token,) if token in self._symbols else ()
            if names:
                return Piece(names, turn)
        elif _NUMBER.fullmatch(bare):
            names = (NUMBER,)
        else:
            names = tuple(self._slang.get(bare, bare).split())
        if not self._negators.isdisjoint(names) or bare.endswith("n't"):
            turn |= NEGATES
        return Piece((*names, last) if last in MARKS else names, turn)

    def sequence(self, tokens: Sequence[str]) -> list[str]:
        """Return the words and marks of a text, negation marked."""
        found: list[str] = []
        left = 0
        for names, turn in map(self.piece, tokens):
            found += map(turned, names) if left > 0 and turn < NEGATES else names
            left = 0 if turn & ENDS else SCOPE if turn else left - 1
        return found

    def names(self, tokens: Sequence[str]) -> list[str]:
        """Return the words and marks of a text, then its pairs."""
        words = self.sequence(tokens)
        return [*words, *(f"{first} {second}" for first, second in pairwise(words))]


def turned(name: str) -> str:
    """Return what a negator makes of a word; marks and emoji stay what they are."""
    return TURNED + name if any(map(str.isalnum, name)) else name
