"""What a plot needs of a long time: bins that widen as it goes on, and the minutes near incidents."""

from __future__ import annotations

from typing import NamedTuple

from detector.clock import Minute, from_rfc3339, minute_of
from detector.incident import Change, Incident
from detector.spike import Signal, Verdict

MOST_BINS = 800
# Minutes are kept for so long, and for good from before an incident's onset to after its end.
_RECENT_MIN = 12 * 60
_BEFORE_MIN, _AFTER_MIN, _LONGEST_MIN = 3 * 60, 60, 24 * 60
# So many windows wait for posts that come late before they go into their bin.
_OPEN_WINDOWS = 48


class Peak(NamedTuple):
    """The most posts, and the most negative ones, that any window of a bin holds."""

    posts: int
    negatives: int


class Band(NamedTuple):
    """What a bin's windows were judged by: the mean of what was expected, the least that would be a spike."""

    expected: float
    samples: int
    least: float


class Curve:
    """One brand over a whole run.

    A bin holds the peak of its windows (aligned, `window_min` long); when there are too many bins,
    each two become one. So the plot keeps every peak, and the memory does not grow.
    """

    def __init__(self, window_min: int) -> None:
        self.window_min = window_min
        self.factor = 1
        self.bins: dict[int, Peak] = {}
        self.bands: dict[Signal, dict[int, Band]] = {}
        self.minutes: dict[Minute, Peak] = {}
        self._windows: dict[int, Peak] = {}
        self._spans: dict[str, tuple[Minute, Minute]] = {}
        self._newest = 0
        self.sampled_to: Minute = -1

    @property
    def bin_min(self) -> int:
        """Length of a bin in minutes."""
        return self.window_min * self.factor

    def add(self, minute: Minute, posts: int, negatives: int) -> None:
        """Count posts in a minute."""
        window = minute // self.window_min
        _count(self._windows, window, posts, negatives)
        _count(self.minutes, minute, posts, negatives)
        if minute > self._newest:
            if minute // 60 != self._newest // 60:
                self._forget(minute)
            self._newest = minute

    def judged(self, verdict: Verdict) -> None:
        """Take in what a window was compared with."""
        bands = self.bands.setdefault(verdict.signal, {})
        at = verdict.minute // self.bin_min
        one = Band(verdict.expected, 1, verdict.upper + 1.0)
        bands[at] = _merged(bands[at], one) if at in bands else one

    def told(self, revision: Incident) -> None:
        """Keep the minutes around an incident."""
        onset = minute_of(from_rfc3339(revision.onset_at))
        last = onset - _BEFORE_MIN + _LONGEST_MIN
        if revision.change is Change.RESOLVED:
            last = min(last, minute_of(from_rfc3339(revision.updated_at)) + _AFTER_MIN)
        self._spans[revision.id] = onset - _BEFORE_MIN, last

    def finish(self) -> None:
        """Put into the bins what still waits for late posts."""
        self._fold(0)

    def span_of(self, id: str) -> tuple[Minute, Minute]:
        """Return the minutes around an incident that were kept."""
        first, last = self._spans[id]
        return first, min(last, self._newest)

    def _forget(self, now: Minute) -> None:
        self._fold(_OPEN_WINDOWS)
        spans = self._spans.values()
        for minute in [m for m in self.minutes if m < now - _RECENT_MIN]:
            if not any(first <= minute <= last for first, last in spans):
                del self.minutes[minute]

    def _fold(self, leave: int) -> None:
        newest = max(self._windows, default=0)
        for window in [w for w in self._windows if w <= newest - leave]:
            peak = self._windows.pop(window)
            at = window // self.factor
            self.bins[at] = _higher(self.bins[at], peak) if at in self.bins else peak
        while self.bins and max(self.bins) - min(self.bins) > MOST_BINS:
            self._widen()

    def _widen(self) -> None:
        self.factor *= 2
        bins: dict[int, Peak] = {}
        for at, peak in self.bins.items():
            bins[at // 2] = _higher(bins[at // 2], peak) if at // 2 in bins else peak
        self.bins = bins
        for signal, narrow in self.bands.items():
            wide: dict[int, Band] = {}
            for at, band in narrow.items():
                wide[at // 2] = _merged(wide[at // 2], band) if at // 2 in wide else band
            self.bands[signal] = wide


def _count(where: dict[int, Peak], at: int, posts: int, negatives: int) -> None:
    before = where.get(at)
    where[at] = (
        Peak(posts, negatives) if before is None else Peak(before.posts + posts, before.negatives + negatives)
    )


def _higher(one: Peak, other: Peak) -> Peak:
    return Peak(max(one.posts, other.posts), max(one.negatives, other.negatives))


def _merged(one: Band, other: Band) -> Band:
    samples = one.samples + other.samples
    expected = (one.expected * one.samples + other.expected * other.samples) / samples
    return Band(expected, samples, min(one.least, other.least))
