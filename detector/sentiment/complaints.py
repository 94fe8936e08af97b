"""English words of complaints that VADER's lexicon lacks or makes too little of."""

from __future__ import annotations

import string
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from importlib.resources import files

from msgspec import Struct

from detector.codec import from_json
from detector.sentiment import engine as rules
from detector.sentiment.engine import Word


class Complaint(Struct, frozen=True, forbid_unknown_fields=True):
    """Forms of one word, their valence (-4 to 0), and why they are kept."""

    words: tuple[str, ...]
    valence: float
    why: str


class ComplaintList(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file, written by `training.complaints`: what helps on texts that people scored."""

    complaints: tuple[Complaint, ...]


class Complaints:
    """The words, as `meaning` of a raw token; `digest` changes with the data."""

    def __init__(self) -> None:
        data = (files("detector.sentiment") / "data" / "en_complaints.json").read_bytes()
        self.digest = blake2b(data, digest_size=4).hexdigest()
        self._words = words_of(from_json(data, ComplaintList).complaints)

    def meaning(self, token: str) -> Word | None:
        """Return what is known of a token; nothing where VADER's word is good enough."""
        return meaning_in(self._words, token)


def words_of(complaints: tuple[Complaint, ...]) -> dict[str, Word]:
    """Return the words of a list with their valences."""
    return {word: Word(True, each.valence) for each in complaints for word in each.words}


def meaning_in(words: dict[str, Word], token: str) -> Word | None:
    """Return the word that a token is, whatever its case and the punctuation round it."""
    word = words.get(token.strip(string.punctuation).lower())
    return replace(word, flags=rules.UPPER) if word and token.isupper() else word


@cache
def complaints() -> Complaints:
    """Return the one list, loaded at the first call."""
    return Complaints()
