"""What vendors of listening tools describe, for comparison: the last hour against the past twelve."""

from __future__ import annotations

import math
from collections import deque
from typing import Self

from msgspec import Struct, structs

from detector.clock import HOUR_MIN, Minute
from detector.codec import from_msgpack, to_msgpack
from detector.detector_settings import DetectorSettings
from detector.negbinom import upper_tail
from detector.spike import Limit, Reason, Signal, Verdict, named
from detector.window import Window

_DEFAULTS = DetectorSettings()
LAST_HOUR_FORMAT = 1
HOURS = 12
_UNKNOWN = -1
# So large that the negative binomial is the Poisson distribution.
_POISSON = 1e12


class Facts(Struct, frozen=True, kw_only=True):
    """All that the rule reads: the mean of the `hours` that were observed, the last of them `history` posts.

    The rest are settings.
    """

    mean: float
    hours: float
    history: float
    factor: float
    min_count: float
    min_exposure_min: float

    @property
    def least(self) -> int:
        """The least count that is a spike once the brand is warm."""
        return max(int(self.min_count), math.ceil(self.factor * self.mean))

    @property
    def warming_up(self) -> bool:
        """Whether too few hours were observed."""
        return self.hours * HOUR_MIN < self.min_exposure_min


def verdict_of(
    signal: Signal, detector: str, minute: Minute, window_min: int, count: int, known: bool, facts: Facts
) -> Verdict:
    """Return the verdict on a count that follows from some figures; see `rank_tail_rule.verdict_of`."""
    if not facts.warming_up and count >= facts.least:
        reason = Reason.SPIKE
    elif not known:
        reason = Reason.SOURCE_SILENT
    elif facts.warming_up:
        reason = Reason.WARMING_UP
    else:
        reason = Reason.TOO_FEW if count < facts.min_count else Reason.NOT_ABOVE_EXPECTED
    return Verdict(
        signal=signal,
        reason=reason,
        minute=minute,
        window_min=window_min,
        observed=float(count),
        expected=facts.mean,
        lower=0.0,
        upper=float(max(facts.least - 1, count) if facts.warming_up else facts.least - 1),
        ratio=count / facts.mean if facts.mean else float(count),
        p_value=upper_tail(count, facts.mean, _POISSON),
        sample=int(facts.hours),
        history=int(facts.history),
        detector=detector,
        numbers={"known": float(known)} | structs.asdict(facts),
    )


class _State(Struct, frozen=True, array_like=True):
    format: int
    minute: Minute | None
    counts: list[int]


class LastHour:
    """A spike is `factor` times the mean of the twelve hours before, and `min_count` at least.

    The window is an hour. It knows no time of day, no chance and no crisis: that is what it is for.
    Its p-value is that of the Poisson distribution, for information. `min_count`, `min_exposure_min` and
    the lateness are those of the settings; nothing else of them is used.

    Parameters
    ----------
    signal
        ``NEGATIVE_COUNT`` or ``TOTAL_COUNT``.
    factor
        1 or more; vendors speak of "double".
    settings
        See above.
    """

    name = "last_hour"
    at_close = False

    def __init__(self, signal: Signal, factor: float = 2.0, settings: DetectorSettings = _DEFAULTS) -> None:
        if signal not in (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT):
            raise ValueError(f"not a count: got {signal}; expected negative_count or total_count; choose one")
        self.signal: Signal = signal
        self.factor = factor
        self.settings = settings
        self.version = f"1-{factor:g}-{settings.fingerprint}"
        self.window_min = HOUR_MIN
        self.lag_min = settings.lateness_min + HOUR_MIN + 1
        self._minute: Minute | None = None
        self._counts: deque[int] = deque(maxlen=self.lag_min + HOURS * HOUR_MIN)

    def learn(self, window: Window, in_incident: bool) -> None:
        """Take in the window that ends at the next closed minute; see `Detector.learn`."""
        if self._minute is not None and window.minute != self._minute + 1:
            expected = self._minute + 1
            raise ValueError(
                f"minute out of order: got {window.minute}; expected {expected}; learn each once"
            )
        self._minute = window.minute
        self._counts.append(self._count(window) if window.known else _UNKNOWN)

    def learn_silence(self, until: Minute) -> None:
        """Take in the minutes up to one, in whose windows there was no post."""
        if self._minute is not None and until > self._minute:
            self._counts.extend([0] * min(until - self._minute, self.lag_min + HOURS * HOUR_MIN))
            self._minute = until

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
        facts = self._facts(minute)
        if facts.warming_up:
            return Limit(minute, None, Reason.WARMING_UP)
        return Limit(minute, facts.least, Reason.SPIKE)

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
        """Return the verdict on a window."""
        limit = self.limit(window.minute)
        verdict = verdict_of(
            self.signal,
            named(self),
            window.minute,
            self.window_min,
            self._count(window),
            window.known,
            self._facts(window.minute),
        )
        if limit.reason is not Reason.NOT_CLOSED or verdict.reason is Reason.SOURCE_SILENT:
            return verdict
        return structs.replace(verdict, reason=limit.reason, upper=verdict.observed, numbers={})

    def dump(self) -> bytes:
        """Return everything learnt."""
        return to_msgpack(_State(LAST_HOUR_FORMAT, self._minute, list(self._counts)))

    def load(self, data: bytes) -> Self:
        """Return a detector of the same settings that continues from dumped bytes.

        Raises
        ------
        ValueError
            When the bytes are of another format.
        """
        state = from_msgpack(data, _State)
        if state.format != LAST_HOUR_FORMAT:
            raise ValueError(
                f"last hour of another format: got {state.format}; expected {LAST_HOUR_FORMAT}; relearn it"
            )
        fresh = type(self)(self.signal, self.factor, self.settings)
        fresh._minute = state.minute
        fresh._counts.extend(state.counts)
        return fresh

    def _count(self, window: Window) -> int:
        return window.negatives if self.signal is Signal.NEGATIVE_COUNT else window.posts

    def _facts(self, minute: Minute) -> Facts:
        """Return the hours that ended `lag_min` before a minute, and before that."""
        newest = (
            len(self._counts) - 1 if self._minute is None else len(self._counts) - 1 + minute - self._minute
        )
        first = newest - self.lag_min
        places = [
            at for at in range(first, first - HOURS * HOUR_MIN, -HOUR_MIN) if 0 <= at < len(self._counts)
        ]
        counts = [self._counts[at] for at in places if self._counts[at] != _UNKNOWN]
        return Facts(
            mean=sum(counts) / len(counts) if counts else 0.0,
            hours=float(len(counts)),
            history=float(sum(counts)),
            factor=self.factor,
            min_count=float(self.settings.min_count),
            min_exposure_min=float(self.settings.min_exposure_min),
        )
