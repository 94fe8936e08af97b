"""Writes posts as people type them: filled, abbreviated, misspelt and decorated, all under the seed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from agents.simulation.phrases import Language, Topic, phrases, variation
from agents.simulation.season import wib_hour
from detector.clock import Millis

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[\w'-]+")
# How often each thing happens; a convention, chosen by eye.
_OPENER, _TAIL, _SHORT, _TYPO, _LONG, _EMOJI, _LOUD = 0.25, 0.5, 0.4, 0.08, 0.12, 0.3, 0.06


class Writer:
    """One stream's pen.

    Parameters
    ----------
    dice
        The source of all chance.
    names
        How the brand is written; one is chosen for each post.
    """

    def __init__(self, dice: Random, names: Sequence[str]) -> None:
        self._dice = dice
        self._names = names
        self._decks: dict[tuple[Language, Topic], list[str]] = {}

    def write(self, topic: Topic, language: Language, at: Millis) -> str:
        """Return a new post; every sentence comes up once before any comes up again."""
        dice = self._dice
        text = self._extended(self._sentence(topic, language), topic, language)
        hurry = dice.choice((0.0, _SHORT, 2 * _SHORT))
        text = _WORD.sub(lambda word: self._spelt(word[0], language, hurry), text)
        text = _PLACEHOLDER.sub(lambda name: self._filled(name[1], language, at), text)
        return self._decorated(text, topic)

    def retold(self, text: str, mood: str, handle: str) -> str:
        """Return a copy as people pass it on: as it is, with a word of the platform, or with emoji."""
        way = self._dice.random()
        if way < 0.4:
            return f"RT @{handle}: {text}"
        return text if way < 0.7 else f"{text} {self._emoji(mood)}"

    def _sentence(self, topic: Topic, language: Language) -> str:
        deck = self._decks.setdefault((language, topic), [])
        if not deck:
            deck.extend(phrases(language).sentences[topic])
            self._dice.shuffle(deck)
        return deck.pop()

    def _extended(self, text: str, topic: Topic, language: Language) -> str:
        dice, own = self._dice, phrases(language)
        tail = dice.choice(own.tails[topic.mood])
        if dice.random() < _TAIL and not _asked(text) & _asked(tail):
            text = f"{text}{' ' if text.endswith('?') else ', '}{tail}"
        if dice.random() < _OPENER:
            manner = "angry" if topic.negative else "calm"
            text = f"{dice.choice(own.openers[manner])} {text}"
        return text

    def _spelt(self, word: str, language: Language, hurry: float) -> str:
        dice = self._dice
        if word in _FIXED:
            return word
        if word in variation().elongate and dice.random() < _LONG:
            return word + word[-1] * dice.randint(2, 4)
        short = variation().spellings["en" if language == "en" else "id"].get(word)
        if short and dice.random() < hurry:
            return dice.choice(short)
        if len(word) > 4 and dice.random() < _TYPO * hurry:
            at = dice.randrange(1, len(word) - 1)
            return word[:at] + dice.choice((word[at + 1 :], word[at] + word[at:]))
        return word

    def _filled(self, name: str, language: Language, at: Millis) -> str:
        dice = self._dice
        if name == "brand":
            return dice.choice(self._names)
        if name == "clock":
            return _clock(int(wib_hour(at) - dice.uniform(0.2, 3)) % 24, language, dice)
        known = variation()
        other = known.english_fill.get(name) if language == "en" else None
        return dice.choice(other or known.fill[name])

    def _decorated(self, text: str, topic: Topic) -> str:
        dice = self._dice
        if topic.negative and dice.random() < _LOUD:
            text = text.upper()
        elif dice.random() < 0.4:
            text = text[0].upper() + text[1:]
        if not text.endswith("?"):
            endings = ("", "", "!", "!!", "...") if topic.negative else ("", "", "", ".", "!")
            text += dice.choice(endings)
        if dice.random() < _EMOJI:
            text += f" {self._emoji(topic.mood)}"
        return text

    def _emoji(self, mood: str) -> str:
        return self._dice.choice(variation().emoji[mood]) * self._dice.choice((1, 1, 2, 3))


_FIXED = frozenset({"brand", "city", "app", "show", "pay", "hours", "n", "price", "clock"})


# What Indonesians call an hour, up to before which one.
_DAYTIMES = ((4, "malam"), (11, "pagi"), (15, "siang"), (19, "sore"))


def _asked(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def _clock(hour: int, language: Language, dice: Random) -> str:
    if language == "en":
        return f"{hour % 12 or 12}{'am' if hour < 12 else 'pm'}"
    day = next((name for until, name in _DAYTIMES if hour < until), "malam")
    return dice.choice((f"{hour:02d}.{dice.choice(('00', '15', '30'))}", f"{hour % 12 or 12} {day}"))
