"""What the drawing shows: the negative voices of a quarter of an hour against what is expected of it.

The same core as in the worker, run beside it on the same posts: alerts come from the worker alone.
"""

from __future__ import annotations

from msgspec import Struct

from agents.assembly import detectors_of, new_reader
from agents.demo.script import Step
from agents.settings import Settings
from detector.clock import Millis, minute_of
from detector.incident_record import Incident
from detector.pipeline import Pipeline
from detector.severity import Severity
from detector.spike import Signal
from detector.track import Track


class Point(Struct, frozen=True):
    """The state at the end of a step: negative voices in the window, the mean, and the least that is a spike.

    `least` is None while too little is known; `polarity` is the mean of the window, -1 to 1;
    `severity` is that of the open incident.
    """

    at: Millis
    observed: int
    expected: float
    least: int | None
    polarity: float | None
    severity: Severity | None = None


class Gauge:
    """Runs posts through the core in memory; shows the brand with the most posts."""

    def __init__(self, settings: Settings) -> None:
        lateness_ms = int(settings.detector.allowed_lateness)
        self._pipeline = Pipeline(
            new_reader(settings, 1), detectors_of(settings), settings.incident_settings, lateness_ms
        )
        self.brand: str | None = None
        self._names = {brand.key: brand.name for brand in settings.brands}

    @property
    def name(self) -> str:
        """The name of the brand that is shown."""
        return self._names.get(self.brand or "", self.brand or "")

    @property
    def revisions(self) -> list[Incident]:
        """The incident revisions that this run led to; the worker's own come from Kafka."""
        return self._pipeline.outcome.revisions

    def read(self, step: Step, now: Millis) -> Point:
        """Take in a step and return where the brand stands."""
        for post in step.posts:
            self._pipeline.send(post, now)
        track = self._track()
        if track is None or not track.open.minutes:
            return Point(step.until, 0, 0.0, None, None)
        detector = next(d for d in track.detectors if d.signal is Signal.NEGATIVE_COUNT)
        minute = max(m for m in track.open.minutes if m <= minute_of(step.until))
        window = track.window(minute, detector.window_min)
        expected = detector.judge(window).expected
        evidence = track.evidence(minute, detector.window_min)
        return Point(
            step.until, window.negatives, expected, detector.limit(minute).least,
            evidence.mean_polarity if evidence.posts else None,
            track.watch.incident.severity if track.watch.incident else None,
        )  # fmt: skip

    def _track(self) -> Track | None:
        tracks = self._pipeline.shard.tracks
        if self.brand is None and tracks:
            self.brand = max(tracks, key=lambda brand: len(tracks[brand].open.minutes))
        return tracks.get(self.brand or "")
