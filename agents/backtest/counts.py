"""Counts of the past through the detectors: one brand of which only numbers are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agents.backtest.choice import Choice
from agents.backtest.curve import Curve
from agents.backtest.past import Past, is_alarm, weeks_between
from agents.backtest.rows import Rows
from agents.sources.files import Count
from detector.clock import MINUTE_MS, Minute, minute_of
from detector.evidence import Evidence
from detector.incident import Incident, Step, Watch, on_close, on_verdict
from detector.kept_back import KeptBack
from detector.mute import on_near
from detector.spike import Detector, Signal, Verdict, named
from detector.window import Window

# No row for so long: the source was silent, and silence is no zero.
OUTAGE_MS = 60 * MINUTE_MS


def replay_counts(
    counts: Iterable[Count],
    brand: str,
    signal: Signal,
    choice: Choice,
    rows: Rows | None = None,
    curve: Curve | None = None,
) -> Past:
    """Run counts as if each were so many posts, of different authors, at the begin of its interval.

    Parameters
    ----------
    counts
        In time order.
    brand
        What the series is called.
    signal
        Whether they are negative posts or all.
    choice
        The settings, and the detectors; those of other signals are left out.
    rows
        Gets each row with what was told because of it.
    curve
        Gets what a plot needs.
    """
    series = _Series(brand, signal, choice, curve)
    past = Past(int(choice.settings.detector.allowed_lateness))
    first = last = None

    def take(revisions: Iterable[Incident]) -> None:
        for revision in revisions:
            past.revisions.append(revision)
            if curve is not None:
                curve.told(revision)
            if rows is not None and is_alarm(revision):
                rows.alarm(revision)

    for count in counts:
        if last is not None and count.at - last > OUTAGE_MS:
            take(series.pass_to(minute_of(last + OUTAGE_MS)))
            take(series.pass_to(minute_of(count.at) - 1, known=False))
        take(series.start(minute_of(count.at)))
        if rows is not None:
            rows.add(count.at, f"{count.value:g}")
        series.add(round(count.value))
        first, last = count.at if first is None else first, count.at
        past.intervals += 1
    take(series.end())
    past.kept_back = series.kept_back
    if rows is not None:
        rows.end()
    past.weeks[brand] = 0.0
    if first is not None and last is not None:
        past.weeks[brand], past.spans[brand] = weeks_between(first, last), (first, last)
    return past


class _Sum:
    """A detector and the sum of its running window."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.total = 0
        self._recent = [0] * detector.window_min

    def add(self, minute: Minute, value: int) -> None:
        at = minute % len(self._recent)
        self.total += value - self._recent[at]
        self._recent[at] = value


class _Series:
    """One brand, minute by minute; closes a minute when the next row lies after it."""

    def __init__(self, brand: str, signal: Signal, choice: Choice, curve: Curve | None) -> None:
        self._brand = brand
        self._negative = signal is Signal.NEGATIVE_COUNT
        self._sums = [_Sum(d) for d in choice.detectors(brand) if d.signal is signal]
        self._settings = choice.settings.incident_settings
        self._by = named(self._sums[0].detector)
        self._watch = Watch()
        self._minute: Minute | None = None
        self._pending = 0
        self._curve = curve
        self.kept_back: list[KeptBack] = []

    def start(self, minute: Minute) -> Iterator[Incident]:
        """Go on to the minute of the next row; closes those before it."""
        if self._minute is not None and minute > self._minute:
            yield from self.pass_to(minute - 1)
        self._minute = minute

    def add(self, value: int) -> None:
        """Count posts in the running minute."""
        self._pending += value
        if self._curve is not None and self._minute is not None:
            self._curve.add(self._minute, value, value if self._negative else 0)

    def pass_to(self, minute: Minute, known: bool = True) -> Iterator[Incident]:
        """Close all minutes up to one."""
        while self._minute is not None and self._minute <= minute:
            revisions = self._close(self._minute, known)
            self._minute += 1
            if revisions:
                yield from revisions

    def end(self) -> Iterator[Incident]:
        """Close the last minute."""
        if self._minute is not None:
            yield from self.pass_to(self._minute)

    def _close(self, minute: Minute, known: bool) -> list[Incident]:
        value, self._pending = self._pending, 0
        windows: list[Window] = []
        told: list[Incident] = []
        worth = self._watch.incident is not None
        for one in self._sums:
            one.add(minute, value)
            total = one.total
            negatives = total if self._negative else 0
            windows.append(Window(minute, one.detector.window_min, total, negatives, known))
            worth = worth or one.detector.reaches(windows[-1])
        if self._curve is not None and minute >= self._curve.sampled_to:
            self._curve.sampled_to = (minute // self._curve.window_min + 1) * self._curve.window_min
            self._curve.judged(self._sums[0].detector.judge(windows[0]))
        if worth:
            told = self._judge(minute, windows)
        elif value:
            self._note_near(windows)
        in_incident = self._watch.incident is not None
        for one, window in zip(self._sums, windows, strict=True):
            one.detector.learn(window, in_incident)
        return told

    def _judge(self, minute: Minute, windows: list[Window]) -> list[Incident]:
        verdicts = [one.detector.judge(window) for one, window in zip(self._sums, windows, strict=True)]
        if self._watch.incident is None and not any(verdict.is_spike for verdict in verdicts):
            return []
        return [*self._looks(verdicts), *self._closes(minute, verdicts)]

    def _note_near(self, windows: list[Window]) -> None:
        for one, window in zip(self._sums, windows, strict=True):
            if one.detector.nearly(window):
                step = on_near(self._brand, self._watch, one.detector.judge(window), self._settings)
                list(self._take(step))

    def _looks(self, verdicts: list[Verdict]) -> Iterator[Incident]:
        for verdict in verdicts:
            yield from self._take(
                on_verdict(
                    self._brand, self._watch, verdict, self._evidence, self._settings, detector=self._by
                )
            )

    def _closes(self, minute: Minute, verdicts: list[Verdict]) -> Iterator[Incident]:
        step = on_close(
            self._brand, self._watch, minute, verdicts, self._evidence, self._settings, detector=self._by
        )
        yield from self._take(step)

    def _evidence(self, _minute: Minute, length: int) -> Evidence:
        total = next(one.total for one in self._sums if one.detector.window_min == length)
        return Evidence(total, total if self._negative else 0, 0, total, 0.0, 1.0, 0, 0, {}, {})

    def _take(self, step: Step) -> Iterator[Incident]:
        self._watch = step.watch
        if step.kept_back is not None:
            self.kept_back.append(step.kept_back)
        if step.revision is not None:
            yield step.revision
