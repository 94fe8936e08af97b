"""Where a brand stands now: the newest windows of its detectors, judged without learning anything."""

from __future__ import annotations

from collections.abc import Iterator

from detector.clock import Minute
from detector.spike import Detector, Verdict
from detector.track import Track


def present(track: Track, minute: Minute) -> Iterator[Verdict]:
    """Yield the verdict of each detector that has learnt something; the track is left as it was.

    Parameters
    ----------
    track
        All that is known of the brand.
    minute
        The newest minute of event time.

    Yields
    ------
    Verdict
        Of the window that ends with that minute or, where a detector knows no limit so far ahead, with the
        last minute for which it does. What is judged at the close only is judged for the last closed minute.
    """
    if track.learnt is None:
        return
    for detector in track.detectors:
        verdict = _at_close(track, detector) if detector.at_close else _open(track, detector, minute)
        if verdict is not None:
            yield verdict


def _open(track: Track, detector: Detector, minute: Minute) -> Verdict:
    learnt = track.learnt or 0
    at = min(max(minute, learnt), learnt + detector.lag_min)
    return detector.judge(track.window(at, detector.window_min))


def _at_close(track: Track, detector: Detector) -> Verdict | None:
    window = track.closed_window(detector)
    return None if window is None else detector.judge(window)
