"""The default detector: a window is a spike when rank, tail and size all say so."""

from __future__ import annotations

from math import floor
from typing import NamedTuple, Self

from msgspec import Struct

from detector.baseline import Baseline, Past
from detector.clock import Minute
from detector.codec import from_msgpack, to_msgpack
from detector.detector_settings import DetectorSettings
from detector.negbinom import least_count, upper_tail
from detector.residuals import least_in_bin
from detector.spike import Limit, Reason, Signal, Verdict
from detector.window import Window

_DEFAULTS = DetectorSettings()


class _Dump(Struct, frozen=True, array_like=True):
    signal: Signal
    window_min: int
    half_life_min: int
    baseline: bytes


class _Bounds(NamedTuple):
    """The least count that each condition lets pass, and what they rest on."""

    size: int
    rank: int
    tail: int
    mean: float
    gamma_size: float
    past: Past
    warming_up: bool

    @property
    def least(self) -> int:
        return max(self.size, self.rank, self.tail)


class RankTail:
    """Judges counts by their rank among this brand's own days and by chance around their mean.

    A window of ``s`` posts that ends at minute ``m`` is a spike when all hold, with everything
    learnt up to ``m - lag_min``:

    * rank: ``log(1 + s)`` less its one-day EWMA has a conformal p of at most
      ``max(rank_p, 1 / (1 + n))`` among the residuals of the reference days;
    * tail: the negative-binomial probability of ``s`` or more is at most `tail_p`; its mean is the
      larger of the EWMA shrunk to the prior and the mean at this time of day over the last week;
    * size: at least `min_count`, and more than `min_ratio` times the mean.

    Parameters
    ----------
    signal
        ``NEGATIVE_COUNT`` judges `Window.negatives`, ``TOTAL_COUNT`` judges `Window.posts`.
    settings
        Defaults are those of the design.

    Raises
    ------
    ValueError
        When the signal is no count.

    Examples
    --------
    >>> detector = RankTail(Signal.TOTAL_COUNT)
    >>> for minute in range(240):
    ...     detector.learn(Window(minute=minute, length=15, posts=0, negatives=0), in_incident=False)
    >>> detector.limit(240)
    Limit(minute=240, least=7, reason=<Reason.SPIKE: 'spike'>)
    """

    name = "rank_tail"

    __slots__ = (
        "_baseline",
        "_known",
        "_negatives",
        "lag_min",
        "settings",
        "signal",
        "version",
        "window_min",
    )

    def __init__(self, signal: Signal, settings: DetectorSettings = _DEFAULTS) -> None:
        if signal not in (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT):
            raise ValueError(f"not a count: got {signal}; expected negative_count or total_count; choose one")
        self.signal: Signal = signal
        self.settings = settings
        self.version = f"1-{settings.fingerprint}"
        self.window_min = settings.window_min
        self.lag_min = settings.lag_min
        self._negatives = signal is Signal.NEGATIVE_COUNT
        self._known: dict[Minute, _Bounds] = {}
        self._baseline = Baseline(
            settings.window_min,
            settings.lag_min,
            settings.half_life_min,
            settings.young_min,
            settings.rank_p,
            settings.reference_days,
        )

    def learn(self, window: Window, in_incident: bool) -> None:
        """Take in the window that ends at the next closed minute; see `Detector.learn`."""
        minute = window.minute
        cap = None
        if in_incident and window.known:
            bounds = self._bounds(minute)
            cap = self.settings.incident_cap * bounds.mean if bounds is not None else None
        count = window.negatives if self._negatives else window.posts
        self._baseline.learn(minute, count, window.known, cap)
        if self._known:
            self._known.pop(minute - 1, None)

    def limit(self, minute: Minute) -> Limit:
        """Return the least count that is a spike in a minute from the last learnt to `lag_min` after it.

        Raises
        ------
        ValueError
            When the minute lies before the last learnt one.
        """
        reason = self._not_ready(minute)
        if reason is not None:
            return Limit(minute, None, reason)
        bounds = self._bounds(minute)
        if bounds is None or bounds.warming_up:
            return Limit(minute, None, Reason.WARMING_UP)
        return Limit(minute, bounds.least, Reason.SPIKE)

    def judge(self, window: Window) -> Verdict:
        """Return the verdict on a window; its reason names the first condition that does not hold."""
        limit = self.limit(window.minute)
        count = window.negatives if self._negatives else window.posts
        bounds = None if limit.reason is Reason.NOT_CLOSED else self._bounds(window.minute)
        if bounds is None:
            return self._without_baseline(window.minute, count, limit.reason)
        reason = _reason(count, window.known, limit, bounds, self.settings)
        return Verdict(
            signal=self.signal,
            reason=reason,
            minute=window.minute,
            window_min=self.window_min,
            observed=float(count),
            expected=bounds.mean,
            lower=0.0,
            upper=float(bounds.least - 1 if limit.least is not None else max(bounds.least - 1, count)),
            ratio=count / bounds.mean,
            p_value=upper_tail(count, bounds.mean, bounds.gamma_size),
            sample=bounds.past.sample,
            history=bounds.past.history,
        )

    def dump(self) -> bytes:
        """Return everything learnt; about 10 kB at most."""
        return to_msgpack(
            _Dump(self.signal, self.window_min, self.settings.half_life_min, self._baseline.dump())
        )

    def load(self, data: bytes) -> Self:
        """Return a detector of the same settings that continues from dumped bytes.

        Raises
        ------
        ValueError
            When what was learnt belongs to another signal, window or half-life, or to another format.
        """
        dump = from_msgpack(data, _Dump)
        got = (dump.signal, dump.window_min, dump.half_life_min)
        wanted = (self.signal, self.window_min, self.settings.half_life_min)
        if got != wanted:
            raise ValueError(
                f"baseline of other settings: got {got[0]}, window {got[1]} min, half-life {got[2]} min; "
                f"expected {wanted[0]}, {wanted[1]} min, {wanted[2]} min; relearn it from history"
            )
        fresh = type(self)(self.signal, self.settings)
        fresh._baseline.restore(dump.baseline)
        return fresh

    def _not_ready(self, minute: Minute) -> Reason | None:
        learnt = self._baseline.minute
        if learnt is None:
            return Reason.WARMING_UP
        if minute < learnt:
            raise ValueError(
                f"minute too old: got {minute}; expected {learnt} or later; judge before learning"
            )
        return Reason.NOT_CLOSED if minute > learnt + self.lag_min else None

    def _without_baseline(self, minute: Minute, count: int, reason: Reason) -> Verdict:
        """Return a verdict that has nothing to compare with: nothing is expected, everything possible."""
        return Verdict(
            signal=self.signal,
            reason=reason,
            minute=minute,
            window_min=self.window_min,
            observed=float(count),
            expected=0.0,
            lower=0.0,
            upper=float(count),
            ratio=0.0,
            p_value=1.0,
            sample=0,
            history=0,
        )

    def _bounds(self, minute: Minute) -> _Bounds | None:
        """Return the bounds for a minute from what was known `lag_min` before, computed once a minute."""
        known = self._known.get(minute)
        if known is None and self._baseline.minute is not None:
            past = self._baseline.past(minute - self.lag_min)
            if past is not None:
                known = self._compute(minute, past)
                self._known[minute] = known
        return known

    def _compute(self, minute: Minute, past: Past) -> _Bounds:
        s = self.settings
        windows = past.weight / s.window_min
        # Posts seen, with those of the prior: the shape of the rate's gamma distribution.
        posts = past.mean * windows + s.prior_per_hour * s.prior_min / 60.0
        mean = posts / (windows + s.prior_min / s.window_min)
        young = past.exposure < s.young_min
        gamma_size = 1.0 / (1.0 / posts + (s.young_dispersion if young else s.dispersion))
        mean = max(mean, self._baseline.usual_at(minute) or 0.0)
        return _Bounds(
            size=max(s.min_count, floor(s.min_ratio * mean) + 1),
            rank=least_in_bin(past.rank_bin, past.log_mean),
            tail=least_count(s.tail_p, mean, gamma_size),
            mean=mean,
            gamma_size=gamma_size,
            past=past,
            warming_up=past.exposure < s.min_exposure_min,
        )


def _reason(count: int, known: bool, limit: Limit, bounds: _Bounds, settings: DetectorSettings) -> Reason:
    if limit.least is not None and count >= limit.least:
        return Reason.SPIKE
    if not known:
        return Reason.SOURCE_SILENT
    if limit.least is None:
        return limit.reason
    if count < settings.min_count:
        return Reason.TOO_FEW
    if count < bounds.size:
        return Reason.NOT_ABOVE_EXPECTED
    return Reason.SEEN_BEFORE if count < bounds.rank else Reason.WITHIN_CHANCE
