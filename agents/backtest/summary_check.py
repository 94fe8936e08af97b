"""Whether what a backtest says of its incidents in short follows from their revisions."""

from __future__ import annotations

from collections.abc import Sequence

from agents.backtest.past import Summary, by_incident, is_alarm, summaries
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
    wanted = {of_one[0].id: of_one for of_one in by_incident(revisions)}
    by_id = {one.id: one for one in said}
    if len(by_id) < len(said):
        raise ValueError("two summaries of one incident")
    for id in by_id:
        if id not in wanted:
            raise ValueError(f"a summary of {id[:80]} without any revision of it")
    return {id: _check(by_id.get(id), of_one, lateness_ms) for id, of_one in wanted.items()}


def _check(said: Summary | None, of_one: Sequence[Incident], lateness_ms: Millis | None) -> Check:
    if said is None:
        return Check("summary", False, "got none; expected this incident among `incidents`")
    if not any(map(is_alarm, of_one)):
        return Check("summary", False, "got no alarm among its revisions; expected its opening")
    try:
        (wanted,) = summaries(of_one, lateness_ms or 0)
    except ValueError as error:  # a revision has no time, which its own checks say
        return Check("summary", False, f"does not follow from the revisions: {error}")
    left_out = _TOLD if lateness_ms is None else ()
    for field in Summary.__struct_fields__:
        got, expected = getattr(said, field), getattr(wanted, field)
        if got != expected and field not in left_out:
            return Check("summary", False, f"{field}: got {str(got)[:60]}; expected {str(expected)[:60]}")
    return Check("summary", True, "follows from the revisions")
