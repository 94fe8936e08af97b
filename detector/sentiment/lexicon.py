"""The lexicon scorer: VADER's rules over Indonesian and English words, on a cleaned text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from detector.post import MAX_TEXT_CHARS
from detector.sentiment import Language, Score, Term
from detector.sentiment import indonesian as words_id
from detector.sentiment.engine import Engine, Meaning, Word
from detector.sentiment.language import language_of
from detector.sentiment.normalise import normalise
from detector.sentiment.totals import compound, emphasis
from detector.sentiment.vader import REFERENCE_VERSION, label_of, terms_of, vader

_RULES_VERSION = "2"
"""Raised by hand when this module's or the normaliser's rules change a score."""

# Rules look three words back: three commas keep the "gak" of "gak bagus, lemot" off "lemot".
_PAUSE = re.compile(r"[,.;!?]+(?=\s)")


class _Found(NamedTuple):
    at: list[int]
    valences: list[float]
    coverage: float


class LexiconScorer:
    """Indonesian text by Indonesian words, English by VADER's, anything else by both.

    Handles, links, `ignore` and other noise are taken out first (`normalise`). The vote of function
    words chooses the words; a mixed text, or one without votes, is scored by both lists, and each
    token counts with the valence that is larger in size (the Indonesian one where they are equal).
    Emoji carry the sum of the valences of their description, or their own, in every language.
    """

    name: Final = "lexicon"

    def __init__(self) -> None:
        self._vader = vader()
        self._indonesian = words_id.indonesian()
        self._id = Engine(self._meaning_id, words_id.bare)
        self._en = self._vader.engine_of(self._meaning_en)
        spaced = {phrase: re.compile(rf"\b{phrase}\b", re.I) for phrase in self._indonesian.phrases}
        self._phrases = [(phrase, spaced[phrase], one) for phrase, one in self._indonesian.phrases.items()]
        parts = (REFERENCE_VERSION, self._vader.digest, self._indonesian.digest, _RULES_VERSION)
        self.version = "lexicon " + " ".join(parts)

    def score(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        """Return the score of a text; see `Scorer`."""
        return self._score(text, ignore, lang, explain=False)

    def explain(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        """Return the score with the words that made it and their valences, -4 to 4 before emphasis."""
        return self._score(text, ignore, lang, explain=True)

    def _score(self, text: str, ignore: Sequence[str], lang: str | None, explain: bool) -> Score:
        text = normalise(text[:MAX_TEXT_CHARS], ignore)
        tokens = text.split()
        language = language_of(tokens, lang)
        if language != "en":
            tokens = self._apart(text).split()
        found = self._found(tokens, language)
        value = compound(found.valences, emphasis(text)) if found.valences else 0.0
        return Score(
            lang=language,
            compound=value,
            polarity=value,
            label=label_of(value),
            coverage=found.coverage,
            terms=self._terms(tokens, found, language) if explain else (),
        )

    def _found(self, tokens: list[str], language: Language) -> _Found:
        if language in ("id", "en"):
            at, valences, known, plain = (self._id if language == "id" else self._en).hits(tokens)
            return _Found(at, valences, known / (known + plain) if known else 0.0)
        at_id, valences_id, known_id, plain_id = self._id.hits(tokens)
        at_en, valences_en, known_en, plain_en = self._en.hits(tokens)
        both = dict(zip(at_id, valences_id, strict=True))
        for i, valence in zip(at_en, valences_en, strict=True):
            if abs(valence) > abs(both.get(i, 0.0)):
                both[i] = valence
        known = max(len(both), known_id, known_en)
        # A word is unknown only when both lists leave it plain; this is the closest count without a pass.
        coverage = known / (known + min(plain_id, plain_en)) if known else 0.0
        at = sorted(both)
        return _Found(at, [both[i] for i in at], coverage)

    def _terms(self, tokens: list[str], found: _Found, language: Language) -> tuple[Term, ...]:
        engine = self._en if language == "en" else self._id
        return terms_of(engine, tokens, found.at, found.valences)

    def _apart(self, text: str) -> str:
        """Return a text with phrases as one token, and pauses that no rule reaches across."""
        low = text.lower()
        for phrase, spaced, one in self._phrases:
            if phrase in low:
                text = spaced.sub(one, text)
        return _PAUSE.sub(" , , ,", text)

    def _meaning_id(self, token: str) -> Meaning:
        meaning = self._indonesian.meaning(token)
        return meaning if meaning else self._symbol(token)

    def _meaning_en(self, token: str) -> Meaning:
        return self._symbol(token) if token in self._vader.emoji else self._vader.meaning(token)

    def _symbol(self, token: str) -> Meaning:
        """Return what an emoji or emoticon means: the same in every language."""
        if token in self._vader.emoji:
            valence = self._indonesian.emoji.get(token) or self._vader.emoji_valence(token)
            return Word(True, valence) if valence else False
        if not token.isalnum() and token.lower() in self._vader.lexicon:
            return self._vader.meaning(token)
        return None if any(map(str.isalpha, token)) else False
