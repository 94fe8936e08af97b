"""The shape of `lexicon.yml`: words of your own, for all brands or for one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from msgspec import Meta, Struct

from agents.settings.brands import Key, Phrase
from agents.settings.kinds import rule
from agents.settings.problem import advice, listed, shown
from detector.sentiment.own_words import OwnWords, why_useless

Word = Annotated[
    str,
    Meta(
        pattern=r"[^\W_]",
        max_length=60,
        extra=rule("a word or phrase of 1 to 60 characters with a letter or digit", "correct or drop it"),
    ),
]
Emoji = Annotated[
    str,
    Meta(pattern="^[^\\w\\s\x21-\x7e]\ufe0f?$", extra=rule("one emoji", "write one emoji, without a text")),
]
Valence = Annotated[
    float,
    Meta(ge=-4.0, le=4.0, extra=rule("-4.0 (worst) to 4.0 (best)", "choose one in that range; 0 silences")),
]


class OwnLexicon(Struct, frozen=True, forbid_unknown_fields=True):
    """Words by language, and emoji, each with its valence."""

    id: dict[Word, Valence] = {}
    en: dict[Word, Valence] = {}
    emoji: dict[Emoji, Valence] = {}


class BrandLexicon(OwnLexicon, frozen=True, forbid_unknown_fields=True):
    """The same for posts about one brand; `ignore` are phrases that say nothing of it, such as a slogan."""

    ignore: tuple[Phrase, ...] = ()


class LexiconFile(OwnLexicon, frozen=True, forbid_unknown_fields=True):
    """All of `lexicon.yml`."""

    brands: dict[Key, BrandLexicon] = {}


def word_count(file: LexiconFile) -> int:
    """Return how many words and emoji are valued, those of brands included."""
    return sum(len(e.id) + len(e.en) + len(e.emoji) for e in (file, *file.brands.values()))


def own_words(entry: OwnLexicon) -> OwnWords:
    """Return an entry's words as the core knows them."""
    return OwnWords(entry.id, entry.en, entry.emoji)


def wrong_words(file: LexiconFile, brands: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield path and text of what is well written, yet cannot work."""
    yield from _wrong(file, "")
    for key, entry in file.brands.items():
        if key not in brands:
            todo = advice(key, brands, "correct it or add the brand to brands.yml")
            text = f"no such brand: got {shown(key)}; expected {listed(sorted(brands)[:10])}; {todo}"
            yield f"brands.{key}", text
        yield from _wrong(entry, f"brands.{key}.")


def _wrong(entry: OwnLexicon, path: str) -> Iterator[tuple[str, str]]:
    for language, words in (("id", entry.id), ("en", entry.en)):
        for word in words:
            if why := why_useless(word, language):
                text = f"cannot be valued, for {why}: got {shown(word)}; expected another word; drop it"
                yield f"{path}{language}.{word}", text
