"""A simulated post before it has an id, with what only the simulation knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Protocol

from msgspec import Struct

from agents.simulation.people import Crowd, Person
from agents.simulation.phrases import LANGUAGES, Language, Topic
from agents.simulation.sentences import Writer
from detector.clock import Millis

# What Indonesians write in, as far as a brand of theirs sees it: a convention.
NATURAL_MIX: dict[Language, float] = {"id": 0.62, "mix": 0.22, "en": 0.16}


class Draft(Struct, frozen=True):
    """One post; `copy` tells whether its text was taken from another one."""

    at: Millis
    text: str
    person: Person
    topic: Topic
    language: Language
    tagged: bool
    reach: int | None
    copy: bool = False


class Voice(Struct, frozen=True):
    """How a brand is written, and in which languages people write about it."""

    names: tuple[str, ...]
    languages: dict[Language, float]


class Stream(Protocol):
    """One part of a simulation; its posts come in time order and depend on the seed alone."""

    @property
    def name(self) -> str:
        """What it is called; no two in a simulation are called the same."""
        ...

    def drafts(self, seed: str, voice: Voice) -> Iterator[Draft]:
        """Yield its posts."""
        ...

    def truth(self) -> dict[str, object]:
        """Return what was put in, apart from counts."""
        ...


class Desk:
    """Makes drafts for one stream: picks who, in what language and words."""

    def __init__(self, dice: Random, voice: Voice) -> None:
        self.dice = dice
        self.writer = Writer(dice, voice.names)
        self._languages = [language for language in LANGUAGES if language in voice.languages]
        self._weights = [voice.languages[language] for language in self._languages]

    def draft(self, at: Millis, topics: dict[Topic, float], crowd: Crowd) -> Draft:
        """Return a post at an instant about one of some topics, by their weights."""
        topic = self.dice.choices(tuple(topics), tuple(topics.values()))[0]
        language = self.dice.choices(self._languages, self._weights)[0]
        person = crowd.someone()
        text = self.writer.write(topic, language, at)
        tagged = self.dice.random() < 0.6
        return Draft(at, text, person, topic, language, tagged, crowd.reach(person))
