"""What is taken out of a text before it is scored, because it carries no sentiment or hides it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Final

from detector.sentiment import characters
from detector.sentiment.elongation import shorten

# Each starts with a literal, which is found many times faster than a class.
_HANDLE = re.compile(r"@(?<!\w@)\w+(?:[.@]\w+)*")
_MAIL = re.compile(r"@?\w[\w.+%-]{0,63}@\w+(?:[.@-]\w+)*")
_MAIL_HINT = re.compile(r"@(?<=\w@)\w")
_URL = re.compile(r"(?:ht+ps*://|www\.)\S*", re.I)
_HASHTAGS = re.compile(r"#(?<!\w#)\w+(?:#\w+)*")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GLUED = re.compile(r"[,;/!?.][A-Za-z]{2}")
_GLUE = re.compile(r"[,;/!?.]+(?=[A-Za-z]{2})")
_MOST_PASSES = 8


def without_links(text: str) -> str:
    """Return a text without web addresses."""
    return _URL.sub(" ", text) if "://" in text or "www." in text or "WWW." in text else text


def without_handles(text: str) -> str:
    """Return a text without @names and e-mail addresses: "@united" alone would score +0.42 in VADER."""
    if "@" not in text:
        return text
    if _MAIL_HINT.search(text):
        text = _MAIL.sub(" ", text)
    return _HANDLE.sub(" ", text)


def open_hashtags(text: str) -> str:
    """Return a text with hashtags as words: "#InternetMati_lagi" is "Internet Mati lagi"."""
    return _HASHTAGS.sub(_words_of, text) if "#" in text else text


def _words_of(match: re.Match[str]) -> str:
    return _HUMP.sub(" ", match[0].replace("#", " ").replace("_", " "))


def part_words(text: str) -> str:
    """Return a text with a space where only punctuation joins two words: "lemot,parah"."""
    return _GLUE.sub(r"\g<0> ", text) if _GLUED.search(text) else text


_RULES: Final[dict[str, Callable[[str], str]]] = {
    "entities": characters.unescape,
    "invisible": characters.without_invisible,
    "variants": characters.without_variants,
    "marks": characters.plain_marks,
    "composed": characters.composed,
    "links": without_links,
    "handles": without_handles,
    "hashtags": open_hashtags,
    "elongation": shorten,
    "glue": part_words,
    "emoji": characters.part_emoji,
}
# Rules about characters that ASCII does not have.
_BEYOND_ASCII: Final = ("variants", "composed", "emoji")
RULES: Final = (*_RULES, "ignore")
"""The rules by name, in the order in which they are applied."""


class Normaliser:
    """Applies the rules to texts; twice is as good as once.

    Parameters
    ----------
    without
        Names of `RULES` to leave out.

    Raises
    ------
    ValueError
        When there is no such rule; the message lists those there are.

    Examples
    --------
    >>> Normaliser()("@budi #NusaIndah lemooot,parah😡 https://a.example", ignore=["nusa indah"])
    'lemot, parah 😡'
    >>> Normaliser(without=["handles", "emoji"])("@budi mati😡")
    '@budi mati😡'
    """

    def __init__(self, without: Collection[str] = ()) -> None:
        unknown = sorted(set(without) - set(RULES))
        if unknown:
            raise ValueError(
                f"unknown rule: got {unknown[0][:40]!r}; expected any of {', '.join(RULES)}; correct it"
            )
        self._rules = tuple(rule for name, rule in _RULES.items() if name not in without)
        self._ascii_rules = tuple(
            rule for name, rule in _RULES.items() if name not in (*without, *_BEYOND_ASCII)
        )
        self._ignores = "ignore" not in without
        self._phrases = lru_cache(maxsize=4096)(self._normal_phrases)

    def __call__(self, text: str, ignore: Sequence[str] = ()) -> str:
        """Return a text by all rules, single spaces between its words where any rule changed it.

        Parameters
        ----------
        text
            Any text.
        ignore
            Words and phrases that carry no sentiment here, such as a brand's own; case does not matter.
        """
        return self.words(text, ignore)[0]

    def words(self, text: str, ignore: Sequence[str] = ()) -> tuple[str, list[str]]:
        """Return the same, and its words: whoever cleans a text splits it next (0.6 us less)."""
        clean = self._apply(text)
        # What was an entity may be part of another one: "&amp;lt;". Rare, and bounded.
        passes = 0
        while "&" in clean and (again := self._apply(clean)) != clean:
            passes += 1
            clean = again if passes < _MOST_PASSES else again.replace("&", " ")
        words = clean.split()
        if ignore and self._ignores:
            clean = " ".join(words)  # so that a phrase is found across a line break
            phrases = self._phrases(tuple(ignore))
            if _any_in(phrases, _lower(clean)):  # seldom, handles being out: 1.5 us less otherwise
                clean = _without(clean, phrases)
                # "nusa#lemot" is no hashtag until "nusa" is gone.
                while "#" in clean and (again := _without(self._apply(clean), phrases)) != clean:
                    clean = again
                words = clean.split()
        if clean != text:
            clean = " ".join(words)
        return clean, words

    def changes(self, text: str, ignore: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the names of the rules that change more of a text than its spaces, in order."""
        changed = []
        for name, rule in _RULES.items():
            if rule in self._rules:
                after = rule(text)
                if after.split() != text.split():
                    changed.append(name)
                text = after
        if self(text, ignore).split() != self(text).split():
            changed.append("ignore")
        return tuple(changed)

    def _apply(self, text: str) -> str:
        # An entity may become any character.
        for rule in self._ascii_rules if text.isascii() and "&" not in text else self._rules:
            text = rule(text)
        return text

    def _normal_phrases(self, ignore: tuple[str, ...]) -> tuple[str, ...]:
        """Return phrases as they look in a normal text, the longest first."""
        normal = {" ".join(self(phrase).split()).lower() for phrase in ignore}
        return tuple(sorted(normal - {""}, key=lambda phrase: (-len(phrase), phrase)))


normalise: Final = Normaliser()
"""All rules."""


def _any_in(phrases: Sequence[str], low: str) -> bool:
    return any(map(low.__contains__, phrases))  # without a generator: they are few


def _without(text: str, phrases: Sequence[str]) -> str:
    """Return a text without phrases, until none is left, as whole words."""
    text = " ".join(text.split())
    low = _lower(text)
    before = ""
    while text != before:
        before = text
        for phrase in phrases:
            at = low.find(phrase)
            while at >= 0:
                end = at + len(phrase)
                if _is_word(low[at - 1 : at]) or _is_word(low[end : end + 1]):
                    at = low.find(phrase, at + 1)
                    continue
                text = f"{text[:at]} {text[end:]}"
                low = f"{low[:at]} {low[end:]}"
                at = low.find(phrase, at)
        if text != before:
            text, low = " ".join(text.split()), " ".join(low.split())
    return text


def _lower(text: str) -> str:
    """Return a text in lower case, letter for letter."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"
