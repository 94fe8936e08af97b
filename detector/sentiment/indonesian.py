"""What is known of Indonesian words: valences, slang, negators, boosters and contrasts."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from importlib.resources import files

from msgspec import Struct

from detector.codec import from_json
from detector.sentiment import engine as rules
from detector.sentiment.engine import Meaning, Word

_ELONGATED = re.compile(r"(\w)\1{2,}")
_DOUBLED = re.compile(r"(\w)\1+")
_CLITICS = ("nya", "lah", "kah", "pun", "ku", "mu")
_SHORTEST_STEM = 3


class WordList(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file: `lexicon` on VADER's scale (-4 to 4), `slang` to standard spelling.

    `turns` negate a lexicon word that follows and have a valence of their own otherwise; `after` are
    boosters that follow their word; `emoji` are those whose description tells VADER nothing.
    """

    lexicon: dict[str, float]
    slang: dict[str, str]
    negators: tuple[str, ...]
    turns: tuple[str, ...]
    boosters: dict[str, float]
    after: dict[str, float]
    contrast: tuple[str, ...]
    emoji: dict[str, float]


class Indonesian:
    """Indonesian words, as `meaning` of a raw token; `digest` changes with the data."""

    def __init__(self) -> None:
        data = (files("detector.sentiment") / "data" / "id_polarity.json").read_bytes()
        self.digest = blake2b(data, digest_size=4).hexdigest()
        listed = from_json(data, WordList)
        self.phrases = {phrase: phrase.replace(" ", "_") for phrase in listed.lexicon if " " in phrase}
        self.emoji = listed.emoji
        self._slang = listed.slang
        self._words = _entries(listed)

    def meaning(self, token: str) -> Meaning:
        """Return what is known of a token, whatever its spelling; see `spellings`."""
        word = bare(token)
        for spelling in self.spellings(word):
            if entry := self._words.get(spelling):
                return replace(entry, flags=entry.flags | rules.UPPER) if token.isupper() else entry
        return None if word.islower() or any(map(str.isalpha, word)) else False

    def spellings(self, word: str) -> Iterator[str]:
        """Yield the words that a spelling may stand for, the likeliest first.

        As written; slang; reduplicated ("bagus-bagus", "bagus2"); drawn out ("baguuus"); with a
        clitic ("bagusnya"), which is only tried where a stem of three letters remains.
        """
        yield word
        if word in self._slang:
            yield self._slang[word]
        if word[-1:] == "2":
            word = word[:-1]
            yield word
        elif "-" in word:
            half, _, other = word.partition("-")
            if other.startswith(half) and len(half) >= _SHORTEST_STEM:
                word = half
                yield half
        if _ELONGATED.search(word):
            for pattern, kept in ((_ELONGATED, r"\1"), (_ELONGATED, r"\1\1"), (_DOUBLED, r"\1")):
                short = pattern.sub(kept, word)
                yield short
                yield self._slang.get(short, short)
            word = _ELONGATED.sub(r"\1", word)
        for clitic in _CLITICS:
            if word.endswith(clitic) and len(word) - len(clitic) >= _SHORTEST_STEM:
                stem = word[: -len(clitic)]
                yield stem
                yield self._slang.get(stem, stem)


def bare(token: str) -> str:
    """Return a token in lower case without punctuation around it, unless nothing else remains."""
    return (token.strip(string.punctuation) or token).lower()


@cache
def indonesian() -> Indonesian:
    """Return the one word list, loaded at the first call."""
    return Indonesian()


def _entries(listed: WordList) -> dict[str, Word]:
    entries = {word: Word(flags=rules.NEGATES) for word in listed.negators}
    entries |= {word: Word(flags=rules.CONTRAST) for word in listed.contrast}
    for word in {*listed.boosters, *listed.after}:
        scale, back = listed.boosters.get(word, 0.0), listed.after.get(word, 0.0)
        entries[word] = Word(scale=scale, flags=rules.SCALES, scale_back=back)
    for word, valence in listed.lexicon.items():
        flags = rules.NO if word in listed.turns else 0
        entries[word.replace(" ", "_")] = Word(True, valence, 0.0, flags)
    return entries
