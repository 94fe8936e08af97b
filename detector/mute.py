"""Whether one more alarm may go out: what an alarm mutes, and what breaks through."""

from __future__ import annotations

from msgspec import structs

from detector.clock import Minute
from detector.incident_record import Incident
from detector.kept_back import Hold, kept_back
from detector.severity import Severity, is_first_seen, worst_possible
from detector.spike import Signal, Verdict
from detector.watch import IncidentSettings, Outcome, Step, Watch


def is_muted(watch: Watch, verdict: Verdict, severity: Severity, settings: IncidentSettings) -> bool:
    """Return whether a spike of some severity opens nothing, because an alarm went out before it."""
    if watch.muted_until is None or verdict.minute >= watch.muted_until:
        return False
    if watch.alarm_severity is None or severity.rank > watch.alarm_severity.rank:
        return False
    # The alarm was about volume, this is about what is said. (Info is attention that is not negative.)
    volume_only = watch.alarm_signal is Signal.TOTAL_COUNT and verdict.signal is not Signal.TOTAL_COUNT
    if volume_only and severity is not Severity.INFO:
        return False
    return not has_grown(watch, verdict, settings)


def has_grown(watch: Watch, verdict: Verdict, settings: IncidentSettings) -> bool:
    """Return whether a signal reaches a multiple of its own level at the last alarm, long enough after it.

    Levels of different signals are no multiples of each other.
    """
    return (
        watch.alarm_minute is not None
        and verdict.signal is watch.alarm_signal
        and verdict.minute >= watch.alarm_minute + settings.escalate_after_min
        and verdict.observed >= settings.escalate_ratio * watch.alarm_level
    )


def is_higher(
    watch: Watch, incident: Incident, minute: Minute, severity: Severity, settings: IncidentSettings
) -> bool:
    """Return whether a severity is so much higher than the open incident's that it is told at once."""
    if severity.rank <= incident.severity.rank:
        return False
    if watch.alarm_severity is None or severity.rank > watch.alarm_severity.rank:
        return True
    # Back to a level that was already told: not so soon that an incident flaps.
    return watch.alarm_minute is None or minute >= watch.alarm_minute + settings.escalate_after_min


def hold_back(brand: str, watch: Watch, verdict: Verdict, hold: Hold, settings: IncidentSettings) -> Step:
    """Return the step at which an alarm does not go out; it is noted once for what would be one alarm.

    What the mute holds back is a spike, and noted although the budget held one back before it; not the other
    way round.
    """
    outcome = Outcome.MUTED if hold is Hold.MUTED else Outcome.NOTHING_TO_SAY
    last = watch.kept_back
    if last is not None and verdict.minute < last.until and hold in (last.hold, Hold.BUDGET):
        return Step(watch, outcome)
    noted = kept_back(brand, verdict, hold, settings.mute_min)
    return Step(structs.replace(watch, kept_back=noted), outcome, kept_back=noted)


def on_near(brand: str, watch: Watch, verdict: Verdict, settings: IncidentSettings) -> Step:
    """Return what follows from a window that only a larger budget would call a spike."""
    if watch.incident is not None or is_muted(
        watch, verdict, worst_possible(is_first_seen(verdict)), settings
    ):
        return Step(watch, Outcome.NOTHING_TO_SAY)
    return hold_back(brand, watch, verdict, Hold.BUDGET, settings)
