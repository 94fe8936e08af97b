"""Whether what a backtest says of its incidents in short follows from their revisions."""

from __future__ import annotations

from collections.abc import Sequence

from agents.backtest.past import Summary, summaries
from detector.clock import Millis
from detector.incident import Incident
from detector.verification import Check

# They also rest on the allowed lateness.
_TOLD = ("detected_at", "alarms")


def summary_checks(
    revisions: Sequence[Incident], said: Sequence[Summary], lateness_ms: Millis | None
) -> dict[str, Check]:
    """Return one check for each incident, by its id.

    Parameters
    ----------
    revisions
        All of the backtest, in order.
    said
        The summaries that are checked.
    lateness_ms
        The allowed lateness of the backtest in milliseconds; None where it is not known, then the instants at
        which people would have been called are not checked.

    Raises
    ------
    ValueError
        When a summary is of no revision at all, or two are of one incident.
    """
    wanted = {one.id: one for one in summaries(revisions, lateness_ms or 0)}
    by_id = {one.id: one for one in said}
    if len(by_id) < len(said):
        raise ValueError("two summaries of one incident")
    for id in by_id:
        if id not in wanted:
            raise ValueError(f"a summary of {id[:80]} without any revision of it")
    left_out = _TOLD if lateness_ms is None else ()
    return {id: _check(by_id.get(id), one, left_out) for id, one in wanted.items()}


def _check(said: Summary | None, wanted: Summary, left_out: Sequence[str]) -> Check:
    if said is None:
        return Check("summary", False, "got none; expected this incident among `incidents`")
    for field in Summary.__struct_fields__:
        got, expected = getattr(said, field), getattr(wanted, field)
        if got != expected and field not in left_out:
            return Check("summary", False, f"{field}: got {str(got)[:60]}; expected {str(expected)[:60]}")
    return Check("summary", True, "follows from the revisions")
