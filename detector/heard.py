"""Who was heard in the closed minutes of the last hour or so: exact, at twelve bytes an author."""

from __future__ import annotations

from collections.abc import Set

import numpy as np
import numpy.typing as npt

from detector.clock import Minute

# So many authors are looked up in a dictionary (some 90 bytes each), more in sorted arrays.
FRESH = 1_024
# The last minute of an array's author who has spoken again since.
_MOVED = -(2**31)


class Heard:
    """In which minute each author spoke last, and how many voices each closed minute is the last one of.

    A voice is an author's hash; plain voices are posts of unknown authors, each a voice of its own.
    Minutes are added in order; those in which nothing was said may be left out.

    Parameters
    ----------
    horizon
        Minutes that are remembered, 1 or more.

    Examples
    --------
    >>> heard = Heard(horizon=60)
    >>> heard.add(100, {7, 8}, 1), heard.add(130, {8, 9}, 0)
    ([], [100])
    >>> heard.count(130, 60), heard.count(130, 30), heard.count(160, 60)
    (4, 2, 2)
    """

    __slots__ = ("_counts", "_last", "_old", "_old_last", "_stale", "_total", "horizon")

    def __init__(self, horizon: int) -> None:
        self.horizon = horizon
        self._counts: dict[Minute, int] = {}
        self._total = 0
        self._last: dict[int, Minute] = {}
        self._stale = 0
        self._old: npt.NDArray[np.uint64] = _NOBODY
        self._old_last: npt.NDArray[np.int32] = _NEVER

    def add(self, minute: Minute, authors: Set[int], plain: int) -> list[Minute]:
        """Add what was said in a minute; return when each of its authors who was heard before spoke last."""
        self._forget(minute - self.horizon)
        if not authors and not plain:
            return []
        before = list(self.find(authors, minute - self.horizon + 1, move=True).values())
        counts = self._counts
        for at in before:
            counts[at] -= 1
        counts[minute] = len(authors) + plain
        self._total += len(authors) + plain - len(before)
        self._last.update(dict.fromkeys(authors, minute))
        if len(self._last) > FRESH:
            self._pack(minute - self.horizon)
        return before

    def find(self, authors: Set[int], since: Minute, move: bool = False) -> dict[int, Minute]:
        """Return those of some authors who were heard since a minute, with the last minute of each.

        With `move` they are about to speak again, and are not to be found in the arrays any more.
        """
        last = self._last
        found = {author: at for author in last.keys() & authors if (at := last[author]) >= since}
        if len(self._old) and len(found) < len(authors):
            asked = np.fromiter(authors, np.uint64, len(authors))
            places = np.minimum(self._old.searchsorted(asked), len(self._old) - 1)
            there = (self._old[places] == asked) & (self._old_last[places] >= since)
            places = places[there]
            found.update(zip(asked[there].tolist(), self._old_last[places].tolist(), strict=True))
            if move:
                self._old_last[places] = _MOVED
        return found

    def count(self, minute: Minute, length: int) -> int:
        """Return the voices of the window of at most `horizon` minutes that ends with a closed minute."""
        counts, first = self._counts, minute - length
        if length == self.horizon and next(iter(counts), minute) > first:
            return self._total
        return sum([voices for at, voices in counts.items() if at > first])

    def _forget(self, until: Minute) -> None:
        counts = self._counts
        while counts and (oldest := next(iter(counts))) <= until:
            gone = counts.pop(oldest)
            self._total -= gone
            self._stale += gone
        if not counts:
            self._last, self._stale = {}, 0
            self._old, self._old_last = _NOBODY, _NEVER
        elif not len(self._old) and self._stale > 32 + len(self._last) // 2:
            # With arrays the dictionary is emptied when it is full.
            self._last = {author: at for author, at in self._last.items() if at > until}
            self._stale = 0

    def _pack(self, until: Minute) -> None:
        """Move the authors of the dictionary into the arrays."""
        alive = self._old_last > until
        fresh = {author: at for author, at in self._last.items() if at > until}
        authors = np.concatenate((self._old[alive], np.fromiter(fresh.keys(), np.uint64, len(fresh))))
        lasts = np.concatenate((self._old_last[alive], np.fromiter(fresh.values(), np.int32, len(fresh))))
        order = authors.argsort()
        self._old, self._old_last = authors[order], lasts[order]
        self._last, self._stale = {}, 0


_NOBODY = np.empty(0, np.uint64)
_NEVER = np.empty(0, np.int32)
