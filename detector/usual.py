"""A brand's own negative share: what is usual when nothing happens."""

from __future__ import annotations

from math import sqrt

from msgspec import Struct

from detector.clock import DAY_MIN, Minute

HALF_LIFE_MIN = 7 * DAY_MIN
# A brand of which nothing is known: a quarter of its posts is negative, as sure as twenty posts make it.
PRIOR_SHARE = 0.25
PRIOR_VOICES = 20.0
# The least excess that means anything, and the one-sided 95 % quantile of the normal distribution.
LEAST_EXCESS = 0.05
_CHANCE = 1.645


class Usual(Struct, array_like=True):
    """Decayed voices of the minutes without an incident, and how many of them were negative.

    A voice is a distinct author within a minute. Part of the state format.

    >>> Usual().share
    0.25
    """

    minute: Minute = 0
    voices: float = 0.0
    negatives: float = 0.0

    def learn(self, minute: Minute, voices: int, negatives: int) -> None:
        """Take in a minute in which something was said; minutes come in order."""
        keep = 0.5 ** ((minute - self.minute) / HALF_LIFE_MIN)
        self.voices = self.voices * keep + voices
        self.negatives = self.negatives * keep + negatives
        self.minute = minute

    @property
    def share(self) -> float:
        """The usual negative share, 0 to 1, shrunk to the prior."""
        return (self.negatives + PRIOR_SHARE * PRIOR_VOICES) / (self.voices + PRIOR_VOICES)


def is_above_usual(share: float, usual: float, voices: int) -> bool:
    """Return whether a share of some voices is above the usual one by more than chance.

    The normal approximation of the binomial test at 5 %, and at least `LEAST_EXCESS`.

    >>> is_above_usual(1.0, 0.65, 7), is_above_usual(0.7, 0.65, 300), is_above_usual(0.4, 0.25, 30)
    (True, False, True)
    """
    chance = _CHANCE * sqrt(usual * (1.0 - usual) / voices) if voices else 1.0
    return share > usual + max(LEAST_EXCESS, chance)
