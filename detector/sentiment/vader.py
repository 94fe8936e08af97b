"""VADER, exactly and fast: the numbers of vaderSentiment 3.3.2 for every text.

Lexicon, emoji descriptions and word lists are those of the installed package (Hutto & Gilbert 2014,
MIT licence); the rules are in `detector.sentiment.engine`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from typing import Final

from vaderSentiment import vaderSentiment as reference

from detector.post import MAX_TEXT_CHARS
from detector.sentiment import Label, Score, Term
from detector.sentiment import engine as rules
from detector.sentiment.engine import Engine, Word
from detector.sentiment.language import language_of
from detector.sentiment.totals import compound, emphasis, four_numbers
from detector.sentiment.trace import Trace, steps_of

REFERENCE_VERSION: Final = "3.3.2"
CUT: Final = 0.05
"""Compound from which a text counts as positive, and at or below minus which as negative: VADER's own
recommendation."""

_RARE = ("shit", "bomb", "ass", "stop", "right", "kiss", "die", "beating", "enough", "kind", "sort")
_FLAGS = {
    "never": rules.NEVER,
    "so": rules.SO,
    "this": rules.SO,
    "without": rules.WITHOUT,
    "doubt": rules.DOUBT,
    "no": rules.NO,
    "or": rules.OR,
    "nor": rules.OR,
    "least": rules.LEAST,
    "kind": rules.KIND,
    "but": rules.CONTRAST,
}


def polarity_scores(text: str) -> dict[str, float]:
    """Return the reference's ``neg``, ``neu``, ``pos`` (0 to 1) and ``compound`` (-1 to 1) of a text.

    >>> polarity_scores("The service is not good, but the staff is GREAT!")
    {'neg': 0.102, 'neu': 0.478, 'pos': 0.421, 'compound': 0.8094}
    """
    words = vader()
    if not text.isascii():
        text = words.spell_emoji(text)
    tokens = text.split()
    return four_numbers(words.engine.valences(tokens), len(tokens), text)


class Vader:
    """VADER's vocabulary: `lexicon`, `emoji` (character to description) and its `engine`."""

    def __init__(self) -> None:
        check_version(version("vaderSentiment"))
        package = files("vaderSentiment")
        words = (package / "vader_lexicon.txt").read_bytes()
        emoji = (package / "emoji_utf8_lexicon.txt").read_bytes()
        self.digest = blake2b(words + emoji, digest_size=4).hexdigest()
        self.lexicon = {word: float(valence) for word, valence in _rows(words)}
        self.emoji = {char: meaning for char, meaning in _rows(emoji) if len(char) == 1}
        self._spelt = {char: " " + meaning for char, meaning in self.emoji.items()}
        self._may_be_emoji = re.compile(_wide_class(self.emoji))
        self._words = _entries(self.lexicon)
        self.engine = self.engine_of(self.meaning)

    def spell_emoji(self, text: str) -> str:
        """Return a text with every emoji replaced by the description that the reference scores."""
        if text.isascii():
            return text
        spelt = self._spelt
        return self._may_be_emoji.sub(lambda match: spelt.get(match[0], match[0]), text)

    def engine_of(self, look_up: Callable[[str], rules.Meaning]) -> Engine:
        """Return an engine with VADER's idioms and other words."""
        phrases = {phrase: scale for phrase, scale in reference.BOOSTER_DICT.items() if " " in phrase}
        return Engine(look_up, bare, idioms=reference.SPECIAL_CASES, idiom_scales=phrases)

    def meaning(self, token: str) -> rules.Meaning:
        """Return what VADER knows of a raw token."""
        word = token.lower() if token.isalpha() else bare(token)  # most tokens need no stripping
        entry = self._words.get(word)
        if entry is None:
            if "n't" not in word:
                # islower is the quick answer: it holds for every word that has cased letters.
                return None if word.islower() or any(map(str.isalpha, word)) else False
            entry = Word(flags=rules.NEGATES)
        return replace(entry, flags=entry.flags | rules.UPPER) if token.isupper() else entry


def _entries(lexicon: dict[str, float]) -> dict[str, Word]:
    entries = {}
    negators = {*reference.NEGATE, *(word for word in lexicon if "n't" in word)}
    for word in {*lexicon, *reference.BOOSTER_DICT, *negators, *_FLAGS, *_RARE}:
        flags = _FLAGS.get(word, 0)
        if word in negators:
            flags |= rules.NEGATES
        if word in _RARE:
            flags |= rules.IDIOM
        scale = reference.BOOSTER_DICT.get(word, 0.0)
        if scale:
            flags |= rules.SCALES
        entries[word] = Word(word in lexicon, lexicon.get(word, 0.0), scale, flags)
    return entries


def check_version(found: str) -> None:
    """Raise where vaderSentiment is not the release whose numbers are reproduced.

    Raises
    ------
    RuntimeError
        Saying what to install.
    """
    if found != REFERENCE_VERSION:
        raise RuntimeError(
            f"wrong vaderSentiment: got {found[:20]!r}; expected exactly {REFERENCE_VERSION}, "
            f"whose scores are reproduced; run `pip install vaderSentiment=={REFERENCE_VERSION}`"
        )


def bare(token: str) -> str:
    """Return a token in lower case without punctuation around it, unless two characters or fewer remain."""
    stripped = token.strip(string.punctuation)
    return (stripped if len(stripped) > 2 else token).lower()


def label_of(score: float) -> Label:
    """Return the class of a compound by VADER's own cuts, `CUT`."""
    return "negative" if score <= -CUT else "positive" if score >= CUT else "neutral"


class VaderScorer:
    """VADER on the raw text: exactly the reference, faults included.

    `ignore` and `lang` change no score here, because a text has one VADER score; `lang` in the
    result is the vote of function words, for which the source's tag is a hint.
    """

    name: Final = "vader"

    def __init__(self) -> None:
        self._vader = vader()
        self.version = f"vader {REFERENCE_VERSION} {self._vader.digest}"

    def score(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        """Return VADER's score; see `Scorer`."""
        return self._score(text, lang, terms=False)

    def explain(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        """Return the score with the words that made it and their valences, -4 to 4 before emphasis."""
        return self._score(text, lang, terms=True)

    def trace(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Trace:
        """Return the score and how it comes about."""
        spelt = self._vader.spell_emoji(text[:MAX_TEXT_CHARS])
        steps = steps_of(self._vader.engine, spelt.split())
        return Trace(self.explain(text, ignore, lang), spelt, (), steps, emphasis(spelt))

    def _score(self, text: str, lang: str | None, terms: bool) -> Score:
        text = text[:MAX_TEXT_CHARS]
        raw = text.split()
        spelt = self._vader.spell_emoji(text)
        tokens = raw if spelt is text else spelt.split()
        at, valences, known, plain = self._vader.engine.hits(tokens)
        value = compound(valences, emphasis(spelt)) if valences else 0.0
        return Score(
            lang=language_of(raw, lang),
            compound=value,
            polarity=value,
            label=label_of(value),
            coverage=known / (known + plain) if known else 0.0,
            terms=terms_of(self._vader.engine, tokens, at, valences) if terms else (),
        )


def terms_of(engine: Engine, tokens: list[str], at: list[int], valences: list[float]) -> tuple[Term, ...]:
    """Return what decided a score, the most decisive first: words with their modifiers, and valences.

    Words between a modifier and its word are left out, so that a term never shows a name.
    """
    terms = []
    for i, valence in zip(at, valences, strict=True):
        shown = sorted([*engine.modifiers(tokens, i), i])
        terms.append(
            Term(" ".join(engine.bare(tokens[k]).replace("_", " ") for k in shown), round(valence, 4))
        )
    return tuple(sorted(terms, key=lambda term: (-abs(term.contribution), term.text)))


@cache
def vader() -> Vader:
    """Return the one VADER vocabulary, loaded at the first call."""
    return Vader()


def _rows(data: bytes) -> Iterable[tuple[str, str]]:
    for line in data.decode().rstrip("\n").split("\n"):
        if line:
            key, value = line.strip().split("\t")[:2]
            yield key, value


def _wide_class(chars: Iterable[str]) -> str:
    """Return a regex class of few ranges that covers characters: hundreds of ranges would be slow."""
    points = sorted(map(ord, chars))
    ranges = [[points[0], points[0]]]
    for point in points[1:]:
        if point - ranges[-1][1] <= 256:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges) + "]"
