"""Whether a crisis lasts: its counts judged by what was known before it began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import convert

from detector import rank_tail_rule
from detector.clock import DAY_MIN
from detector.spike import Reason, Signal, Verdict

# By signal, the numbers of a verdict that rests on what was known before an incident.
Known: TypeAlias = dict[Signal, dict[str, float]]

# What belongs to the judged window, not to what was learnt: the time of day has its own expectation,
# and a silent source teaches nothing.
_OF_THE_WINDOW = ("usual", "known")
_CANNOT_CHANGE = (Reason.SPIKE, Reason.TOO_FEW, Reason.WARMING_UP, Reason.NOT_CLOSED)


def note_known(known: Known, verdicts: Iterable[Verdict]) -> Known:
    """Return what is known of counts before an incident; a signal that is noted already stays as it is.

    Of a brand that was watched for less than a day too little is: its nights would make a crisis of its days.
    """
    fresh = {v.signal: v.numbers for v in verdicts if v.signal not in known and _is_known_well(v)}
    return {**known, **fresh} if fresh else known


def as_before(verdict: Verdict, known: Mapping[Signal, Mapping[str, float]]) -> Verdict:
    """Return a verdict as it would be had nothing been learnt since an incident began.

    It rests on the numbers of then, but for what is expected at this time of day, and proves itself from
    them. A spike is returned as it is, as is a verdict that no past could change.

    Parameters
    ----------
    verdict
        The verdict on a window of the open incident.
    known
        What `note_known` returned when the incident began.
    """
    before = known.get(verdict.signal)
    if before is None or verdict.reason in _CANNOT_CHANGE or not _is_by_rank_and_tail(verdict):
        return verdict
    figures = {**before, **{name: verdict.numbers[name] for name in _OF_THE_WINDOW}}
    heard = figures.pop("known") != 0.0
    facts = convert(figures, rank_tail_rule.Facts)
    return rank_tail_rule.verdict_of(
        verdict.signal,
        verdict.detector,
        verdict.minute,
        verdict.window_min,
        int(verdict.observed),
        heard,
        rank_tail_rule.bounds_of(facts, verdict.window_min),
    )


def _is_known_well(verdict: Verdict) -> bool:
    return _is_by_rank_and_tail(verdict) and verdict.numbers["exposure_min"] >= DAY_MIN


def _is_by_rank_and_tail(verdict: Verdict) -> bool:
    return verdict.detector.startswith("rank_tail/") and bool(verdict.numbers)
