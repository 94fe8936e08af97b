"""What the scorers must reach, and whether they did."""

from __future__ import annotations

from typing import NamedTuple


class Bar(NamedTuple):
    what: str
    found: float
    bound: float
    at_most: bool

    @property
    def met(self) -> bool:
        return self.found <= self.bound if self.at_most else self.found >= self.bound


class Bars:
    """Collects what was measured beside what is demanded."""

    def __init__(self) -> None:
        self._bars: list[Bar] = []

    def at_least(self, what: str, found: float, bound: float) -> None:
        self._bars.append(Bar(what, found, bound, at_most=False))

    def at_most(self, what: str, found: float, bound: float) -> None:
        self._bars.append(Bar(what, found, bound, at_most=True))

    def report(self) -> int:
        """Print each bar, and return how the program ends: 1 where one is missed."""
        print(f"\n{'bar':64}{'measured':>12}{'demanded':>16}")
        for bar in self._bars:
            bound = f"{'at most' if bar.at_most else 'at least'} {_short(bar.bound)}"
            print(f"{bar.what:64}{_short(bar.found):>12}{bound:>16}  {'' if bar.met else 'MISSED'}")
        return int(not all(bar.met for bar in self._bars))


def _short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 50 else f"{number:.3f}".rstrip("0").rstrip(".")
