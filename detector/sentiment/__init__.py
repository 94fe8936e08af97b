"""Sentiment of a text: the contract that every scorer keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

Label = Literal["negative", "neutral", "positive"]
Language = Literal["id", "en", "mixed", "und"]


class Term(Struct, frozen=True, array_like=True):
    """A word or phrase that decided a score, with its signed contribution."""

    text: str
    contribution: float


class Score(Struct, frozen=True):
    """What is known of one text's sentiment.

    `compound` is the scorer's raw value, -1 (most negative) to 1; `polarity` is what aggregates use,
    -1 to 1; `label` is the class that counts as negative or not; `coverage` is the share of words
    the scorer knows, 0 to 1 (0: the score rests on nothing); `terms` are filled by `explain` only.
    """

    lang: Language
    compound: float
    polarity: float
    label: Label
    coverage: float
    terms: tuple[Term, ...] = ()


class Scorer(Protocol):
    """Scores texts; the same text gives the same score, in any order, on any machine."""

    @property
    def name(self) -> str:
        """The name used in the configuration, such as ``vader``."""

    @property
    def version(self) -> str:
        """Changes whenever any text's score may change."""

    def score(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        """Return the score of one text, without `terms`; never raises.

        Parameters
        ----------
        text
            At most 4,096 characters are read.
        ignore
            The matched brands' own words; they carry no sentiment.
        lang
            The source's language tag, where it gave one; a hint only.
        """

    def explain(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        """Return the same score with `terms`, the most decisive first; may be slow."""
