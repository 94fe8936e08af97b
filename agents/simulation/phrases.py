"""What people write in a simulation: sentences by language and topic, and how they vary."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias, TypeVar

from msgspec import Struct

from detector.codec import from_json

Language: TypeAlias = Literal["id", "en", "mix"]
LANGUAGES: tuple[Language, ...] = ("id", "en", "mix")

T = TypeVar("T")


class Topic(StrEnum):
    """What a post is about."""

    OUTAGE = "complaint-outage"
    SERVICE = "complaint-service"
    BILL = "complaint-bill"
    PRAISE = "praise"
    QUESTION = "question"
    NEUTRAL = "neutral"
    JOKE = "joke"
    RECOVERY = "recovery"

    @property
    def mood(self) -> str:
        """Which emoji and endings go with it."""
        return _MOODS.get(self, "angry")

    @property
    def negative(self) -> bool:
        """Whether its writer means it as a complaint: what a simulation calls negative."""
        return self not in _MOODS


_MOODS = {
    Topic.PRAISE: "happy",
    Topic.RECOVERY: "happy",
    Topic.JOKE: "funny",
    Topic.QUESTION: "asking",
    Topic.NEUTRAL: "calm",
}


class Phrases(Struct, frozen=True, forbid_unknown_fields=True):
    """One language: whole sentences, and what may stand before and after; each names ``{brand}``."""

    sentences: dict[Topic, tuple[str, ...]]
    openers: dict[str, tuple[str, ...]]
    tails: dict[str, tuple[str, ...]]


class Variation(Struct, frozen=True, forbid_unknown_fields=True):
    """What fills the other placeholders, and how words are spelt in a hurry."""

    fill: dict[str, tuple[str, ...]]
    english_fill: dict[str, tuple[str, ...]]
    spellings: dict[str, dict[str, tuple[str, ...]]]
    elongate: frozenset[str]
    emoji: dict[str, tuple[str, ...]]


@cache
def phrases(language: Language) -> Phrases:
    """Return the sentences of a language."""
    return _read(language, Phrases)


@cache
def variation() -> Variation:
    """Return how sentences vary."""
    return _read("variation", Variation)


def _read(name: str, kind: type[T]) -> T:
    return from_json((files("agents.simulation") / "data" / f"{name}.json").read_bytes(), kind)
