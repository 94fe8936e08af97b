"""Scorers by the name that the configuration uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, get_args

from msgspec import structs

from detector.sentiment import Scorer
from detector.sentiment.fused import FusedScorer
from detector.sentiment.lexicon import LexiconScorer
from detector.sentiment.own_words import NO_WORDS, OwnWords
from detector.sentiment.trace import Trace
from detector.sentiment.vader import VaderScorer

ScorerName = Literal["vader", "lexicon", "fused"]
SCORER_NAMES: Final[tuple[ScorerName, ...]] = get_args(ScorerName)

_MAKERS: dict[str, Callable[[OwnWords], Scorer]] = {
    "vader": lambda _: VaderScorer(),  # whose numbers are those of the reference, come what may
    "lexicon": LexiconScorer,
    "fused": FusedScorer,
}


def make_scorer(name: ScorerName, own: OwnWords = NO_WORDS) -> Scorer:
    """Return the scorer of a name; it loads its word lists here, not when it scores.

    Parameters
    ----------
    name
        One of `SCORER_NAMES`.
    own
        Words that win over those of the lists; ``vader`` has no use for them.

    Raises
    ------
    ValueError
        When there is no such scorer; the message lists those there are.
    """
    maker = _MAKERS.get(name)
    if maker is None:
        raise ValueError(
            f"unknown scorer: got {str(name)[:40]!r}; expected one of {', '.join(SCORER_NAMES)}; "
            "correct `scorer`"
        )
    return maker(own)


def trace_of(scorer: Scorer, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Trace:
    """Return a score and how it comes about.

    A scorer that cannot show its own steps shows those of the lexicon scorer, beside its own score.
    """
    if isinstance(scorer, FusedScorer | LexiconScorer | VaderScorer):
        return scorer.trace(text, ignore, lang)
    return structs.replace(
        LexiconScorer().trace(text, ignore, lang), score=scorer.explain(text, ignore, lang)
    )
