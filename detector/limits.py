"""What the counts of open minutes are compared with, and when they need not be compared at all."""

from __future__ import annotations

from collections.abc import Collection
from math import ceil

from detector.clock import Minute
from detector.spike import Detector, Signal
from detector.voices import Voices
from detector.window import Window

# Between two looks at one window its count grows by at least a fifth: a burst of n posts costs
# about log(n) looks, and a restart in between looks at the same counts.
_GROWTH = 1.2
# More than there are mentions.
_ENDLESS = 1 << 62


def milestone(value: int, least: int) -> int:
    """Return the first count, from a value on, that is a step of the grid ``least * 1.2**k``, rounded up.

    Parameters
    ----------
    value
        At least `least`.
    least
        The least count that is a spike, 1 or more.

    >>> [milestone(value, least=10) for value in (10, 11, 12, 13, 16)]
    [10, 12, 12, 15, 18]
    """
    step = float(least)
    while step <= value - 1:
        step = max(step * _GROWTH, step + 1)
    return ceil(step)


class Limits:
    """The limits of one detector that counts, by minute: its floor until a count comes near, then the limit.

    A mention raises a count by one at most. So once all windows were compared it is known how many more
    mentions surely reach nothing: of a busy brand hardly any is compared with a limit.

    Parameters
    ----------
    detector
        Judges open minutes.
    voices
        What it counts.
    """

    __slots__ = ("_exact", "_least", "_left", "_most_and_left", "_newest", "detector", "negative", "voices")

    def __init__(self, detector: Detector, voices: Voices) -> None:
        self.detector = detector
        self.voices = voices
        self.negative = detector.signal is Signal.NEGATIVE_COUNT
        self._least: dict[Minute, int | None] = {}
        self._exact: set[Minute] = set()
        # So many mentions more are surely worth no look; with them no window, not even one that ends after
        # the newest minute, holds more than the second number.
        self._left = 0
        self._most_and_left = 0
        self._newest: Minute = 0

    def passes(self) -> bool:
        """Tell whether one more mention is surely worth no look, and take note of it."""
        if self._left:
            self._left -= 1
            return True
        return False

    def disturb(self) -> None:
        """Forget that nothing is worth a look: counts, or their limits, are no more what they were."""
        self._left = 0

    def begin(self, minute: Minute, learnt: Minute | None) -> None:
        """Take note of a minute that is new, in which something is about to be said.

        Its window holds no voice that is neither in the newest one before nor in what passed since.
        """
        if minute < self._newest:
            self._left = 0
        if not self._left:
            return
        self._newest = minute
        bound = self._at(minute, learnt)
        if bound is not None:
            most = self._most_and_left - self._left
            self._left = max(min(self._left, bound - most - 1), 0)
            self._most_and_left = most + self._left

    def reached_by(
        self, minute: Minute, first: bool, minutes: Collection[Minute], learnt: Minute | None
    ) -> list[Minute]:
        """Return the ends of the windows that a mention makes worth a look, and note how many more make none.

        Parameters
        ----------
        minute, first
            The mention's, and whether it is the first in it.
        minutes
            All open minutes.
        learnt
            The minute that the detector has learnt last.
        """
        length, ends = self.detector.window_min, sorted(minutes)
        values = self.voices.counts(ends, length)
        reached, left = [], _ENDLESS
        for end, value in zip(ends, values, strict=True):
            bound = self._at(end, learnt)
            if bound is None:
                continue
            limit = self._limit(end, value, bound)
            if limit is None:
                bound = self._least[end]
                if bound is not None:
                    left = min(left, bound - value - 1)
                continue
            step = milestone(value, limit)
            left = min(left, step - value - 1)
            if minute <= end < minute + length and ((first and end == minute) or value == step):
                reached.append(end)
        self._left = max(left, 0)
        self._most_and_left = max(values) + self._left
        self._newest = ends[-1]
        return reached

    def is_reached(self, minute: Minute, window: Window, learnt: Minute | None) -> bool:
        """Tell whether the window that ends with a minute is a spike."""
        bound = self._at(minute, learnt)
        if bound is None:
            return False
        value = window.negatives if self.negative else window.posts
        return self._limit(minute, value, bound) is not None

    def close(self, minute: Minute) -> None:
        """Forget a minute."""
        self._least.pop(minute, None)
        self._exact.discard(minute)

    def _at(self, minute: Minute, learnt: Minute | None) -> int | None:
        """Return a count below which nothing is a spike in a minute, None when that is not known."""
        if minute in self._least:
            return self._least[minute]
        if learnt is None or not learnt <= minute <= learnt + self.detector.lag_min:
            return None  # too early, or before what was learnt from history
        self._least[minute] = floor = self.detector.floor(minute)
        return floor

    def _limit(self, minute: Minute, value: int, bound: int) -> int | None:
        """Return the limit of a minute if a value reaches it."""
        if value < bound:
            return None
        if minute in self._exact:
            return bound
        self._exact.add(minute)
        self._least[minute] = limit = self.detector.limit(minute).least
        return None if limit is None or value < limit else limit
