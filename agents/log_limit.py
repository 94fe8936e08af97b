"""What repeats itself is not written each time: some lines of a kind, then how many more there were."""

from __future__ import annotations

from typing import NamedTuple

_MOST_KINDS = 1_000  # of a few hundred bytes each


class Kind(NamedTuple):
    """Lines that say the same: of one logger and level, with one text but for digits in it."""

    logger: str
    level: int
    text: str


class Allowance(NamedTuple):
    """So many lines of a kind within so many seconds; it begins with the first of them."""

    lines: int
    within_s: float


class More(NamedTuple):
    """How many lines of a kind were left out in the so many seconds after its first."""

    kind: Kind
    left_out: int
    within_s: float


class _Window:
    __slots__ = ("began", "left_out", "within_s", "written")

    def __init__(self, began: float, within_s: float) -> None:
        self.began = began
        self.within_s = within_s
        self.written = self.left_out = 0


class Repeats:
    """Counts lines by their kind. Time is an argument, in seconds that never go back.

    Examples
    --------
    >>> repeats, kind = Repeats(), kind_of("agents.x", 40, "record 7 is broken")
    >>> [repeats.admits(kind, Allowance(2, 60.0), now) for now in (0.0, 1.0, 2.0, 3.0)]
    [True, True, False, False]
    >>> repeats.over(59.0)
    []
    >>> [(one.kind.text, one.left_out) for one in repeats.over(60.0)]
    [('record  is broken', 2)]
    """

    def __init__(self) -> None:
        self._open: dict[Kind, _Window] = {}

    def admits(self, kind: Kind, allowance: Allowance, now: float) -> bool:
        """Return whether a line is to be written; one that is not is counted. Ask `over` before."""
        window = self._open.get(kind)
        if window is None:
            window = self._open[kind] = _Window(now, allowance.within_s)
        if window.written < allowance.lines:
            window.written += 1
            return True
        window.left_out += 1
        return False

    def over(self, now: float) -> list[More]:
        """Return what was left out of the kinds whose time is over, each once."""
        if len(self._open) >= _MOST_KINDS:
            return self.rest()
        ended = [kind for kind, one in self._open.items() if now - one.began >= one.within_s]
        return self._take(ended)

    def rest(self) -> list[More]:
        """Return what was left out so far, and begin anew."""
        return self._take(list(self._open))

    def _take(self, kinds: list[Kind]) -> list[More]:
        found = [(kind, self._open.pop(kind)) for kind in kinds]
        return [More(kind, one.left_out, one.within_s) for kind, one in found if one.left_out]


def kind_of(logger: str, level: int, text: str) -> Kind:
    """Return the kind of a line; some libraries format before they log, and digits are what differs then."""
    return Kind(logger, level, "".join(c for c in text[:200] if not c.isdigit()))
