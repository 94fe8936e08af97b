"""The words that an Indonesian spelling may stand for."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping

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
_PREFIXED = frozenset(prefix[:1] for prefix, _ in _PREFIXES)
_VERB_SUFFIXES = ("in",)  # those that make a verb without any prefix
_SHORTEST_STEM = 3
_SHORTEST_ROOT = 4  # with a prefix or suffix off: shorter ones are too often a word of their own


def spellings(word: str, slang: Mapping[str, str], beginnings: Container[str]) -> Iterator[str]:
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
    beginnings
        `beginning` of all words that are known: a root that begins otherwise is left out.
    """
    yield word
    if word in slang:
        yield slang[word]
    if "2" in word and (twice := _TWICE.fullmatch(word)):
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
    stems = _without_clitic(word) if word.endswith(_CLITICS) else ()
    for stem in stems:
        yield from _standard(stem, slang)
    for stem in (word, *stems):
        if stem[0] in _PREFIXED or beginning(stem) in beginnings:
            yield from _roots(stem, beginnings)


def beginning(word: str) -> str:
    """Return the letters that a word keeps whatever suffix it loses."""
    return word[:_SHORTEST_ROOT]


def _standard(word: str, slang: Mapping[str, str]) -> Iterator[str]:
    yield word
    if word in slang:
        yield slang[word]


def _without_clitic(word: str) -> tuple[str, ...]:
    return tuple(
        word[: -len(clitic)]
        for clitic in _CLITICS
        if word.endswith(clitic) and len(word) - len(clitic) >= _SHORTEST_STEM
    )


def _roots(word: str, beginnings: Container[str]) -> Iterator[str]:
    for prefix, swallowed in _PREFIXES:
        if word.startswith(prefix):
            root = swallowed + word[len(prefix) :]
            if len(root) < _SHORTEST_ROOT or beginning(root) not in beginnings:
                continue
            yield root
            for suffix in _SUFFIXES if prefix else _VERB_SUFFIXES:
                if root.endswith(suffix) and len(root) - len(suffix) >= _SHORTEST_ROOT:
                    yield root[: -len(suffix)]
