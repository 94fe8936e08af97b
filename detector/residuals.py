"""Daily histograms of residuals: they answer whether a brand has seen such counts in its reference days."""

from __future__ import annotations

import math
from array import array
from collections import deque

# A bin is 10 %: what lies in the same bin counts as "seen before", which errs towards silence.
BINS_PER_UNIT = 10


def bin_of(count: float, log_mean: float) -> int:
    """Return the bin of the residual ``log(1 + count) - log_mean``; what is below the mean shares bin 0.

    >>> bin_of(0, 1.2), bin_of(7, 0.0)
    (0, 20)
    """
    residual = math.log1p(count) - log_mean
    return int(residual * BINS_PER_UNIT) if residual > 0.0 else 0


def least_in_bin(wanted: int, log_mean: float) -> int:
    """Return the least count whose residual falls into a bin or above it.

    >>> least_in_bin(20, 0.0)
    7
    """
    if wanted <= 0:
        return 0
    count = max(0, math.ceil(math.expm1(wanted / BINS_PER_UNIT + log_mean)))
    while count and bin_of(count - 1, log_mean) >= wanted:
        count -= 1
    while bin_of(count, log_mean) < wanted:
        count += 1
    return count


def allowed_above(rank_p: float, sample: int) -> int:
    """Return how many of the known residuals may be as large or larger, so that a new one is rare enough.

    >>> allowed_above(0.0025, 20_000), allowed_above(0.0025, 0)
    (49, 0)
    """
    return max(0, int(rank_p * (1 + sample)) - 1)


class Residuals:
    """The reference set of the conformal rank: residuals of the trailing days, counted in bins.

    A new residual ranks high enough when at most ``max(1, floor(rank_p * (1 + n))) - 1`` of the ``n``
    known ones are in its bin or above, that is when its conformal p-value is at most
    ``max(rank_p, 1 / (1 + n))`` (V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random
    World, 2005). `rank_bin` is the lowest such bin, kept up to date in O(1) amortised; `at_or_above`
    of the `sample` known residuals lie in it or above.

    Parameters
    ----------
    rank_p
        Wanted p-value, above 0 and below 1.
    days
        Complete days of reference besides the running one.
    """

    __slots__ = ("_days", "_kept", "_rank_p", "_totals", "at_or_above", "rank_bin", "sample")

    def __init__(self, rank_p: float, days: int) -> None:
        self._rank_p = rank_p
        self._kept = days + 1
        self._days: deque[array[int]] = deque([array("H", [0])])
        self._totals: list[int] = [0]
        self.at_or_above = 0
        self.rank_bin = 0
        self.sample = 0

    def start_day(self) -> None:
        """Open the next day's histogram and forget the one that leaves the reference."""
        self._days.append(array("H", [0]))
        if len(self._days) > self._kept:
            totals = self._totals
            for i, count in enumerate(self._days.popleft()):
                totals[i] -= count
                self.sample -= count
            while len(totals) > 1 and not totals[-1]:
                totals.pop()
            self.rank_bin = min(self.rank_bin, len(totals))
            self.at_or_above = sum(totals[self.rank_bin :])
            self._settle()

    def add(self, index: int) -> None:
        """Count one residual by its bin (at most 65,535 a day, a day has 1,440 minutes)."""
        day, totals = self._days[-1], self._totals
        if index >= len(day):
            day.extend([0] * (index + 1 - len(day)))
            if index >= len(totals):
                totals.extend([0] * (index + 1 - len(totals)))
        day[index] += 1
        totals[index] += 1
        self.sample += 1
        if index >= self.rank_bin:
            self.at_or_above += 1
        self._settle()

    def add_zeros(self, number: int) -> None:
        """Count so many residuals of bin 0, all on one day."""
        if number:
            self._days[-1][0] += number
            self._totals[0] += number
            self.sample += number
            if self.rank_bin == 0:
                self.at_or_above += number
            self._settle()

    def _settle(self) -> None:
        allowed = int(self._rank_p * (1 + self.sample)) - 1  # `allowed_above`, without the call
        if allowed < 0:
            allowed = 0
        totals, index, above = self._totals, self.rank_bin, self.at_or_above
        while above > allowed:
            above -= totals[index]
            index += 1
        while index > 0 and above + totals[index - 1] <= allowed:
            index -= 1
            above += totals[index]
        self.rank_bin, self.at_or_above = index, above

    def bin_at(self, rank_p: float) -> int:
        """Return the lowest bin that ranks high enough at a looser p-value than the wanted one."""
        allowed, index, above = allowed_above(rank_p, self.sample), self.rank_bin, self.at_or_above
        while index > 0 and above + self._totals[index - 1] <= allowed:
            index -= 1
            above += self._totals[index]
        return index

    def state(self) -> list[list[int]]:
        """Return the daily histograms, oldest first."""
        return [day.tolist() for day in self._days]

    def restore(self, days: list[list[int]]) -> None:
        """Take the daily histograms of `state`; everything else follows from them."""
        self._days = deque(array("H", day) for day in days[-self._kept :])
        self._totals = [0] * max(len(day) for day in self._days)
        for day in self._days:
            for i, count in enumerate(day):
                self._totals[i] += count
        self.sample = sum(self._totals)
        self.rank_bin, self.at_or_above = 0, self.sample
        self._settle()
