"""What emoji say, in every language; no negator or booster changes it."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.resources import files

from msgspec import Struct

from detector.codec import from_json
from detector.sentiment import engine as rules
from detector.sentiment.engine import Word


class EmojiList(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file: `emoji` on VADER's scale (-4 to 4), one code point each.

    VADER scores the words of an emoji's description, by which a broken heart is positive and a sweet
    potato roasted for joy; these are valued by hand as people use them in Indonesia, and the rest says
    nothing.
    """

    emoji: dict[str, float]


class Emoji:
    """Emoji as words; `digest` changes with the data."""

    def __init__(self) -> None:
        data = (files("detector.sentiment") / "data" / "emoji.json").read_bytes()
        self.digest = blake2b(data, digest_size=4).hexdigest()
        self.words = {
            char: Word(True, valence, flags=rules.FIXED)
            for char, valence in from_json(data, EmojiList).emoji.items()
        }


@cache
def emoji() -> Emoji:
    """Return the one list, loaded at the first call."""
    return Emoji()
