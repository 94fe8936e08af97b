"""The words that an Indonesian spelling may stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_DOUBLED = re.compile(r"(\w)\1+")
_TWICE = re.compile(r"(\w{3,}?)2(?:nya|an)?")
_CLITICS = ("nya", "ny", "lah", "kah", "pun", "ku", "mu")
_SUFFIXES = ("kan", "in", "i", "an")
# Prefix, and the letter of the stem that it swallows ("menyebalkan" of "sebal").
_PREFIXES = (
    ("di", ""),
    ("meny", "s"),
    ("meng", ""),
    ("meng", "k"),
    ("mem", ""),
    ("mem", "p"),
    ("men", ""),
    ("men", "t"),
    ("me", ""),
    ("ny", "s"),
    ("nge", ""),
    ("ng", ""),
    ("ng", "k"),
    ("", ""),
)
_VERB_SUFFIXES = ("in",)  # those that make a verb without any prefix
_SHORTEST_STEM = 3
_SHORTEST_ROOT = 4  # with a prefix or suffix off: shorter ones are too often a word of their own


def spellings(word: str, slang: Mapping[str, str]) -> Iterator[str]:
    """Yield the words that a spelling may stand for, the likeliest first, some more than once.

    As written; slang; reduplicated ("bagus-bagus", "bagus2"); with a letter doubled ("baguss"); with a
    clitic ("bagusnya"); with a prefix of the verb, as in di-, me- and the everyday ng-, and its suffix
    ("dikecewakan", "ngecewain"). Whoever asks takes the first that is known: a stem is only found
    where it is in a word list.

    Parameters
    ----------
    word
        In lower case, without punctuation round it.
    slang
        Informal spellings, and what they stand for.
    """
    yield from _standard(word, slang)
    if twice := _TWICE.fullmatch(word):
        word = twice[1]
        yield from _standard(word, slang)
    elif "-" in word:
        half, _, other = word.partition("-")
        if other.startswith(half) and len(half) >= _SHORTEST_STEM:
            word = half
            yield from _standard(word, slang)
    # Only at the end: letters doubled inside are those of other words ("cook", "massa").
    if word[-2:-1] == word[-1:] and len(word) > _SHORTEST_STEM:
        word = word[:-1]
        yield from _standard(word, slang)
    for stem in _without_clitic(word):
        yield from _standard(stem, slang)
    for stem in (word, *_without_clitic(word)):
        yield from _roots(stem)


def _standard(word: str, slang: Mapping[str, str]) -> Iterator[str]:
    yield word
    if word in slang:
        yield slang[word]


def _without_clitic(word: str) -> Iterator[str]:
    for clitic in _CLITICS:
        if word.endswith(clitic) and len(word) - len(clitic) >= _SHORTEST_STEM:
            yield word[: -len(clitic)]


def _roots(word: str) -> Iterator[str]:
    for prefix, swallowed in _PREFIXES:
        if word.startswith(prefix):
            root = swallowed + word[len(prefix) :]
            if len(root) >= _SHORTEST_ROOT:
                yield root
            for suffix in _SUFFIXES if prefix else _VERB_SUFFIXES:
                if root.endswith(suffix) and len(root) - len(suffix) >= _SHORTEST_ROOT:
                    yield root[: -len(suffix)]
