"""Distinct authors in sliding windows: one author is one voice in a window, however often they post."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from detector.clock import Minute

MAX_VOICES = 512  # remembered per closed minute; more are kept as a plain number, so that records stay small


class Voices:
    """Counts of voices per minute window of one brand, exact while minutes are open.

    A voice is an author's hash; 0 is an unknown author, and each of their posts is a voice of its own.

    Parameters
    ----------
    lengths
        Window lengths in minutes.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        self.lengths = tuple(lengths)
        self.longest = max(lengths)
        # Per length and minute: how many voices more its window has than that of the minute before.
        self._rises: dict[int, dict[Minute, int]] = {length: {} for length in self.lengths}
        self._spoke: dict[int, list[Minute]] = {}
        self._authors: dict[Minute, set[int]] = {}
        self._plain: dict[Minute, int] = {}

    def __bool__(self) -> bool:
        return bool(self._authors or self._plain)

    @property
    def first(self) -> Minute | None:
        """The oldest minute that is remembered or open, or None."""
        return min((*self._authors, *self._plain), default=None)

    def add(self, author: int, minute: Minute) -> None:
        """Count one post."""
        if author == 0:
            self.add_plain(minute, 1)
            return
        spoke = self._spoke.get(author)
        if spoke is None:
            self._spoke[author] = [minute]
            for length, rises in self._rises.items():
                rises[minute] = rises.get(minute, 0) + 1
                rises[minute + length] = rises.get(minute + length, 0) - 1
        elif minute in spoke:
            return
        else:
            self._reach(spoke, minute, 1)
            spoke.append(minute)
        authors = self._authors.get(minute)
        if authors is None:
            authors = self._authors[minute] = set()
        authors.add(author)

    def add_plain(self, minute: Minute, voices: int) -> None:
        """Count posts whose authors are not known, each as a voice."""
        self._plain[minute] = self._plain.get(minute, 0) + voices
        self._reach((), minute, voices)

    def _reach(self, others: Collection[Minute], minute: Minute, voices: int) -> None:
        """Add voices of a minute to the windows that reach it and none of the other minutes."""
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
        return sum([rise for at, rise in self._rises[length].items() if at <= minute])

    def counts(self, minutes: Sequence[Minute], length: int) -> list[int]:
        """Return the same for several minutes in order."""
        rises = sorted(self._rises[length].items())
        found = []
        at = total = 0
        for minute in minutes:
            while at < len(rises) and rises[at][0] <= minute:
                total += rises[at][1]
                at += 1
            found.append(total)
        return found

    def authors(self, minutes: Iterable[Minute]) -> int:
        """Return the number of distinct voices in some minutes."""
        minutes = list(minutes)
        known = set().union(*(self._authors.get(m, ()) for m in minutes))
        return len(known) + sum(self._plain.get(m, 0) for m in minutes)

    def minute(self, minute: Minute) -> tuple[list[int], int]:
        """Return what is remembered of a minute: its authors in order, and the number of plain voices."""
        return sorted(self._authors.get(minute, ())), self._plain.get(minute, 0)

    def said(self, minute: Minute) -> tuple[Collection[int], int]:
        """Return the authors of a minute, in no order, and the number of plain voices."""
        return self._authors.get(minute, ()), self._plain.get(minute, 0)

    def cap(self, minute: Minute) -> None:
        """Keep only so many authors of a minute that is about to be closed; the others become plain voices.

        Its windows hold from here on what a restart would rebuild.
        """
        authors = self._authors.get(minute)
        if authors is not None and len(authors) > MAX_VOICES:
            self._cap(minute, sorted(authors)[MAX_VOICES:])

    def close(self, minute: Minute) -> None:
        """Close a minute: cap what is remembered of it, and forget what no open window reaches."""
        self.cap(minute)
        for rises in self._rises.values():
            past = [at for at in rises if at <= minute]
            if risen := sum(map(rises.pop, past)):
                rises[minute] = risen
        gone = minute - self.longest  # one minute more than windows need: its closed minute is still read
        self._plain.pop(gone, None)
        for author in self._authors.pop(gone, ()):
            self._drop(author, gone)

    def _cap(self, minute: Minute, beyond: list[int]) -> None:
        for author in beyond:
            self._drop(author, minute)
            self._reach(self._spoke.get(author, ()), minute, -1)
        self._authors[minute].difference_update(beyond)
        self.add_plain(minute, len(beyond))

    def _drop(self, author: int, minute: Minute) -> None:
        minutes = self._spoke[author]
        minutes.remove(minute)
        if not minutes:
            del self._spoke[author]
