"""The lexicon scorer: VADER's rules over Indonesian and English words, on a cleaned text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from detector.post import MAX_TEXT_CHARS
from detector.sentiment import Language, Score
from detector.sentiment import indonesian as words_id
from detector.sentiment.complaints import complaints
from detector.sentiment.emoji import emoji
from detector.sentiment.engine import FIXED, UPPER, Engine, Meaning, Word
from detector.sentiment.language import named, voted
from detector.sentiment.normalise import normalise
from detector.sentiment.own_words import NO_WORDS, OwnWords
from detector.sentiment.phrases import Phrases
from detector.sentiment.totals import compound, emphasis
from detector.sentiment.trace import Trace, steps_of
from detector.sentiment.vader import REFERENCE_VERSION, label_of, terms_of, vader

_RULES_VERSION = "5"
"""Raised by hand when this module's or the normaliser's rules change a score."""

# Rules look three words back: three commas keep the "gak" of "gak bagus, lemot" off "lemot".
_PAUSE = re.compile(r"[,.;!?]+(?=\s)")


# A text as the rules see it: cleaned, split as its language needs it, and that language by vote. A bare
# tuple: made for every text.
Reading: TypeAlias = tuple[str, list[str], Language]


class LexiconScorer:
    """Indonesian text by Indonesian words, English by VADER's, anything else by both.

    Handles, links, `ignore` and other noise are taken out first (`normalise`). The vote of function
    words chooses the list; in a mixed text, or one without votes, a word may be of either list, and
    one that both know counts with the valence that is larger in size (the Indonesian one where they
    are equal), so that the negator of one language turns the word of the other ("not bagus"). Emoji
    and emoticons have valences of their own in every language, which no negator or booster changes.

    Parameters
    ----------
    own
        Words that win over those of the lists.
    """

    name: Final = "lexicon"

    def __init__(self, own: OwnWords = NO_WORDS) -> None:
        self._vader = vader()
        words = own.indonesian_words
        self._indonesian = words_id.Indonesian(words) if words else words_id.indonesian()
        self._emoji = own.emoji_words
        self._complaints = complaints()
        english = own.english_words
        self._english = {word.replace(" ", "_"): entry for word, entry in english.items()}
        either = self._vader.engine_of(self.meaning_either)
        self.engines: dict[Language, Engine] = {
            "id": Engine(self.meaning_id, words_id.bare),
            "en": self._vader.engine_of(self.meaning_en),
            "mixed": either,
            "und": either,
        }
        spaced = [word for word in english if " " in word]
        self._phrases = Phrases([*self._indonesian.phrases, *spaced])
        self._phrases_en = Phrases(spaced) if spaced else None
        lists = (self._vader, self._complaints, self._indonesian, emoji(), own)
        digests = [each.digest for each in lists]
        self.version = " ".join(filter(None, ("lexicon", REFERENCE_VERSION, *digests, _RULES_VERSION)))

    def score(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        """Return the score of a text; see `Scorer`."""
        return self._score(text, ignore, lang, explain=False)

    def explain(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        """Return the score with the words that made it and their valences, -4 to 4 before emphasis."""
        return self._score(text, ignore, lang, explain=True)

    def trace(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Trace:
        """Return the score and how it comes about."""
        clean, tokens, language = self.read(text, ignore, lang)
        return Trace(
            self.explain(text, ignore, lang),
            clean,
            normalise.changes(text[:MAX_TEXT_CHARS], ignore),
            steps_of(self.engines[language], tokens),
            emphasis(clean),
        )

    def read(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Reading:
        """Return what is scored of a text: see `Reading`."""
        clean, tokens = normalise.words(text[:MAX_TEXT_CHARS], ignore)
        language = voted(tokens, lang)
        if language != "en" or self._phrases_en:
            tokens = self.split(clean, language)
        return clean, tokens, language

    def split(self, clean: str, language: Language) -> list[str]:
        """Return the tokens of a clean text: known phrases as one, and pauses that no rule reaches across."""
        if language != "en":
            return _PAUSE.sub(" , , ,", self._phrases.join(clean)).split()
        return (self._phrases_en.join(clean) if self._phrases_en else clean).split()

    def _score(self, text: str, ignore: Sequence[str], lang: str | None, explain: bool) -> Score:
        clean, tokens, language = self.read(text, ignore, lang)
        engine = self.engines[language]
        at, valences, known, plain = engine.hits(tokens)
        value = compound(valences, emphasis(clean)) if valences else 0.0
        return Score(
            lang=named(language, tokens, lang),
            compound=value,
            polarity=value,
            label=label_of(value),
            coverage=known / (known + plain) if known else 0.0,
            terms=terms_of(engine, tokens, at, valences) if explain else (),
        )

    def meaning_id(self, token: str) -> Meaning:
        """Return what a token of an Indonesian text is."""
        return self._indonesian.meaning(token) or self._symbol(token)

    def meaning_en(self, token: str) -> Meaning:
        """Return what a token of an English text is."""
        return self._emoji.get(token) or self._emoticon(token) or self._plain_english(token)

    def _plain_english(self, token: str) -> Meaning:
        own = self._english.get(words_id.bare(token)) if self._english else None
        if own is None:
            return self._complaints.meaning(token) or self._vader.meaning(token)
        return replace(own, flags=own.flags | UPPER) if token.isupper() else own

    def meaning_either(self, token: str) -> Meaning:
        """Return what a token of a text in both languages, or in neither, is."""
        indonesian = self._indonesian.sure_meaning(token) or self._symbol(token)
        english = self._plain_english(token)
        if not (indonesian and english):
            return indonesian or english
        return max(indonesian, english, key=lambda word: (word.known, abs(word.valence)))

    def _symbol(self, token: str) -> Meaning:
        """Return what an emoji or emoticon means: the same in every language."""
        if not token.isalnum() and (word := self._emoji.get(token) or self._emoticon(token)):
            return word
        return None if any(map(str.isalpha, token)) else False

    def _emoticon(self, token: str) -> Word | None:
        """Return VADER's valence of an emoticon such as ":(", which no negator turns."""
        if token.isalnum() or sum(map(str.isalpha, token)) > 1:
            return None
        valence = self._vader.lexicon.get(token.lower())
        return Word(True, valence, flags=FIXED) if valence else None
