"""How bad it is: a level, and a crisis score with the contributions that sum to it."""

from __future__ import annotations

import math
from enum import StrEnum

from msgspec import Struct

from detector.evidence import Evidence
from detector.spike import Signal, Verdict
from detector.usual import is_above_usual

# A score from here on is critical; it must fall by the margin before the level falls again.
CRITICAL_SCORE = 60
CALM_MARGIN = 10
# Below it the posts are mostly not negative, whatever their number: a joke that goes viral.
CALM_SHARE = 0.2
# From here on volume alone is bad news too.
RAISED_SHARE = 0.4
# The share at which posts could hardly be more negative; for a brand that is always scolded, so much more.
FULL_SHARE = 0.7
FULL_EXCESS = 0.25
# From here on it is copies and repeats that make the spike.
AMPLIFIED_SHARE = 0.5
# Fewer authors in a window say too little to call an incident calm that was more.
FEW_AUTHORS = 7
# Fewer posts of history than this: the brand is first seen, and never above warning.
FIRST_SEEN_POSTS = 20

_SIZE, _SHARE, _GROWTH, _AUTHORS, _REACH, _PLATFORMS, _PERSISTENCE = 20, 30, 10, 25, 5, 5, 5


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


class Calm(StrEnum):
    """Why a spike is only info."""

    NOT_NEGATIVE = "not_negative"
    AS_USUAL = "as_usual"
    AMPLIFIED = "amplified"


CALM_SENTENCES = {
    Calm.NOT_NEGATIVE: "most of it is not negative",
    Calm.AS_USUAL: "it is no more negative than this brand's posts always are",
    Calm.AMPLIFIED: "without copies and repeats it would be no spike",
}


class Assessment(Struct, frozen=True):
    """A severity with its crisis score, 0 to 100, and the contributions that sum to the score.

    `calm` says why it is info, and is None from warning on.
    """

    severity: Severity
    score: int
    contributions: dict[str, int]
    calm: Calm | None = None


def assess(
    verdict: Verdict,
    evidence: Evidence,
    first_seen: bool,
    open_min: int = 0,
    before: Severity = Severity.INFO,
) -> Assessment:
    """Return how bad a spike is.

    Info when the posts are not negative, not more negative than usual, or copies: see `calm_of`. Else
    critical from a score of `CRITICAL_SCORE` on, else warning. The contributions, each rounded to a whole
    number:

    * ``size``, 0 to 20: 0 at 1.5 times as many origins as expected, 20 at 48 times, by the logarithm;
    * ``negative_share``, 0 to 30: 0 at 20 %, 30 at 70 % of the authors; for a brand whose usual share is
      above that, 0 at the usual one and 30 at 25 points more;
    * ``growth``, 0 to 10: 0 when the newer half of the window holds as many authors as the older half, 10
      at eight times as many, by the logarithm;
    * ``authors``, 0 to 25: 0 at 5 distinct origins, 25 at 500, by the logarithm;
    * ``reach``, 0 to 5: 0 at 1,000 people, 5 at a million, by the logarithm;
    * ``platforms``, 0 to 5: 2 for each platform after the first;
    * ``persistence``, 0 to 5: 1 for each half hour since the incident was opened.

    The weights are a convention, not a measurement: seven furious posts are a warning, some thirty
    from as many people within a few minutes are critical.

    Parameters
    ----------
    verdict
        The spike; `expected`, `upper` and `ratio` are used.
    evidence
        The posts behind it. Without posts the share is unknown and counts as not calm.
    first_seen
        Whether the brand had fewer than `FIRST_SEEN_POSTS` posts of history: then never above warning.
    open_min
        Minutes since the incident was opened.
    before
        The severity of the incident so far.
    """
    share, usual = evidence.negative_voices_share, evidence.usual_negative_share or 0.0
    zero = max(CALM_SHARE, usual)
    full = max(FULL_SHARE, usual + FULL_EXCESS)
    crowd = evidence.authors if evidence.origins is None else evidence.origins
    contributions = {
        "size": _scaled(_SIZE, _logarithm(_size_ratio(verdict, evidence), 1.5, 48.0)),
        "negative_share": _scaled(_SHARE, (share - zero) / (full - zero)),
        "growth": _scaled(_GROWTH, _logarithm(_growth(verdict, evidence), 1.0, 8.0)),
        "authors": _scaled(_AUTHORS, _logarithm(crowd, 5.0, 500.0)),
        "reach": _scaled(_REACH, _logarithm(evidence.reach, 1e3, 1e6)),
        "platforms": min(_PLATFORMS, 2 * max(0, len(evidence.platforms) - 1)),
        "persistence": min(_PERSISTENCE, max(0, open_min) // 30),
    }
    score = sum(contributions.values())
    calm = calm_of(verdict, evidence, before)
    if calm is not None:
        severity = Severity.INFO
    elif score < CRITICAL_SCORE:
        severity = Severity.WARNING
    else:
        severity = worst_possible(first_seen)
    return Assessment(severity, score, contributions, calm)


def calm_of(verdict: Verdict, evidence: Evidence, before: Severity = Severity.INFO) -> Calm | None:
    """Return why a spike is only info, or None when it is more.

    * Not negative: a share of negative authors below `CALM_SHARE`, or a volume spike with a share below
      `RAISED_SHARE`.
    * As usual: the share is not above the brand's own by more than chance (an incident that was more than
      info stays so until the share is down to the brand's own). A verdict on the share has compared them.
    * Amplified: the origins alone are no spike, and at least half of what was counted is copies. (A count
      of authors sees the repeats of one as one anyway.)

    Without posts the share is unknown, and nothing is calm; a few authors take no warning back.
    """
    if not evidence.posts or (before is not Severity.INFO and evidence.authors < FEW_AUTHORS):
        return None
    share, usual = evidence.negative_voices_share, evidence.usual_negative_share
    if share < (RAISED_SHARE if verdict.signal is Signal.TOTAL_COUNT else CALM_SHARE):
        return Calm.NOT_NEGATIVE
    if usual is not None and verdict.signal is not Signal.NEGATIVE_SHARE:
        held = before is not Severity.INFO and share > usual
        if not held and not is_above_usual(share, usual, evidence.authors):
            return Calm.AS_USUAL
    return Calm.AMPLIFIED if _is_amplified(verdict, evidence) else None


def _is_amplified(verdict: Verdict, evidence: Evidence) -> bool:
    if verdict.signal is Signal.NEGATIVE_SHARE:
        return evidence.amplified_share > AMPLIFIED_SHARE
    origins = _origins(verdict, evidence)
    if not verdict.is_spike or origins is None or origins > verdict.upper:
        return False
    return verdict.observed - origins >= AMPLIFIED_SHARE * verdict.observed


def is_first_seen(verdict: Verdict) -> bool:
    """Return whether a brand has too little history to trust a severity above warning."""
    return verdict.history < FIRST_SEEN_POSTS


def worst_possible(first_seen: bool) -> Severity:
    """Return the highest severity that any evidence could bring."""
    return Severity.WARNING if first_seen else Severity.CRITICAL


def _size_ratio(verdict: Verdict, evidence: Evidence) -> float:
    """Return origins over expected, for counts with at least one post expected: 7 for 0.1 is no 70."""
    if verdict.signal is Signal.NEGATIVE_SHARE:
        return verdict.ratio
    origins = _origins(verdict, evidence)
    observed = verdict.observed if origins is None else min(verdict.observed, origins)
    return observed / max(verdict.expected, 1.0)


def _origins(verdict: Verdict, evidence: Evidence) -> int | None:
    return evidence.origins if verdict.signal is Signal.TOTAL_COUNT else evidence.negative_origins


def _growth(verdict: Verdict, evidence: Evidence) -> float:
    """Return how many times as many authors the newer half of the window holds as the older half."""
    series = evidence.timeline if verdict.signal is Signal.TOTAL_COUNT else evidence.negative_timeline
    half = len(series) // 2
    return (sum(series[-half:]) + 1) / (sum(series[:half]) + 1) if half else 1.0


def _logarithm(value: float, zero: float, one: float) -> float:
    return math.log(value / zero) / math.log(one / zero) if value > 0.0 else 0.0


def _scaled(most: int, part: float) -> int:
    return round(most * min(1.0, max(0.0, part)))
