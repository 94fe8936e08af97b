"""Words that whoever runs siaga adds to the word lists, or values otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from msgspec import Struct

from detector.codec import to_json
from detector.sentiment import engine as rules
from detector.sentiment.emoji import emoji
from detector.sentiment.engine import Word
from detector.sentiment.indonesian import indonesian
from detector.sentiment.normalise import normalise
from detector.sentiment.vader import vader


class OwnWords(Struct, frozen=True):
    """Words and phrases with their valence, -4 to 4 as in VADER's lexicon; 0: the word says nothing.

    `id` and `en` count where a text is in that language, both in mixed texts and where the language is
    unknown; `emoji` count everywhere. They win over what the lists say.
    """

    id: dict[str, float] = {}
    en: dict[str, float] = {}
    emoji: dict[str, float] = {}

    def over(self, other: OwnWords) -> OwnWords:
        """Return all words of two; this one's win."""
        return OwnWords(other.id | self.id, other.en | self.en, other.emoji | self.emoji)

    @property
    def digest(self) -> str:
        """Changes with the words; empty where there are none."""
        return blake2b(to_json(self), digest_size=4).hexdigest() if self.id or self.en or self.emoji else ""

    @property
    def indonesian_words(self) -> dict[str, float]:
        """The Indonesian words as they stand in a normal text."""
        return _normal(self.id)

    @property
    def english_words(self) -> dict[str, Word]:
        """The English words as they stand in a normal text, with what the rules make of them."""
        return {word: word_of(valence) for word, valence in _normal(self.en).items()}

    @property
    def emoji_words(self) -> dict[str, Word]:
        """The emoji of all texts, those of the list included."""
        own = {
            char: Word(valence != 0, valence, flags=rules.FIXED)
            for char, valence in _normal(self.emoji).items()
        }
        return emoji().words | own


NO_WORDS: Final = OwnWords()


def word_of(valence: float) -> Word:
    """Return a word that no rule knows, with its valence."""
    return Word(True, valence) if valence else Word()


def why_useless(word: str, language: str) -> str | None:
    """Return why a word cannot have a valence of its own, or None where it can.

    >>> why_useless("tidak", "id")
    'it is a word of a rule (negation, emphasis or contrast)'
    """
    plain = _plain(word)
    if not plain:
        return "nothing is left of it after cleaning"
    found = indonesian().meaning(plain) if language == "id" else vader().meaning(plain)
    if found and not found.known and (found.flags or found.scale):
        return "it is a word of a rule (negation, emphasis or contrast)"
    return None


def _normal(words: Mapping[str, float]) -> dict[str, float]:
    return {plain: valence for word, valence in words.items() if (plain := _plain(word))}


def _plain(word: str) -> str:
    return " ".join(normalise(word).lower().split())
