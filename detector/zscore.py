"""The detector that most people build first, for comparison: so many standard deviations above the mean."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple, Self

from msgspec import Struct, structs

from detector.clock import Minute
from detector.codec import from_msgpack, to_msgpack
from detector.detector_settings import DetectorSettings
from detector.spike import Limit, Reason, Signal, Verdict, named
from detector.window import Window

_DEFAULTS = DetectorSettings()
ZSCORE_FORMAT = 1


class Facts(Struct, frozen=True, kw_only=True):
    """All that the rule reads: `mean` and `variance` of the window count, and settings.

    `exposure_min` are minutes observed, `history` posts seen.
    """

    mean: float
    variance: float
    exposure_min: float
    history: float
    z: float
    min_count: float
    min_exposure_min: float

    @property
    def least(self) -> int:
        """The least count that is a spike once the brand is warm."""
        return max(int(self.min_count), math.floor(self.mean + self.z * math.sqrt(self.variance)) + 1)


def verdict_of(
    signal: Signal, detector: str, minute: Minute, window_min: int, count: int, known: bool, facts: Facts
) -> Verdict:
    """Return the verdict on a count that follows from some figures; see `rank_tail_rule.verdict_of`."""
    warming_up = facts.exposure_min < facts.min_exposure_min
    if not warming_up and count >= facts.least:
        reason = Reason.SPIKE
    elif not known:
        reason = Reason.SOURCE_SILENT
    elif warming_up:
        reason = Reason.WARMING_UP
    else:
        reason = Reason.TOO_FEW if count < facts.min_count else Reason.WITHIN_CHANCE
    deviation = math.sqrt(facts.variance)
    z = (count - facts.mean) / deviation if deviation else math.inf * (count - facts.mean or -1.0)
    return Verdict(
        signal=signal,
        reason=reason,
        minute=minute,
        window_min=window_min,
        observed=float(count),
        expected=facts.mean,
        lower=0.0,
        upper=float(max(facts.least - 1, count) if warming_up else facts.least - 1),
        ratio=count / facts.mean if facts.mean else float(count),
        p_value=0.5 * math.erfc(z / math.sqrt(2.0)),
        sample=int(facts.exposure_min),
        history=int(facts.history),
        detector=detector,
        numbers={"known": float(known)} | {f: getattr(facts, f) for f in Facts.__struct_fields__},
    )


class _Past(NamedTuple):
    mean: float
    variance: float
    exposure: int
    total: int


class _State(Struct, frozen=True, array_like=True):
    format: int
    minute: Minute | None
    weight: float
    mean: float
    squares: float
    exposure: int
    total: int
    past: list[_Past]


class ZScore:
    """Trailing z-score: a spike exceeds the exponentially weighted mean by `z` standard deviations.

    Mean and variance are updated as B. P. Welford's (Technometrics 4, 1962), with decaying weights,
    so that the variance is never negative. `min_count`, `min_exposure_min`, `half_life_min`,
    window and lateness are those of the settings; nothing else of them is used.

    Parameters
    ----------
    signal
        ``NEGATIVE_COUNT`` or ``TOTAL_COUNT``.
    z
        Standard deviations, above 0.
    settings
        See above.
    """

    name = "zscore"
    at_close = False

    def __init__(self, signal: Signal, z: float = 3.0, settings: DetectorSettings = _DEFAULTS) -> None:
        if signal not in (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT):
            raise ValueError(f"not a count: got {signal}; expected negative_count or total_count; choose one")
        self.signal: Signal = signal
        self.z = z
        self.settings = settings
        self.version = f"1-{z:g}-{settings.fingerprint}"
        self.window_min = settings.window_min
        self.lag_min = settings.lag_min
        self._keep = 0.5 ** (1.0 / settings.half_life_min)
        self._minute: Minute | None = None
        self._weight = self._mean = self._squares = 0.0
        self._exposure = self._total = 0
        self._past: deque[_Past] = deque(maxlen=self.lag_min + 1)

    def learn(self, window: Window, in_incident: bool) -> None:
        """Take in the window that ends at the next closed minute; an open incident teaches nothing."""
        if self._minute is not None and window.minute != self._minute + 1:
            expected = self._minute + 1
            raise ValueError(
                f"minute out of order: got {window.minute}; expected {expected}; learn each once"
            )
        self._minute = window.minute
        self._weight *= self._keep
        self._squares *= self._keep
        if window.known and not in_incident:
            count = self._count(window)
            self._weight += 1.0
            self._exposure += 1
            self._total += count
            away = count - self._mean
            self._mean += away / self._weight
            self._squares += away * (count - self._mean)
        variance = self._squares / self._weight if self._weight else 0.0
        self._past.append(_Past(self._mean, variance, self._exposure, self._total))

    def learn_silence(self, until: Minute) -> None:
        """Take in the minutes up to one, in whose windows there was no post."""
        if self._minute is not None:
            for minute in range(self._minute + 1, until + 1):
                self.learn(Window(minute, self.window_min, 0, 0), in_incident=False)

    def limit(self, minute: Minute) -> Limit:
        """Return the least count that is a spike; see `Detector.limit`."""
        if self._minute is None:
            return Limit(minute, None, Reason.WARMING_UP)
        if minute < self._minute:
            raise ValueError(
                f"minute too old: got {minute}; expected {self._minute} or later; judge before learning"
            )
        if minute > self._minute + self.lag_min:
            return Limit(minute, None, Reason.NOT_CLOSED)
        past = self._past_at(minute)
        if past.exposure < self.settings.min_exposure_min:
            return Limit(minute, None, Reason.WARMING_UP)
        return Limit(minute, self._facts(past).least, Reason.SPIKE)

    def floor(self, minute: Minute) -> int | None:
        """Return the limit: it is cheap."""
        return self.limit(minute).least

    def reaches(self, window: Window) -> bool:
        """Return whether `judge` would call a window a spike."""
        limit = self.limit(window.minute).least
        return limit is not None and self._count(window) >= limit

    def nearly(self, window: Window) -> bool:
        """Return False: no budget is known."""
        return False

    def judge(self, window: Window) -> Verdict:
        """Return the verdict on a window; its p-value is that of the normal distribution."""
        limit = self.limit(window.minute)
        past = self._past_at(window.minute)
        verdict = verdict_of(
            self.signal,
            named(self),
            window.minute,
            self.window_min,
            self._count(window),
            window.known,
            self._facts(past),
        )
        if limit.reason is not Reason.NOT_CLOSED or verdict.reason is Reason.SOURCE_SILENT:
            return verdict
        return structs.replace(verdict, reason=limit.reason, upper=verdict.observed, numbers={})

    def dump(self) -> bytes:
        """Return everything learnt."""
        return to_msgpack(
            _State(
                ZSCORE_FORMAT,
                self._minute,
                self._weight,
                self._mean,
                self._squares,
                self._exposure,
                self._total,
                list(self._past),
            )
        )

    def load(self, data: bytes) -> Self:
        """Return a detector of the same settings that continues from dumped bytes.

        Raises
        ------
        ValueError
            When the bytes are of another format.
        """
        state = from_msgpack(data, _State)
        if state.format != ZSCORE_FORMAT:
            raise ValueError(
                f"z-score of another format: got {state.format}; expected {ZSCORE_FORMAT}; relearn it"
            )
        fresh = type(self)(self.signal, self.z, self.settings)
        fresh._minute, fresh._weight = state.minute, state.weight
        fresh._mean, fresh._squares = state.mean, state.squares
        fresh._exposure, fresh._total = state.exposure, state.total
        fresh._past.extend(state.past)
        return fresh

    def _count(self, window: Window) -> int:
        return window.negatives if self.signal is Signal.NEGATIVE_COUNT else window.posts

    def _facts(self, past: _Past) -> Facts:
        return Facts(
            mean=past.mean,
            variance=past.variance,
            exposure_min=float(past.exposure),
            history=float(past.total // self.window_min),
            z=self.z,
            min_count=float(self.settings.min_count),
            min_exposure_min=float(self.settings.min_exposure_min),
        )

    def _past_at(self, minute: Minute) -> _Past:
        """Return what was known `lag_min` before a minute, nothing when that was before the first."""
        back = self.lag_min - (minute - self._minute) if self._minute is not None else -1
        return self._past[-1 - back] if 0 <= back < len(self._past) else _Past(0.0, 0.0, 0, 0)
