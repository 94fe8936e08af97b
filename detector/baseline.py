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

BASELINE_FORMAT = 2
# Its means were those of its last minute; it is still read.
_OLD_FORMAT = 1


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
    mass_at: Minute = 0
    weight_at: Minute = 0
    known: bool = True


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
        "_half_life",
        "_known",
        "_lag",
        "_log_mass",
        "_mass",
        "_mass_at",
        "_past",
        "_residuals",
        "_shape",
        "_total",
        "_weight",
        "_weight_at",
        "_whole",
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
        self._half_life = float(half_life_min)
        # The weight of minutes that were observed for ever.
        self._whole = 1.0 / (1.0 - 0.5 ** (1.0 / half_life_min))
        self._young = young_min
        self._residuals = Residuals(rank_p, reference_days)
        self._shape = DayShape()
        self._past: deque[Past] = deque(maxlen=lag_min + 1)
        # Masses as of the last minute with a post, the weight as of the last change between observed and
        # silent sources: what they are now follows in one step, however long ago that was.
        self._mass = self._log_mass = 0.0
        self._mass_at: Minute = 0
        self._weight = 0.0
        self._weight_at: Minute = 0
        self._known = False
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
        if known is not self._known:
            self._weight, self._weight_at, self._known = self._weight_now(minute - 1), minute - 1, known
        if known:
            self._observe(minute, count, cap)
        weight = self._weight_now(minute)
        per = 0.5 ** ((minute - self._mass_at) / self._half_life) / weight if weight else 0.0
        self._past.append(
            Past(
                self._mass * per,
                weight,
                self._log_mass * per,
                self._residuals.rank_bin,
                self._residuals.sample,
                self._exposure,
                self._total // self._window,
                self._residuals.at_or_above,
            )
        )

    def learn_silence(self, until: Minute) -> None:
        """Take in the minutes up to one as windows without a post."""
        if self.minute is None:
            return
        skipped = until - self.minute - len(self._past) if len(self._past) > self._lag else 0
        if skipped > 0 and self._known:
            self._skip(self.minute + skipped)
        for minute in range(self.minute + 1, until + 1):
            self.learn(minute, 0)

    def _skip(self, until: Minute) -> None:
        """Learn silence without what was known in its minutes: nobody will ask for that."""
        minute = (self.minute or 0) + 1
        while minute <= until:
            if minute % SLOT_MIN == 0:
                self._shape.start_slot(minute)
                if minute % DAY_MIN == 0:
                    self._residuals.start_day()
            following = min(until + 1, (minute // SLOT_MIN + 1) * SLOT_MIN)
            self._shape.add_silence(minute, following - minute)
            before, self._exposure = self._exposure, self._exposure + following - minute
            self._residuals.add_zeros(self._exposure - max(before, min(self._young, self._exposure)))
            minute = following
        self.minute = until

    def _weight_now(self, minute: Minute) -> float:
        keep: float = 0.5 ** ((minute - self._weight_at) / self._half_life)
        return self._weight * keep + (self._whole * (1.0 - keep) if self._known else 0.0)

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

    def _observe(self, minute: Minute, count: int, cap: float | None) -> None:
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
        keep = 0.5 ** ((minute - self._mass_at) / self._half_life)
        self._mass = self._mass * keep + learnt
        self._log_mass = self._log_mass * keep + math.log1p(learnt)
        self._mass_at = minute
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

    def rank_bin_at(self, rank_p: float) -> int:
        """Return the bin that is rare enough at a looser p-value, by all residuals learnt so far."""
        return self._residuals.bin_at(rank_p)

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
                self._mass_at,
                self._weight_at,
                self._known,
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
        if state.format not in (BASELINE_FORMAT, _OLD_FORMAT):
            raise ValueError(
                f"baseline of another format: got {state.format}; expected {BASELINE_FORMAT}; "
                "relearn it from history"
            )
        self.minute = state.minute
        self._mass, self._log_mass, self._weight = state.mass, state.log_mass, state.weight
        self._mass_at, self._weight_at, self._known = state.mass_at, state.weight_at, state.known
        if state.format == _OLD_FORMAT and state.minute is not None:
            self._mass_at = self._weight_at = state.minute
        self._exposure, self._total = state.exposure, state.total
        self._residuals.restore(state.days)
        self._shape.restore(state.slot_sums, state.slot_minutes)
        self._past = deque(state.past, maxlen=self._lag + 1)
        return self
