"""The default detector: a window is a spike when rank, tail and size all say so."""

from __future__ import annotations

from typing import Self

from msgspec import Struct

from detector.baseline import Baseline, Past
from detector.budget import OperatingPoint
from detector.clock import Minute
from detector.codec import from_msgpack, to_msgpack
from detector.detector_settings import DetectorSettings
from detector.negbinom import upper_tail
from detector.rank_tail_rule import Bounds, Facts, bounds_of, verdict_of
from detector.residuals import bin_of, least_in_bin
from detector.spike import Limit, Reason, Signal, Verdict, named
from detector.window import Window

_DEFAULTS = DetectorSettings()


class _Dump(Struct, frozen=True, array_like=True):
    signal: Signal
    window_min: int
    half_life_min: int
    baseline: bytes


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
    looser
        What the next larger budget demands; None when there is none.

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
    at_close = False

    __slots__ = (
        "_baseline",
        "_known",
        "_looser",
        "_negatives",
        "lag_min",
        "settings",
        "signal",
        "version",
        "window_min",
    )

    def __init__(
        self, signal: Signal, settings: DetectorSettings = _DEFAULTS, looser: OperatingPoint | None = None
    ) -> None:
        if signal not in (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT):
            raise ValueError(f"not a count: got {signal}; expected negative_count or total_count; choose one")
        self.signal: Signal = signal
        self.settings = settings
        self.version = f"1-{settings.fingerprint}"
        self.window_min = settings.window_min
        self.lag_min = settings.lag_min
        self._negatives = signal is Signal.NEGATIVE_COUNT
        self._known: dict[Minute, Bounds] = {}
        self._looser = looser
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

    def learn_silence(self, until: Minute) -> None:
        """Take in the minutes up to one, in whose windows there was no post."""
        learnt = self._baseline.minute
        if learnt is not None and until > learnt:
            self._baseline.learn_silence(until)
            self._known = {m: bounds for m, bounds in self._known.items() if m >= until}

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

    def floor(self, minute: Minute) -> int | None:
        """Return the least count that size and rank let pass, without the time of day and the tail."""
        if self._not_ready(minute) is not None:
            return None
        past = self._baseline.past(minute - self.lag_min)
        if past is None or past.exposure < self.settings.min_exposure_min:
            return None
        return max(self._least_size(past), least_in_bin(past.rank_bin, past.log_mean))

    def _least_size(self, past: Past) -> int:
        """Return the least count that the size lets pass, without the time of day."""
        s = self.settings
        windows = past.weight / s.window_min
        posts = past.mean * windows + s.prior_per_hour * s.prior_min / 60.0
        return max(s.min_count, int(s.min_ratio * posts / (windows + s.prior_min / s.window_min)) + 1)

    def reaches(self, window: Window) -> bool:
        """Return whether `judge` would call a window a spike."""
        count = window.negatives if self._negatives else window.posts
        floor = self.floor(window.minute)
        if floor is None or count < floor:
            return False
        limit = self.limit(window.minute).least
        return limit is not None and count >= limit

    def nearly(self, window: Window) -> bool:
        """Return whether rank and tail of a window that is no spike would do at the next larger budget.

        The rank is that among all residuals learnt so far, not only those of `lag_min` ago.
        """
        count = window.negatives if self._negatives else window.posts
        looser, minute = self._looser, window.minute
        if looser is None or count < self.settings.min_count or self._not_ready(minute) is not None:
            return False
        past = self._baseline.past(minute - self.lag_min)
        if past is None or count < self._least_size(past):
            return False
        rank_p = max(self.settings.rank_p, looser.rank_p)
        if bin_of(count, past.log_mean) < self._baseline.rank_bin_at(rank_p):
            return False
        bounds = self._bounds(minute)
        if bounds is None or bounds.warming_up or count < bounds.size:
            return False
        tail_p = max(self.settings.tail_p, looser.tail_p)
        return upper_tail(count, bounds.mean, bounds.gamma_size) <= tail_p

    def judge(self, window: Window) -> Verdict:
        """Return the verdict on a window; its reason names the first condition that does not hold."""
        limit = self.limit(window.minute)
        count = window.negatives if self._negatives else window.posts
        bounds = None if limit.reason is Reason.NOT_CLOSED else self._bounds(window.minute)
        if bounds is None:
            return self._without_baseline(window.minute, count, limit.reason)
        return verdict_of(
            self.signal, named(self), window.minute, self.window_min, count, window.known, bounds
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
        fresh = type(self)(self.signal, self.settings, self._looser)
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
            detector=named(self),
        )

    def _bounds(self, minute: Minute) -> Bounds | None:
        """Return the bounds for a minute from what was known `lag_min` before, computed once a minute."""
        known = self._known.get(minute)
        if known is None and self._baseline.minute is not None:
            past = self._baseline.past(minute - self.lag_min)
            if past is not None:
                known = bounds_of(self._facts(minute, past), self.window_min)
                self._known[minute] = known
        return known

    def _facts(self, minute: Minute, past: Past) -> Facts:
        s = self.settings
        usual = self._baseline.usual_at(minute)
        return Facts(
            ewma=past.mean,
            weight_min=past.weight,
            log_mean=past.log_mean,
            usual=-1.0 if usual is None else usual,
            rank_bin=float(past.rank_bin),
            at_or_above=float(past.at_or_above),
            reference=float(past.sample),
            exposure_min=float(past.exposure),
            history=float(past.history),
            rank_p=s.rank_p,
            tail_p=s.tail_p,
            dispersion=s.young_dispersion if past.exposure < s.young_min else s.dispersion,
            min_count=float(s.min_count),
            min_ratio=s.min_ratio,
            min_exposure_min=float(s.min_exposure_min),
            prior_per_hour=s.prior_per_hour,
            prior_min=float(s.prior_min),
        )
