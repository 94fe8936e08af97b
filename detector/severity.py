"""How bad it is: a level, and a crisis score with the contributions that sum to it."""

from __future__ import annotations

import math
from enum import StrEnum

from msgspec import Struct

from detector.evidence import Evidence
from detector.spike import Signal, Verdict

# A score from here on is critical; it must fall by the margin before the level falls again.
CRITICAL_SCORE = 60
CALM_MARGIN = 10
# Below it the posts are mostly not negative, whatever their number: a joke that goes viral.
CALM_SHARE = 0.2
# From here on volume alone is bad news too.
RAISED_SHARE = 0.4
# The share at which posts could hardly be more negative.
FULL_SHARE = 0.7
# Fewer posts of history than this: the brand is first seen, and never above warning.
FIRST_SEEN_POSTS = 20

_SIZE, _SHARE, _AUTHORS, _REACH, _PLATFORMS, _PERSISTENCE = 25, 30, 25, 10, 5, 5


class Severity(StrEnum):
    """Info is attention that is not negative; warning and critical call people."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Info 0, warning 1, critical 2."""
        return _RANKS[self]


_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class Assessment(Struct, frozen=True):
    """A severity with its crisis score, 0 to 100, and the contributions that sum to the score."""

    severity: Severity
    score: int
    contributions: dict[str, int]


def assess(verdict: Verdict, evidence: Evidence, first_seen: bool, open_min: int = 0) -> Assessment:
    """Return how bad a spike is.

    Info when the posts are not negative: a negative share below `CALM_SHARE`, or a volume spike with
    a share below `RAISED_SHARE`. Else critical from a score of `CRITICAL_SCORE` on, else warning.
    The contributions, each rounded to a whole number:

    * ``size``, 0 to 25: 0 at 1.5 times what is expected, 25 at 48 times, by the logarithm;
    * ``negative_share``, 0 to 30: 0 at 20 %, 30 at 70 %;
    * ``authors``, 0 to 25: 0 at 5 distinct authors, 25 at 500, by the logarithm;
    * ``reach``, 0 to 10: 0 at 1,000 people, 10 at a million, by the logarithm;
    * ``platforms``, 0 to 5: 2 for each platform after the first;
    * ``persistence``, 0 to 5: 1 for each half hour since the incident was opened.

    The weights are a convention, not a measurement: seven furious posts are a warning, some thirty
    from as many people within a few minutes are critical.

    Parameters
    ----------
    verdict
        The spike; `expected` and `ratio` are used.
    evidence
        The posts behind it. Without posts the share is unknown and counts as not calm.
    first_seen
        Whether the brand had fewer than `FIRST_SEEN_POSTS` posts of history: then never above warning.
    open_min
        Minutes since the incident was opened.
    """
    share = evidence.negative_share
    contributions = {
        "size": _scaled(_SIZE, _logarithm(_size_ratio(verdict), 1.5, 48.0)),
        "negative_share": _scaled(_SHARE, (share - CALM_SHARE) / (FULL_SHARE - CALM_SHARE)),
        "authors": _scaled(_AUTHORS, _logarithm(evidence.authors, 5.0, 500.0)),
        "reach": _scaled(_REACH, _logarithm(evidence.reach, 1e3, 1e6)),
        "platforms": min(_PLATFORMS, 2 * max(0, len(evidence.platforms) - 1)),
        "persistence": min(_PERSISTENCE, max(0, open_min) // 30),
    }
    score = sum(contributions.values())
    if _is_calm(verdict, evidence):
        severity = Severity.INFO
    elif score < CRITICAL_SCORE:
        severity = Severity.WARNING
    else:
        severity = worst_possible(first_seen)
    return Assessment(severity, score, contributions)


def is_first_seen(verdict: Verdict) -> bool:
    """Return whether a brand has too little history to trust a severity above warning."""
    return verdict.history < FIRST_SEEN_POSTS


def worst_possible(first_seen: bool) -> Severity:
    """Return the highest severity that any evidence could bring."""
    return Severity.WARNING if first_seen else Severity.CRITICAL


def _is_calm(verdict: Verdict, evidence: Evidence) -> bool:
    share = evidence.negative_share
    if verdict.signal is Signal.TOTAL_COUNT:
        return share < RAISED_SHARE
    return evidence.posts > 0 and share < CALM_SHARE


def _size_ratio(verdict: Verdict) -> float:
    """Return observed over expected, for counts with at least one post expected: 7 for 0.1 is no 70."""
    if verdict.signal is Signal.NEGATIVE_SHARE:
        return verdict.ratio
    return verdict.observed / max(verdict.expected, 1.0)


def _logarithm(value: float, zero: float, one: float) -> float:
    return math.log(value / zero) / math.log(one / zero) if value > 0.0 else 0.0


def _scaled(most: int, part: float) -> int:
    return round(most * min(1.0, max(0.0, part)))
