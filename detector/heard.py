"""Who was heard in the closed minutes of the last hour or so: sliding counts of voices at O(1) a voice."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from detector.clock import Minute


class Heard:
    """Distinct voices of the last `length` closed minutes of one brand.

    A voice is an author's hash; plain voices are posts of unknown authors, each a voice of its own.
    Minutes are added in order; those in which nothing was said may be left out.

    Parameters
    ----------
    length
        Minutes, 1 or more.

    Examples
    --------
    >>> heard = Heard(length=60)
    >>> heard.add(100, {7, 8}, 1), heard.add(130, {8, 9}, 0), heard.count(130)
    (3, 1, 4)
    >>> heard.count(160)
    2
    """

    __slots__ = ("_count", "_last", "_minutes", "length")

    def __init__(self, length: int) -> None:
        self.length = length
        self._last: dict[int, Minute] = {}
        self._minutes: deque[tuple[Minute, Collection[int], int]] = deque()
        self._count = 0

    def add(self, minute: Minute, authors: Collection[int], plain: int) -> int:
        """Add what was said in a minute; return how many of its voices were not yet in the window."""
        before = self.count(minute)
        if not authors and not plain:
            return 0
        last = self._last
        for author in authors:
            if author not in last:
                self._count += 1
            last[author] = minute
        self._count += plain
        self._minutes.append((minute, authors, plain))
        return self._count - before

    def count(self, minute: Minute) -> int:
        """Return the voices of the window that ends with a minute, not before the last one added."""
        minutes = self._minutes
        while minutes and minutes[0][0] <= minute - self.length:
            gone, authors, plain = minutes.popleft()
            self._count -= plain
            for author in authors:
                if self._last[author] == gone:
                    del self._last[author]
                    self._count -= 1
        return self._count
