"""What is known of Indonesian words: valences, slang, negators, boosters and contrasts."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from importlib.resources import files

from msgspec import Struct

from detector.codec import from_json
from detector.sentiment import engine as rules
from detector.sentiment.engine import Meaning, Word
from detector.sentiment.spelling import beginning, spellings


class Grown(Struct, frozen=True, forbid_unknown_fields=True):
    """Words that were added by hand because of errors on training texts, and why these."""

    why: str
    words: dict[str, float]


class WordList(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file: `lexicon` on VADER's scale (-4 to 4), `slang` to standard spelling.

    `turns` negate a lexicon word that follows and have a valence of their own otherwise; `yields` have
    none right before another lexicon word ("cukup mahal"); `after` are boosters that follow their word;
    `plain` are words and phrases that no rule applies to, though their parts would ("kurang lebih").
    Words with a space are phrases. `collisions` are English words too, with another meaning: they count
    only where the text is surely Indonesian.
    """

    lexicon: dict[str, float]
    grown: tuple[Grown, ...]
    slang: dict[str, str]
    negators: tuple[str, ...]
    turns: tuple[str, ...]
    yields: tuple[str, ...]
    plain: tuple[str, ...]
    boosters: dict[str, float]
    after: dict[str, float]
    contrast: tuple[str, ...]
    collisions: tuple[str, ...]


class Indonesian:
    """Indonesian words, as `meaning` of a raw token; `slang` and `negators`; `digest` changes with the data.

    Parameters
    ----------
    own
        Words and phrases that win over the list's, with their valence.
    """

    def __init__(self, own: Mapping[str, float] | None = None) -> None:
        data = (files("detector.sentiment") / "data" / "id_polarity.json").read_bytes()
        self.digest = blake2b(data, digest_size=4).hexdigest()
        listed = from_json(data, WordList)
        self.slang = listed.slang
        self.negators = (*listed.negators, *listed.turns)
        self._collisions = frozenset(listed.collisions) - (own or {}).keys()
        self._words = _entries(listed)
        for word, valence in (own or {}).items():
            entry = self._words.get(word) or Word()
            self._words[word] = replace(entry, known=True, valence=valence) if valence else Word()
        self.phrases = tuple(word for word in self._words if " " in word)
        self._words |= {word.replace(" ", "_"): self._words[word] for word in self.phrases}
        self._beginnings = frozenset(map(beginning, self._words))

    def sure_meaning(self, token: str) -> Meaning:
        """Return what is known of a token that may as well be English."""
        return None if bare(token) in self._collisions else self.meaning(token)

    def meaning(self, token: str) -> Meaning:
        """Return what is known of a token, whatever its spelling."""
        word = bare(token)
        for spelling in spellings(word, self.slang, self._beginnings):
            if entry := self._words.get(spelling):
                return replace(entry, flags=entry.flags | rules.UPPER) if token.isupper() else entry
        return None if word.islower() or any(map(str.isalpha, word)) else False


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
    valences = dict(listed.lexicon)
    for group in listed.grown:
        valences |= group.words
    for word, valence in valences.items():
        flags = rules.NO if word in listed.turns else rules.YIELDS if word in listed.yields else 0
        entries[word] = Word(True, valence, 0.0, flags)
    return entries | dict.fromkeys(listed.plain, Word())
