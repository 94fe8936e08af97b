"""From what a run left behind to plots: one over the whole time for each signal, one around each incident."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agents.backtest.curve import Curve, Peak
from agents.backtest.labels import Hit
from agents.backtest.svg import Line, Plot, Span
from detector.clock import MINUTE_MS, Minute, from_rfc3339, minute_of
from detector.incident import Incident
from detector.spike import Signal

_NAMES = {Signal.NEGATIVE_COUNT: "negative posts", Signal.TOTAL_COUNT: "posts"}
_STEP_MIN = 5


def whole(
    curve: Curve,
    incidents: Sequence[Sequence[Incident]],
    labels: Sequence[Hit],
    name: str,
    id: str,
    gaps: bool,
) -> Iterator[Plot]:
    """Yield a plot over the whole time for each signal that was judged by counts.

    Parameters
    ----------
    curve
        Of the brand.
    incidents, labels
        What is marked: revisions by incident; what had happened.
    name, id
        What the plots are called, for people and in the page.
    gaps
        Whether nothing in a bin means that nothing is known, rather than no posts.
    """
    if not curve.bins:
        return
    width = curve.bin_min
    first, last = min(curve.bins) * width, (max(curve.bins) + 1) * width
    spans = [*map(span_of, incidents), *map(_label, labels)]
    for signal in (s for s in _NAMES if s in curve.bands or s is Signal.NEGATIVE_COUNT):
        if signal not in curve.bands and curve.bands:
            continue
        bands = sorted(curve.bands.get(signal, {}).items())
        points = [
            (at * width + width // 2, _value(curve.bins.get(at), signal, gaps))
            for at in range(min(curve.bins), max(curve.bins) + 1)
        ]
        expected = [(at * width + width // 2, band.expected) for at, band in bands]
        yield Plot(
            id=f"{id}-{signal}",
            title=f"{name}: {_NAMES[signal]} in {curve.window_min} min",
            text=_told(curve, signal, incidents),
            first=first,
            last=last,
            lines=[Line("expected", "expected", expected), Line(_kind(signal), _NAMES[signal], points)],
            band=[(at * width + width // 2, max(band.least - 1.0, 0.0)) for at, band in bands],
            spans=spans,
        )


def near(curve: Curve, revisions: Sequence[Incident], id: str) -> Plot:
    """Return a plot around one incident: windows as the detector saw them, every five minutes."""
    opened = revisions[0]
    signal, window = opened.signal, opened.verdict.window_min
    if signal not in _NAMES:
        signal = Signal.NEGATIVE_COUNT
    first, last = curve.span_of(opened.id)
    points: list[tuple[Minute, float | None]] = []
    for end in range(first + window, last + 1, _STEP_MIN):
        seen = (curve.minutes.get(minute) for minute in range(end - window + 1, end + 1))
        points.append((end, sum(_count(peak, signal) for peak in seen if peak is not None)))
    edges = (first, last)
    counts = opened.verdict.signal in _NAMES
    return Plot(
        id=id,
        title=f"{_NAMES[signal]} in {window} min around {opened.opened_at}",
        text=f"{opened.verdict.expected:.1f} expected, {max(r.verdict.observed for r in revisions):g} seen.",
        first=first,
        last=last,
        lines=[
            Line("expected", "expected", [(at, opened.verdict.expected) for at in edges] if counts else []),
            Line(_kind(signal), _NAMES[signal], points),
        ],
        band=[(at, opened.verdict.upper) for at in edges] if counts else [],
        spans=[span_of(revisions)],
    )


def span_of(revisions: Sequence[Incident]) -> Span:
    """Return the time from an incident's opening to its end, or its last revision."""
    opened, last = revisions[0], revisions[-1]
    worst = max((r.severity for r in revisions), key=lambda severity: severity.rank)
    until = last.resolved_at or "after the end of the input"
    return Span(
        str(worst),
        minute_of(from_rfc3339(opened.opened_at)),
        minute_of(from_rfc3339(last.updated_at)),
        f"{worst}: {opened.opened_at} until {until}",
    )


def _label(hit: Hit) -> Span:
    begin, end = (from_rfc3339(at) // MINUTE_MS for at in (hit.begin, hit.end))
    return Span(
        "label", begin, end, f"label {hit.begin}: " + (f"hit at {hit.alarm}" if hit.alarm else "missed")
    )


def _value(peak: Peak | None, signal: Signal, gaps: bool) -> float | None:
    if peak is None:
        return None if gaps else 0.0
    return float(_count(peak, signal))


def _count(peak: Peak, signal: Signal) -> int:
    return peak.negatives if signal is Signal.NEGATIVE_COUNT else peak.posts


def _kind(signal: Signal) -> str:
    return "negative" if signal is Signal.NEGATIVE_COUNT else "total"


def _told(curve: Curve, signal: Signal, incidents: Sequence[Sequence[Incident]]) -> str:
    most = max(_count(peak, signal) for peak in curve.bins.values())
    opened = ", ".join(revisions[0].opened_at for revisions in incidents[:20]) or "none"
    return f"At most {most} in {curve.window_min} min. Incidents: {opened}."


def by_brand(groups: Iterator[list[Incident]]) -> Mapping[str, list[list[Incident]]]:
    """Return the revisions of each incident by brand."""
    found: dict[str, list[list[Incident]]] = {}
    for revisions in groups:
        found.setdefault(revisions[0].brand, []).append(revisions)
    return found
