"""Count series through detectors and incident machine, minute by minute, as the service does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from detector.clock import Minute
from detector.evidence import Evidence
from detector.incident import Change, IncidentSettings, Watch, on_close, on_verdict
from detector.incident_record import Incident
from detector.spike import Detector, Signal
from detector.watch import Step
from detector.window import Window

WEEK_MIN = 7 * 24 * 60


class Alarm(NamedTuple):
    """A minute in which somebody is called, and by which signal."""

    minute: Minute
    signal: Signal


class Sum:
    """The sum of the last so many minutes."""

    def __init__(self, length: int) -> None:
        self._recent = [0] * length
        self.total = 0

    def add(self, minute: Minute, value: int) -> int:
        at = minute % len(self._recent)
        self.total += value - self._recent[at]
        self._recent[at] = value
        return self.total


class Series:
    """One brand of which only counts are known; every post is by another author."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self.detectors = detectors
        self.watch = Watch()
        self._settings = IncidentSettings()
        self._sums = {d.window_min: (Sum(d.window_min), Sum(d.window_min)) for d in detectors}

    def close(self, minute: Minute, posts: int, negatives: int = 0, known: bool = True) -> list[Alarm]:
        """Close a minute; return the alarms and escalations that go out."""
        sums = {n: (a.add(minute, posts), b.add(minute, negatives)) for n, (a, b) in self._sums.items()}
        windows = [
            Window(minute, d.window_min, *sums[d.window_min], known, posts, negatives) for d in self.detectors
        ]
        found: list[Alarm] = []
        if self.watch.incident is not None or any(map(_is_near, self.detectors, windows)):
            found = [Alarm(minute, r.verdict.signal) for r in self._judge(minute, windows) if is_alarm(r)]
        in_incident = self.watch.guards(minute, self._settings)
        for detector, window in zip(self.detectors, windows, strict=True):
            detector.learn(window, in_incident)
        return found

    def _judge(self, minute: Minute, windows: Sequence[Window]) -> Iterator[Incident]:
        verdicts = [d.judge(w) for d, w in zip(self.detectors, windows, strict=True)]
        by_length = {w.length: w for w in windows}

        def shown(_minute: Minute, length: int) -> Evidence:
            window = by_length[length]
            posts, negatives = window.posts, window.negatives
            return Evidence(posts, negatives, 0, posts, 0.0, 1.0, 0, 0, {}, {})

        for detector, verdict in zip(self.detectors, verdicts, strict=True):
            if not detector.at_close:
                yield from self._take(on_verdict("b", self.watch, verdict, shown, self._settings))
        yield from self._take(on_close("b", self.watch, minute, verdicts, shown, self._settings))

    def _take(self, step: Step) -> Iterator[Incident]:
        self.watch = step.watch
        if step.revision is not None:
            yield step.revision


def _is_near(detector: Detector, window: Window) -> bool:
    return (window.new_negatives > 0 or not detector.at_close) and detector.reaches(window)


def is_alarm(revision: Incident) -> bool:
    """Return whether a person is called."""
    return revision.change in (Change.OPENED, Change.ESCALATED)


def alarms(
    detectors: Sequence[Detector], start: Minute, posts: Sequence[int], negatives: Sequence[int] = ()
) -> list[Alarm]:
    """Return all alarms of a series of posts a minute."""
    series = Series(detectors)
    found: list[Alarm] = []
    for i, count in enumerate(posts):
        found += series.close(start + i, count, negatives[i] if negatives else 0)
    return found
