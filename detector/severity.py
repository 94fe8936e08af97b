"""How bad it is: a level, and a crisis score with the contributions that sum to it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


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
