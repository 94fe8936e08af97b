"""The curves of all brands of a run, and the samples of what they were judged by."""

from __future__ import annotations

from agents.backtest.choice import COUNTS, Choice
from agents.backtest.curve import Curve
from detector.shard import Shard


class Curves:
    """One curve for each brand of which there are posts; looking at a brand changes nothing of it."""

    def __init__(self, choice: Choice) -> None:
        detectors = [d for d in choice.detectors("any") if d.signal in COUNTS]
        self._window_min = detectors[0].window_min
        self._by_brand: dict[str, Curve] = {}
        self._next = 0

    def of(self, brand: str) -> Curve:
        """Return the curve of a brand."""
        if brand not in self._by_brand:
            self._by_brand[brand] = Curve(self._window_min)
        return self._by_brand[brand]

    def sample(self, shard: Shard) -> None:
        """Take in what the brands' counts are compared with, about once a window."""
        if shard.closed_to is None or shard.closed_to < self._next:
            return
        self._next = shard.closed_to + self._window_min
        for track in shard.tracks.values():
            # A brand that is silent has not learnt so far; what it was compared with last still holds.
            if track.learnt == shard.closed_to:
                curve = self.of(track.brand)
                for detector in track.detectors:
                    if detector.signal in COUNTS and detector.window_min == self._window_min:
                        curve.judged(detector.judge(track.window(track.learnt + 1, self._window_min)))

    def finished(self) -> dict[str, Curve]:
        """Return the curves, complete."""
        for curve in self._by_brand.values():
            curve.finish()
        return dict(sorted(self._by_brand.items()))
