"""The bounded memory of one series: one brand, one signal, one window length."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple, Self

from msgspec import Struct

from detector.clock import DAY_MIN, Minute
from detector.codec import from_msgpack, to_msgpack
from detector.day_shape import SLOT_MIN, DayShape
from detector.residuals import Residuals, bin_of

BASELINE_FORMAT = 1


class Past(NamedTuple):
    """What was known once a minute was learnt.

    `mean` is the EWMA of the window count, `log_mean` that of ``log(1 + count)``, both over the
    `weight` of decayed observed minutes. `rank_bin`, `sample` and `at_or_above` are those of
    `Residuals`; `exposure` is minutes observed, `history` posts seen.
    """

    mean: float
    weight: float
    log_mean: float
    rank_bin: int
    sample: int
    exposure: int
    history: int
    at_or_above: int = 0


class _State(Struct, frozen=True, array_like=True):
    format: int
    minute: Minute | None
    mass: float
    log_mass: float
    weight: float
    exposure: int
    total: int
    days: list[list[int]]
    slot_sums: list[int]
    slot_minutes: bytes
    past: list[Past]


class Baseline:
    """Learns the window counts of a series minute by minute, and remembers what it knew `lag_min` ago.

    Parameters
    ----------
    window_min
        Length of the windows in minutes.
    lag_min
        How many minutes back `past` reaches.
    half_life_min
        After so many minutes an observation weighs half.
    young_min
        Residuals of the first so many observed minutes stay out of the reference.
    rank_p, reference_days
        As in `Residuals`.
    """

    __slots__ = (
        "_exposure",
        "_keep",
        "_lag",
        "_log_mass",
        "_mass",
        "_past",
        "_residuals",
        "_shape",
        "_total",
        "_weight",
        "_window",
        "_young",
        "minute",
    )

    def __init__(
        self,
        window_min: int,
        lag_min: int,
        half_life_min: int,
        young_min: int,
        rank_p: float,
        reference_days: int,
    ) -> None:
        self._window = window_min
        self._lag = lag_min
        self._keep = 0.5 ** (1.0 / half_life_min)
        self._young = young_min
        self._residuals = Residuals(rank_p, reference_days)
        self._shape = DayShape()
        self._past: deque[Past] = deque(maxlen=lag_min + 1)
        self._mass = 0.0
        self._log_mass = 0.0
        self._weight = 0.0
        self._exposure = 0
        self._total = 0
        self.minute: Minute | None = None

    def learn(self, minute: Minute, count: int, known: bool = True, cap: float | None = None) -> None:
        """Take in the window that ends at the next minute, in O(1) amortised.

        Parameters
        ----------
        minute
            One more than the last one; the first may be any.
        count
            Posts in the window, 0 or more.
        known
            False when the sources were silent: then time passes and nothing is learnt.
        cap
            The most that means may learn from this window; its residual counts as it is.

        Raises
        ------
        ValueError
            When the minute is not the next one, or the count negative.
        """
        self._pass_time(minute, count)
        if known:
            self._observe(minute, count, cap)
        weight = self._weight
        self._past.append(
            Past(
                self._mass / weight if weight else 0.0,
                weight,
                self._log_mass / weight if weight else 0.0,
                self._residuals.rank_bin,
                self._residuals.sample,
                self._exposure,
                self._total // self._window,
                self._residuals.at_or_above,
            )
        )

    def learn_silence(self, until: Minute) -> None:
        """Take in the minutes up to one as windows without a post."""
        if self.minute is not None:
            for minute in range(self.minute + 1, until + 1):
                self.learn(minute, 0)

    def _pass_time(self, minute: Minute, count: int) -> None:
        last = self.minute
        if last is not None and minute != last + 1:
            raise ValueError(f"minute out of order: got {minute}; expected {last + 1}; learn each once")
        if count < 0:
            raise ValueError(f"negative count: got {count}; expected 0 or more; check the window sums")
        if minute % SLOT_MIN == 0:
            self._shape.start_slot(minute)
            if minute % DAY_MIN == 0 and last is not None:
                self._residuals.start_day()
        self.minute = minute
        self._mass *= self._keep
        self._log_mass *= self._keep
        self._weight *= self._keep

    def _observe(self, minute: Minute, count: int, cap: float | None) -> None:
        self._weight += 1.0
        self._exposure += 1
        if not count:
            if self._exposure > self._young:
                self._residuals.add(0)
            self._shape.add(minute, 0)
            return
        if self._exposure > self._young and len(self._past) >= self._lag:
            # Compared with what was known as long ago as a judged window's limit, so that ranks are fair.
            self._residuals.add(bin_of(count, self._past[-self._lag].log_mean))
        learnt = float(count) if cap is None or count <= cap else cap
        self._mass += learnt
        self._log_mass += math.log1p(learnt)
        self._total += count
        self._shape.add(minute, int(learnt))

    def past(self, minute: Minute) -> Past | None:
        """Return what was known when a minute was learnt, or None when it lies before the memory.

        Raises
        ------
        ValueError
            When the minute is not learnt yet.
        """
        if self.minute is None or minute > self.minute:
            raise ValueError(f"not learnt yet: got {minute}; expected at most {self.minute}; learn it first")
        back = self.minute - minute
        return self._past[-1 - back] if back < len(self._past) else None

    def usual_at(self, minute: Minute) -> float | None:
        """Return the mean window count at this time of day over the last week, or None if unseen."""
        return self._shape.mean_at(minute)

    def dump(self) -> bytes:
        """Return everything learnt; about 10 kB at most."""
        sums, minutes = self._shape.state()
        return to_msgpack(
            _State(
                BASELINE_FORMAT,
                self.minute,
                self._mass,
                self._log_mass,
                self._weight,
                self._exposure,
                self._total,
                self._residuals.state(),
                sums,
                minutes,
                list(self._past),
            )
        )

    def restore(self, data: bytes) -> Self:
        """Continue from dumped bytes, bit by bit as if never interrupted.

        Raises
        ------
        ValueError
            When the bytes are of another format (`CodecError` when they are no dump at all).
        """
        state = from_msgpack(data, _State)
        if state.format != BASELINE_FORMAT:
            raise ValueError(
                f"baseline of another format: got {state.format}; expected {BASELINE_FORMAT}; "
                "relearn it from history"
            )
        self.minute = state.minute
        self._mass, self._log_mass, self._weight = state.mass, state.log_mass, state.weight
        self._exposure, self._total = state.exposure, state.total
        self._residuals.restore(state.days)
        self._shape.restore(state.slot_sums, state.slot_minutes)
        self._past = deque(state.past, maxlen=self._lag + 1)
        return self
