"""Distinct authors in sliding windows: one author is one voice in a window, however often they post."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence, Set

import numpy as np

from detector.clock import Minute
from detector.heard import Heard

MAX_VOICES = 512  # remembered per closed minute; more are kept as a plain number, so that records stay small
# Posts of a minute are looked at in batches, and whenever a count is asked for.
_BATCH = 256
_NONE = b"", 0


class Voices:
    """Counts of voices per minute window of one brand, exact while minutes are open.

    A voice is an author's hash; 0 is an unknown author, and each of their posts is a voice of its own.

    Parameters
    ----------
    lengths
        Lengths in minutes of the windows that are judged while they are open.
    closing
        Lengths of those that are judged once they are closed.
    """

    __slots__ = (
        "_before",
        "_open",
        "_plain",
        "_rises",
        "_said",
        "_settled",
        "_spoken",
        "_waiting",
        "closed",
        "heard",
        "lengths",
        "longest",
    )

    def __init__(self, lengths: Sequence[int], closing: Collection[int] = ()) -> None:
        self.lengths = tuple(lengths)
        self.longest = max(lengths)
        # What was said in the minute that was closed last: authors in order, little-endian, and plain voices.
        self.closed = _NONE
        self.heard = Heard(max(*lengths, *closing, 1))
        # Per length and minute: how many voices more its window has than that of the minute before.
        self._rises: dict[int, dict[Minute, int]] = {length: {} for length in self.lengths}
        self._waiting: dict[Minute, list[int]] = {}
        self._open: dict[Minute, set[int]] = {}
        self._plain: dict[Minute, int] = {}
        self._spoken: list[Minute] = []  # closed minutes that open windows may reach
        self._settled: Minute | None = None
        # Of that minute: its voices, and when those of them that were known spoke last.
        self._said = 0
        self._before: list[Minute] = []

    def __bool__(self) -> bool:
        return bool(self._spoken or self._open or self._plain or self._waiting)

    @property
    def first(self) -> Minute | None:
        """The oldest minute that is remembered or open, or None."""
        if self._spoken:
            return self._spoken[0]
        return min((*self._open, *self._plain, *self._waiting), default=None)

    def add(self, author: int, minute: Minute) -> None:
        """Count one post."""
        waiting = self._waiting.get(minute)
        if waiting is None:
            self._waiting[minute] = [author]
            return
        waiting.append(author)
        if len(waiting) >= _BATCH:
            self._take()

    def add_all(self, authors: Iterable[int], plain: int, minute: Minute) -> None:
        """Count posts of known authors, and some whose authors are not known, each as a voice."""
        self._take()
        self._speak(set(authors), plain, minute)

    def recall(self, authors: Iterable[int], plain: int, minute: Minute) -> int:
        """Take up a closed minute that no open window reaches; return its voices."""
        said = set(authors)
        self.heard.add(minute, said, plain)
        return len(said) + plain

    def _take(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        for minute, authors in waiting.items():
            known = set(authors)
            known.discard(0)
            self._speak(known, authors.count(0), minute)

    def _speak(self, authors: set[int], plain: int, minute: Minute) -> None:
        if plain:
            self._plain[minute] = self._plain.get(minute, 0) + plain
            self._reach((), minute, plain)
        said = self._open.get(minute)
        if said is not None:
            authors -= said
        if not authors:
            return
        self._reach_apart(authors, minute, 1)
        if said is None:
            self._open[minute] = authors
        else:
            said |= authors

    def _reach_apart(self, authors: Set[int], minute: Minute, voices: int) -> None:
        """Add a voice of each author to the windows that a minute adds them to; -1 takes it away."""
        others: dict[int, list[Minute]] = {}
        for author, at in self.heard.find(authors, minute - self.longest + 1).items():
            others[author] = [at]
        for at, said in self._open.items():
            if at != minute:
                for author in authors & said:
                    others.setdefault(author, []).append(at)
        self._reach((), minute, voices * (len(authors) - len(others)))
        for minutes in others.values():
            self._reach(minutes, minute, voices)

    def _reach(self, others: Collection[Minute], minute: Minute, voices: int) -> None:
        """Add voices of a minute to the windows that reach it and none of the other minutes."""
        if not voices:
            return
        if not others:
            for length, rises in self._rises.items():
                rises[minute] = rises.get(minute, 0) + voices
                rises[minute + length] = rises.get(minute + length, 0) - voices
            return
        before = max((at for at in others if at < minute), default=None)
        after = min((at for at in others if at > minute), default=None)
        for length, rises in self._rises.items():
            first, end = minute, minute + length
            if before is not None and before + length > first:
                first = before + length
            if after is not None and after < end:
                end = after
            if first < end:
                rises[first] = rises.get(first, 0) + voices
                rises[end] = rises.get(end, 0) - voices

    def count(self, minute: Minute, length: int) -> int:
        """Return the voices of the window that ends with a minute that is not yet closed."""
        self._take()
        return sum([rise for at, rise in self._rises[length].items() if at <= minute])

    def counts(self, minutes: Sequence[Minute], length: int) -> list[int]:
        """Return the same for several minutes in order."""
        self._take()
        if len(minutes) == 1:
            return [self.count(minutes[0], length)]
        rises = sorted(self._rises[length].items())
        found = []
        at = total = 0
        for minute in minutes:
            while at < len(rises) and rises[at][0] <= minute:
                total += rises[at][1]
                at += 1
            found.append(total)
        return found

    def authors(self, minute: Minute, length: int) -> int:
        """Return the voices of a window of any length that ends with a minute that is not yet closed."""
        if length in self._rises:
            return self.count(minute, length)
        self._take()
        first = minute - length
        last = first if self._settled is None else max(min(minute, self._settled), first)
        heard = self.heard.count(last, last - first)
        inside = [at for at in self._open if first < at <= minute]
        said: set[int] = set().union(*map(self._open.__getitem__, inside))
        plain = sum([voices for at, voices in self._plain.items() if last < at <= minute])
        return heard + len(said) - len(self.heard.find(said, first + 1)) + plain

    def spoke(self, minute: Minute) -> int:
        """Return the voices of one minute that is not yet closed."""
        self._take()
        return len(self._open.get(minute, ())) + self._plain.get(minute, 0)

    def settle(self, minute: Minute) -> bool:
        """Take a minute, in which nothing more will be said, into the windows of closed minutes.

        Returns whether counts of open windows have grown by that.

        Of a crowd only so many authors are kept, the others become plain voices: a restart rebuilds no more.
        """
        if self._settled == minute:
            return False
        self._take()
        self._settled = minute
        said = self._open.get(minute)
        crowd = said is not None and len(said) > MAX_VOICES
        if said is not None and crowd:
            beyond = set(sorted(said)[MAX_VOICES:])
            said -= beyond
            self._reach_apart(beyond, minute, -1)
            self._speak(set(), len(beyond), minute)
        plain = self._plain.get(minute, 0)
        self._said = (len(said) if said else 0) + plain
        self._before = self.heard.add(minute, said or set(), plain)
        return crowd

    def came(self, length: int) -> int:
        """Return how many voices of the minute that was settled last were not in its window before."""
        if self._settled is None:
            return 0
        first = self._settled - length
        return self._said - sum([at > first for at in self._before])

    def close(self, minute: Minute) -> None:
        """Close a minute, and forget what no open window reaches."""
        self.settle(minute)
        for rises in self._rises.values():
            past = [at for at in rises if at <= minute]
            if risen := sum(map(rises.pop, past)):
                rises[minute] = risen
        said, plain = self._open.pop(minute, None), self._plain.pop(minute, 0)
        self.closed = _NONE
        if said or plain:
            self.closed = np.array(sorted(said or ()), "<u8").tobytes(), plain
            self._spoken.append(minute)
        # One minute more than windows need.
        while self._spoken and self._spoken[0] <= minute - self.longest:
            del self._spoken[0]
