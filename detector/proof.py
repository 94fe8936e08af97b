"""Whether a verdict follows from the numbers it carries: the decision is made again, from them alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from msgspec import Struct, ValidationError, convert

from detector import last_hour, rank_tail_rule, share_rise, zscore
from detector.clock import Minute
from detector.spike import Signal, Verdict

T = TypeVar("T")
_Rule: TypeAlias = Callable[[Verdict], tuple[Verdict, list[str]]]

# What must come out again. The rest of a verdict names what was judged.
_RESULTS = ("reason", "observed", "expected", "lower", "upper", "ratio", "p_value", "sample", "history")
# Relative: the same arithmetic on another machine may differ in the last bits.
_TOLERANCE = 1e-9


class Proof(Struct, frozen=True):
    """A verdict made again from its numbers, None when they do not say enough, and what disagrees."""

    verdict: Verdict | None
    disagreements: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the verdict follows from its numbers."""
        return self.verdict is not None and not self.disagreements


def prove(verdict: Verdict) -> Proof:
    """Return a verdict as it follows from its numbers, and every field that says otherwise.

    Examples
    --------
    >>> from detector.spike import Reason, Signal
    >>> judged = Verdict(Signal.TOTAL_COUNT, Reason.SPIKE, 0, 15, 9.0, 1.0, 0.0, 6.0, 9.0, 0.0, 1, 1)
    >>> prove(judged).disagreements
    ('the verdict names no detector; a version before such verdicts wrote it',)
    """
    name = verdict.detector.partition("/")[0]
    if not name:
        return Proof(None, ("the verdict names no detector; a version before such verdicts wrote it",))
    rule = _RULES.get(name)
    if rule is None:
        known = ", ".join(sorted(_RULES))
        return Proof(None, (f"unknown detector: got {verdict.detector}; expected one of {known}",))
    if not verdict.numbers:
        return Proof(None, (f"the verdict rests on no numbers: {verdict.sentence}",))
    try:
        again, doubts = rule(verdict)
    except (ValidationError, ValueError, ArithmeticError, KeyError) as error:
        return Proof(None, (f"the numbers cannot be used: {error}",))
    return Proof(again, (*doubts, *_differences(verdict, again)))


def _differences(said: Verdict, follows: Verdict) -> list[str]:
    found = []
    for field in _RESULTS:
        one, other = getattr(said, field), getattr(follows, field)
        same = math.isclose(one, other, rel_tol=_TOLERANCE) if isinstance(one, float) else one == other
        if not same:
            found.append(f"{field}: got {one}; expected {other} from the numbers")
    return found


def _numbers(verdict: Verdict, kind: type[T]) -> tuple[bool, T]:
    figures = dict(verdict.numbers)
    return figures.pop("known", 1.0) != 0.0, convert(figures, kind)


def _count(verdict: Verdict) -> int:
    if verdict.observed != int(verdict.observed):
        raise ValueError(
            f"not a count: got {verdict.observed}; expected a whole number; the record is damaged"
        )
    return int(verdict.observed)


def _rank_tail(verdict: Verdict) -> tuple[Verdict, list[str]]:
    known, facts = _numbers(verdict, rank_tail_rule.Facts)
    bounds = rank_tail_rule.bounds_of(facts, verdict.window_min)
    again = rank_tail_rule.verdict_of(
        verdict.signal,
        verdict.detector,
        verdict.minute,
        verdict.window_min,
        _count(verdict),
        known,
        bounds,
    )
    return again, rank_tail_rule.doubts(facts)


def _counted(kind: type[T], verdict_of: Callable[[Signal, str, Minute, int, int, bool, T], Verdict]) -> _Rule:
    """Return the rule of a detector that decides on a count by its facts alone."""

    def rule(verdict: Verdict) -> tuple[Verdict, list[str]]:
        known, facts = _numbers(verdict, kind)
        said = verdict.signal, verdict.detector, verdict.minute, verdict.window_min
        return verdict_of(*said, _count(verdict), known, facts), []

    return rule


def _share_rise(verdict: Verdict) -> tuple[Verdict, list[str]]:
    known, facts = _numbers(verdict, share_rise.Facts)
    again = share_rise.verdict_of(verdict.detector, verdict.minute, verdict.window_min, known, facts)
    return again, []


_RULES: dict[str, _Rule] = {
    "rank_tail": _rank_tail,
    "zscore": _counted(zscore.Facts, zscore.verdict_of),
    "share_rise": _share_rise,
    "last_hour": _counted(last_hour.Facts, last_hour.verdict_of),
}
