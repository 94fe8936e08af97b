"""What must be reached, beside what was: one line each, and at the end what was missed."""

from __future__ import annotations


class Bars:
    """Collects measured figures and says whether they meet their bars."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def at_most(self, what: str, value: float, bar: float, reference: str = "") -> None:
        self._line(what, f"{value:g}", value <= bar, f"at most {bar:g}", reference)

    def at_least(self, what: str, value: float, bar: float, reference: str = "") -> None:
        self._line(what, f"{value:g}", value >= bar, f"at least {bar:g}", reference)

    def holds(self, what: str, shown: str, met: bool, bar: str, reference: str = "") -> None:
        self._line(what, shown, met, bar, reference)

    def end(self) -> int:
        """Print what was missed; return an exit code."""
        print(f"missed: {len(self.missed)}")
        for what in self.missed:
            print(f"  {what}")
        return 1 if self.missed else 0

    def _line(self, what: str, shown: str, met: bool, bar: str, reference: str) -> None:
        beside = f"; reference {reference}" if reference else ""
        print(f"  {'met   ' if met else 'MISSED'} {what}: {shown} ({bar}{beside})", flush=True)
        if not met:
            self.missed.append(f"{what}: {shown} ({bar})")
