"""An alarm that did not go out: what it was about, and what held it back."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from detector.clock import Minute, start_of, to_rfc3339
from detector.spike import Reason, Signal, Verdict


class Hold(StrEnum):
    """What held an alarm back."""

    MUTED = "muted"
    BUDGET = "budget"


HOLD_SENTENCES = {
    Hold.MUTED: "an alarm had gone out not long before, and this was neither worse nor larger",
    Hold.BUDGET: "the next larger alerts_per_brand_week would have raised it",
}


class KeptBack(Struct, frozen=True):
    """An alarm that did not go out.

    `at` is the begin of the minute in which it was due; `observed` and `expected` are those of its verdict,
    in the signal's unit, and `reason` is the verdict's. Until minute `until` no other one is noted for the
    same cause: it would have muted them. Part of the state format.
    """

    brand: str
    at: str
    hold: Hold
    signal: Signal
    window_min: int
    observed: float
    expected: float
    reason: Reason
    until: Minute

    @property
    def sentence(self) -> str:
        """What held it back, as a human sentence."""
        return HOLD_SENTENCES[self.hold]


def kept_back(brand: str, verdict: Verdict, hold: Hold, mute_min: int) -> KeptBack:
    """Return the record of an alarm that a verdict would have been."""
    return KeptBack(
        brand=brand,
        at=to_rfc3339(start_of(verdict.minute)),
        hold=hold,
        signal=verdict.signal,
        window_min=verdict.window_min,
        observed=verdict.observed,
        expected=round(verdict.expected, 3),
        reason=verdict.reason,
        until=verdict.minute + mute_min,
    )
