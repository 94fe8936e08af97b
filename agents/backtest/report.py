"""A backtest in words and as a JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from agents.backtest.labels import Judgement, total
from agents.backtest.past import MENTIONS, POSTS, Past, Summary, summaries
from detector.duration import format_duration
from detector.kept_back import Hold, KeptBack
from detector.spike import Signal


class Column(Struct, frozen=True):
    """What one choice of settings and detectors led to."""

    name: str
    past: Past
    judgements: list[Judgement] | None = None


def document(columns: Sequence[Column], near_ms: int) -> dict[str, object]:
    """Return the result for machines: the main choice, and under `compared` the others."""
    first, *others = columns
    shown = _document(first, near_ms)
    if others:
        shown["compared"] = [_document(one, near_ms) for one in others]
    return shown


def _document(column: Column, near_ms: int) -> dict[str, object]:
    past = column.past
    shown: dict[str, object] = {
        "name": column.name,
        "allowed_lateness": format_duration(past.lateness_ms),
        "incidents": summaries(past.revisions, past.lateness_ms),
        "alarms": len(past.alarms),
        "brand_weeks": round(past.brand_weeks, 4),
        "alarms_per_brand_week": past.alarms_per_week,
        "posts": {name: past.counts[name] for name in POSTS},
        "refused": past.refused,
        "mentions": {name: past.counts[name] for name in MENTIONS},
        "intervals": past.intervals,
        "kept_back": past.kept_back,
        "revisions": past.revisions,
    }
    if column.judgements is not None:
        shown["labels"] = {
            "near": format_duration(near_ms),
            "total": total(column.judgements),
            "judged": column.judgements,
        }
    return shown


def lines(columns: Sequence[Column]) -> Iterator[str]:
    """Yield the result for people."""
    first, *others = columns
    past = first.past
    for one in summaries(past.revisions, past.lateness_ms):
        yield from _incident(one)
    rate = past.alarms_per_week
    shown = "" if rate is None else f", {rate:g} alarms a brand-week"
    found = summaries(past.revisions)
    yield f"incidents: {len(found)}, alarms: {len(past.alarms)}{shown}"
    yield from _kept_back(past)
    for judgement in first.judgements or []:
        yield from _judgement(judgement)
    if first.judgements is not None:
        yield _labels(first.judgements)
    if past.counts["read"]:
        yield "posts: " + ", ".join(_posts(past))
        yield "mentions: " + ", ".join(f"{past.counts[name]} {name}" for name in MENTIONS)
    if past.intervals:
        yield f"counts: {past.intervals} intervals"
    if others:
        yield from _table(columns)


def _posts(past: Past) -> Iterator[str]:
    for name in POSTS:
        why = ", ".join(f"{reason} {count}" for reason, count in sorted(past.refused.items()))
        yield f"{past.counts[name]} {name}" + (f" ({why})" if name == "rejected" and why else "")


def _incident(one: Summary) -> Iterator[str]:
    until = f"until {one.resolved_at}" if one.resolved_at else "still open at the end"
    figures = f"{one.posts} posts, {one.negatives} negative"
    again = f", {len(one.alarms)} alarms" if len(one.alarms) > 1 else ""
    known = f"{one.detected_at}  {one.severity:<8}  {one.brand}"
    yield f"{known}  {figures}, since {one.onset_at}, {until}{again}"
    yield f"{'':>22}{one.reason}"


def _kept_back(past: Past) -> Iterator[str]:
    if not past.kept_back:
        return
    count = {hold: sum(one.hold is hold for one in past.kept_back) for hold in Hold}
    yield f"kept back: {count[Hold.MUTED]} alarms by the mute, {count[Hold.BUDGET]} by the budget"
    for one in past.kept_back:
        yield f"  {kept_back_line(one)}"


def kept_back_line(one: KeptBack) -> str:
    """Return an alarm that did not go out, and why, in one line."""
    if one.signal is Signal.NEGATIVE_SHARE:
        seen, usual = f"{one.observed:.0%} negative", f"{one.expected:.0%}"
    else:
        seen, usual = f"{one.observed:g}", f"{one.expected:.1f}"
    what = f"{one.signal} {seen} in {one.window_min} min ({usual} expected)"
    return f"{one.at}  {one.brand}  {what}: {one.sentence}"


def _judgement(one: Judgement) -> Iterator[str]:
    for hit in one.labels:
        when = hit.begin if hit.begin == hit.end else f"{hit.begin} to {hit.end}"
        yield f"{one.name}: {when}: {_lead(hit.alarm, hit.lead_min)}"
    for at in one.false_alarms:
        yield f"{one.name}: {at}: false alarm"


def _lead(alarm: str | None, lead_min: float | None) -> str:
    if alarm is None or lead_min is None:
        return "missed"
    return f"hit at {alarm}, {abs(lead_min):g} min {'after' if lead_min < 0 else 'before'}"


def _labels(judgements: Sequence[Judgement]) -> str:
    figures = total(judgements)
    rate, lead = figures.false_alarms_per_week, figures.median_lead_min
    parts = [
        f"{figures.hits} of {figures.labels} hit, {figures.misses} missed",
        f"{figures.false_alarms} false alarms" + ("" if rate is None else f" ({rate:g} a brand-week)"),
    ]
    if lead is not None:
        parts.append(f"median lead {lead:g} min")
    return "labels: " + ", ".join(parts)


def _table(columns: Sequence[Column]) -> Iterator[str]:
    rows = list(comparison(columns))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    yield ""
    for name, *cells in rows:
        shown = (f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        yield f"{name:<{widths[0]}}  {'  '.join(shown)}"


def comparison(columns: Sequence[Column]) -> Iterator[list[str]]:
    """Yield the rows of a table that sets the choices side by side, the heading first."""
    yield ["", *(column.name for column in columns)]
    pasts = [column.past for column in columns]
    yield ["incidents", *(str(len(summaries(past.revisions))) for past in pasts)]
    for severity in ("critical", "warning", "info"):
        counts = (sum(one.severity == severity for one in summaries(past.revisions)) for past in pasts)
        yield [f"  {severity}", *map(str, counts)]
    yield ["alarms", *(str(len(past.alarms)) for past in pasts)]
    for hold, name in ((Hold.MUTED, "kept back by the mute"), (Hold.BUDGET, "kept back by the budget")):
        yield [name, *(str(sum(one.hold is hold for one in past.kept_back)) for past in pasts)]
    yield ["alarms a brand-week", *(_number(past.alarms_per_week) for past in pasts)]
    if all(column.judgements is not None for column in columns):
        figures = [total(column.judgements or []) for column in columns]
        yield ["labels hit", *(f"{one.hits} of {one.labels}" for one in figures)]
        yield ["false alarms", *(str(one.false_alarms) for one in figures)]
        yield ["false alarms a brand-week", *(_number(one.false_alarms_per_week) for one in figures)]
        yield ["median lead, min", *(_number(one.median_lead_min) for one in figures)]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
