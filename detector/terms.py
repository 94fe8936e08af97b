"""What a text says in terms: its words, and its pairs of neighbouring words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from detector.fold import fold
from detector.stop_words import STOP_WORDS

# In one pass: what is no word (handles, links and what `redact` leaves of them, markers such as [phone], HTML
# entities, numbers with their units) and what ends a part of a sentence, or else a word.
_TOKEN = re.compile(
    r"@\S*|https?:\S*|www\.\S*|\[[a-z]+\]|&[a-z]+;|\bu/\S*|[^\W_]+\.[a-z]{2,24}/\S*|\w*\d\w*"
    r"|[.,!?;:()\"\n…|/]|([^\W\d_]+(?:['-][^\W\d_]+)*)"
)
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
MIN_LETTERS = 3
MAX_LETTERS = 24


def terms_of(text: str, brand_words: Collection[str] = ()) -> set[str]:
    """Return the terms of a redacted text: folded words and pairs, without stop words and the brand's own.

    A pair is two words that stand beside each other in one part of a sentence; of a stop word or a word of
    the brand there is no pair. Drawn-out letters count once ("matiii").

    >>> sorted(terms_of("@… Internet MATIII lagi, tolong!", ()))
    ['internet', 'internet mati', 'mati']
    """
    found: set[str] = set()
    before = ""
    for word in _TOKEN.findall(fold(text)):
        if len(word) < MIN_LETTERS or word in STOP_WORDS or len(word) > MAX_LETTERS:
            before = ""
            continue
        word = _DRAWN_OUT.sub(r"\1", word)
        if len(word) < MIN_LETTERS or word in STOP_WORDS or word in brand_words:
            before = ""
            continue
        found.add(word)
        if before and before != word:
            found.add(f"{before} {word}")
        before = word
    return found


def words_of(names: Iterable[str]) -> frozenset[str]:
    """Return the words of a brand's key and aliases, also written together.

    >>> sorted(words_of(["kopi-senja"]))
    ['kopi', 'kopisenja', 'senja']
    """
    words: set[str] = set()
    for name in names:
        parts = _WORD.findall(fold(name).replace("-", " "))
        words.update(parts)
        words.add("".join(parts))
    return frozenset(words)
