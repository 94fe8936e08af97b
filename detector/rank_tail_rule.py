"""The rule of the default detector: from the figures that were known to the verdict, and nothing else.

The detector decides by it, and whoever holds a verdict can decide again by it: the figures travel with the
verdict.
"""

from __future__ import annotations

from math import floor
from typing import NamedTuple

from msgspec import Struct

from detector.clock import Minute
from detector.negbinom import least_count, upper_tail
from detector.residuals import allowed_above, least_in_bin
from detector.spike import Reason, Signal, Verdict

HOUR = 60.0


class Facts(Struct, frozen=True, kw_only=True):
    """All that the rule reads: what was known `lag_min` before a window's end, and settings.

    `ewma` and `log_mean` are the running means of the window count and of ``log(1 + count)``, over
    `weight_min` decayed observed minutes; `usual` is the mean at this time of day over the last week,
    -1 when it was never observed; `at_or_above` of the `reference` residuals lie in `rank_bin` or above
    it; `exposure_min` are minutes observed, `history` posts seen. `dispersion` is the one in force: that
    of a young brand within its first day. The rest are settings.
    """

    ewma: float
    weight_min: float
    log_mean: float
    usual: float
    rank_bin: float
    at_or_above: float
    reference: float
    exposure_min: float
    history: float
    rank_p: float
    tail_p: float
    dispersion: float
    min_count: float
    min_ratio: float
    min_exposure_min: float
    prior_per_hour: float
    prior_min: float


class Bounds(NamedTuple):
    """The least count that each condition lets pass, the mean and size of the tail, and the figures."""

    size: int
    rank: int
    tail: int
    mean: float
    gamma_size: float
    warming_up: bool
    facts: Facts

    @property
    def least(self) -> int:
        """The least count that is a spike once the brand is warm."""
        return max(self.size, self.rank, self.tail)


def bounds_of(facts: Facts, window_min: int) -> Bounds:
    """Return the bounds that follow from some figures.

    The expected count is ``(ewma * E + prior) / (E + prior windows)`` with ``E`` windows observed, or
    the usual count of the time of day when that is larger. The size of the negative binomial is
    ``1 / (1 / posts + dispersion)``: with few posts seen the rate itself is uncertain (the gamma
    distribution of a Poisson rate), and conversations are burstier than chance.
    """
    windows = facts.weight_min / window_min
    # Posts seen, with those of the prior: the shape of the rate's gamma distribution.
    posts = facts.ewma * windows + facts.prior_per_hour * facts.prior_min / HOUR
    mean = posts / (windows + facts.prior_min / window_min)
    gamma_size = 1.0 / (1.0 / posts + facts.dispersion)
    mean = max(mean, facts.usual)
    return Bounds(
        size=max(int(facts.min_count), floor(facts.min_ratio * mean) + 1),
        rank=least_in_bin(int(facts.rank_bin), facts.log_mean),
        tail=least_count(facts.tail_p, mean, gamma_size),
        mean=mean,
        gamma_size=gamma_size,
        warming_up=facts.exposure_min < facts.min_exposure_min,
        facts=facts,
    )


def verdict_of(
    signal: Signal, detector: str, minute: Minute, window_min: int, count: int, known: bool, bounds: Bounds
) -> Verdict:
    """Return the verdict on a count; its reason names the first condition that does not hold.

    Parameters
    ----------
    signal, detector, minute, window_min
        For the record.
    count
        Voices in the window.
    known
        False when the sources were silent.
    bounds
        Those of the minute.
    """
    least = bounds.least
    upper = max(least - 1, count) if bounds.warming_up else least - 1
    return Verdict(
        signal=signal,
        reason=_reason(count, known, bounds),
        minute=minute,
        window_min=window_min,
        observed=float(count),
        expected=bounds.mean,
        lower=0.0,
        upper=float(upper),
        ratio=count / bounds.mean,
        p_value=upper_tail(count, bounds.mean, bounds.gamma_size),
        sample=int(bounds.facts.reference),
        history=int(bounds.facts.history),
        detector=detector,
        numbers={"known": float(known)} | {f: getattr(bounds.facts, f) for f in Facts.__struct_fields__},
    )


def _reason(count: int, known: bool, bounds: Bounds) -> Reason:
    if not bounds.warming_up and count >= bounds.least:
        return Reason.SPIKE
    if not known:
        return Reason.SOURCE_SILENT
    if bounds.warming_up:
        return Reason.WARMING_UP
    if count < bounds.facts.min_count:
        return Reason.TOO_FEW
    if count < bounds.size:
        return Reason.NOT_ABOVE_EXPECTED
    return Reason.SEEN_BEFORE if count < bounds.rank else Reason.WITHIN_CHANCE


def doubts(facts: Facts) -> list[str]:
    """Return what the figures themselves contradict: a rank that the reference does not support."""
    allowed = allowed_above(facts.rank_p, int(facts.reference))
    if facts.at_or_above <= allowed:
        return []
    return [
        f"rank: got {facts.at_or_above:.0f} of {facts.reference:.0f} residuals at or above bin "
        f"{facts.rank_bin:.0f}; expected at most {allowed}"
    ]
