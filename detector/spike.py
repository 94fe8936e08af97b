"""The contract of every detector, and the verdict it gives: a decision with its reason and numbers."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, Self

from msgspec import Struct

from detector.clock import Minute
from detector.window import Window


class Signal(StrEnum):
    """What is counted. Negative signals make warnings and crises, total count alone makes info."""

    NEGATIVE_COUNT = "negative_count"
    TOTAL_COUNT = "total_count"
    NEGATIVE_SHARE = "negative_share"


class Reason(StrEnum):
    """Why a window is, or is not, a spike."""

    SPIKE = "spike"
    WARMING_UP = "warming_up"
    TOO_FEW = "too_few"
    NOT_ABOVE_EXPECTED = "not_above_expected"
    SEEN_BEFORE = "seen_before"
    WITHIN_CHANCE = "within_chance"
    NOT_CLOSED = "not_closed"
    SOURCE_SILENT = "source_silent"


SENTENCES = {
    Reason.SPIKE: "far more than this brand's history and chance explain",
    Reason.WARMING_UP: "too little history to judge yet",
    Reason.TOO_FEW: "too few posts to mean anything",
    Reason.NOT_ABOVE_EXPECTED: "close to what is expected at this time",
    Reason.SEEN_BEFORE: "this brand has seen such counts within its reference days",
    Reason.WITHIN_CHANCE: "chance alone explains it",
    Reason.NOT_CLOSED: "waits for earlier minutes to close",
    Reason.SOURCE_SILENT: "the sources are silent, so zero says nothing",
}


class Limit(Struct, frozen=True):
    """The least value of the signal that is a spike in one minute, or None with the reason why none is."""

    minute: Minute
    least: int | None
    reason: Reason


class Verdict(Struct, frozen=True):
    """One judged window.

    `observed`, `expected`, `lower` and `upper` are in the signal's unit (posts in the window, or a
    share); `lower`..`upper` is the range that is no spike; `ratio` is observed / expected; `p_value`
    is the chance of so much or more under the baseline, 0 to 1; `sample` is the number of windows
    it was compared with; `history` is the number of posts the baseline has seen.

    `detector` is the name and version of the detector that judged, and `numbers` are all the figures that its
    rule read, settings included: the verdict follows from them alone (`proof`). Both are empty in
    verdicts of before there were such, `numbers` also where there was nothing to compare with.
    """

    signal: Signal
    reason: Reason
    minute: Minute
    window_min: int
    observed: float
    expected: float
    lower: float
    upper: float
    ratio: float
    p_value: float
    sample: int
    history: int
    detector: str = ""
    numbers: dict[str, float] = {}

    @property
    def is_spike(self) -> bool:
        """Whether the window is an alarm."""
        return self.reason is Reason.SPIKE

    @property
    def sentence(self) -> str:
        """The reason as a human sentence."""
        return SENTENCES[self.reason]


class Detector(Protocol):
    """Judges the windows of one brand and signal.

    A detector is a pure state machine. It learns every closed minute once, in order and without
    gaps, and may judge minutes up to `lag_min` after the last one it learnt: the limit of minute
    ``m`` rests on minutes up to ``m - lag_min`` only, so it is the same whenever it is asked.
    `version` begins with the number of the rule, then ``-`` and what changes with the settings: only
    another number costs what was learnt.

    Most detectors judge counts, which only grow: their windows are judged while minutes are open. One with
    `at_close` judges a window once, when its minute closes and all minutes before it are learnt; its
    `limit` is the least number of posts that is worth a verdict.
    """

    name: str
    version: str
    signal: Signal
    window_min: int
    lag_min: int
    at_close: bool

    def learn(self, window: Window, in_incident: bool) -> None:
        """Take in the window that ends at the next closed minute.

        Parameters
        ----------
        window
            Its `minute` is one more than the last one learnt (the first may be any).
        in_incident
            Whether an incident of the brand was open: the baseline must not learn the crisis.

        Raises
        ------
        ValueError
            When the minute is not the next one.
        """

    def learn_silence(self, until: Minute) -> None:
        """Take in the minutes up to one, in whose windows there was no post; the same as `learn`, but faster.

        Nothing happens when `until` is learnt already, or nothing was ever learnt.
        """

    def limit(self, minute: Minute) -> Limit:
        """Return the least value that is a spike in a minute at most `lag_min` after the last learnt."""

    def floor(self, minute: Minute) -> int | None:
        """Return a count below which nothing is a spike in a minute, at most the limit and cheap to know.

        None where `limit` knows none.
        """

    def reaches(self, window: Window) -> bool:
        """Return whether `judge` would call a window a spike, at less cost."""

    def nearly(self, window: Window) -> bool:
        """Return whether a window that is no spike would be one at the next larger budget.

        False for a detector that knows no budget.
        """

    def judge(self, window: Window) -> Verdict:
        """Return the verdict on a window; it is a spike exactly when its value reaches the limit."""

    def dump(self) -> bytes:
        """Return everything learnt, at most about 10 kB."""

    def load(self, data: bytes) -> Self:
        """Return a detector of the same settings that continues from dumped bytes."""


def named(detector: Detector) -> str:
    """Return what an incident says of the detector that found it, such as ``rank_tail/1-5a3c``."""
    return f"{detector.name}/{detector.version}"
