"""Phrases that are looked up as one word."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind


class Phrases:
    """Joins the words of known phrases, the longest where several begin at one place.

    >>> Phrases(["terima kasih"]).join("Terima kasih, kak")
    'Terima_kasih, kak'
    """

    def __init__(self, phrases: Sequence[str]) -> None:
        self._patterns = [re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.I) for phrase in phrases]
        self._find = AhoCorasick(
            list(phrases), matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA
        ).find_matches_as_indexes

    def join(self, text: str) -> str:
        """Return a text with an underscore in place of the spaces inside its phrases."""
        if "  " in text or not text.isprintable():
            text = " ".join(text.split())  # so that a phrase is found across a line break
        try:
            hits = self._find(text.lower())
        except UnicodeEncodeError:  # lone surrogates
            return text
        for phrase in dict.fromkeys(hit[0] for hit in hits) if hits else ():
            text = self._patterns[phrase].sub(_joined, text)
        return text


def _joined(match: re.Match[str]) -> str:
    return match[0].replace(" ", "_")
