"""What is remembered of a brand's incidents between two looks, and what a look leads to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from msgspec import Struct, structs

from detector.clock import Minute
from detector.evidence import Evidence
from detector.incident_record import Incident
from detector.kept_back import KeptBack
from detector.lasting import Known
from detector.severity import Severity
from detector.spike import Signal, Verdict


class Outcome(StrEnum):
    """What became of one look at a brand; everything but REVISED leaves the outside untold."""

    REVISED = "revised"
    NOTHING_TO_SAY = "nothing_to_say"
    MUTED = "muted"
    STILL_OPEN = "still_open"


class Watch(Struct, frozen=True, omit_defaults=True):
    """All that is remembered of a brand's incidents between two looks; part of the state format.

    `incident` is the latest revision while one is open. `alarm_minute`, `alarm_level`, `alarm_severity`
    and `alarm_signal` are those of the last alarm or escalation; alarms are muted while the minute is
    below `muted_until`. `quiet_since` is the first of the closed minutes, without interruption, that no
    longer held a spike. `last_update` is the newest minute that a revision of the open incident is about.
    `kept_back` is the last alarm that did not go out. `before` is what was known of counts when the open
    incident began, `learnt_since` the first of the closed minutes, without interruption, in which nothing
    was a spike any more by what is known now.
    """

    incident: Incident | None = None
    alarm_minute: Minute | None = None
    alarm_level: float = 0.0
    alarm_severity: Severity | None = None
    muted_until: Minute | None = None
    quiet_since: Minute | None = None
    last_update: Minute | None = None
    alarm_signal: Signal | None = None
    signals: tuple[Signal, ...] = ()
    kept_back: KeptBack | None = None
    before: Known = {}
    learnt_since: Minute | None = None

    def guards(self, minute: Minute, settings: IncidentSettings) -> bool:
        """Return whether baselines must not learn a minute in full, because an incident is open and is news.

        A level that has been no spike for long, by what is known now, is learnt, though the incident lasts.
        """
        if self.incident is None:
            return False
        return self.learnt_since is None or minute - self.learnt_since < settings.resolve_after_min


class Step(Struct, frozen=True):
    """The result of one look: the new watch, and the revision to send or the alarm kept back, if any."""

    watch: Watch
    outcome: Outcome
    revision: Incident | None = None
    kept_back: KeptBack | None = None

    def showing(self, complete: Callable[[Evidence], Evidence], silent: Sequence[str] = ()) -> Step:
        """Return the step with more in its revision: what is not worth its time on every look."""
        if self.revision is None:
            return self
        revision = structs.replace(
            self.revision, evidence=complete(self.revision.evidence), silent_platforms=tuple(silent)
        )
        still_open = self.watch.incident is not None
        watch = structs.replace(self.watch, incident=revision) if still_open else self.watch
        return Step(watch, self.outcome, revision)


class IncidentSettings(Struct, frozen=True, kw_only=True):
    """How incidents behave; every value in minutes unless named otherwise.

    Parameters
    ----------
    mute_min
        No new incident so long after an alarm, counted from the alarm. Too short: one crisis alarms
        several times; too long: a second crisis a day later is only an escalation.
    escalate_ratio
        An alarm repeats inside the mute when the signal reaches this multiple of its level at the last
        alarm. Too low: every step of a crisis alarms; too high: a crisis grows unnoticed.
    escalate_after_min
        Not sooner than this after the last alarm. Too short: one steep rise alarms twice.
    resolve_after_min
        Closed minutes without a spike that end an incident. Too short: an incident flaps; too long: it
        outlives its crisis.
    update_every_min
        Least minutes between two updates. Too short: noise; too long: an incident shows old figures.
    """

    mute_min: int = 24 * 60
    escalate_ratio: float = 2.0
    escalate_after_min: int = 60
    resolve_after_min: int = 60
    update_every_min: int = 30


# Evidence of the window that ends with a minute and is so many minutes long.
EvidenceOf = Callable[[Minute, int], Evidence]
# The minute in which the rise behind a spike is estimated to have begun.
OnsetOf = Callable[[Verdict], Minute]


def window_begin(verdict: Verdict) -> Minute:
    """Return the onset when no more is known than the judged window: the rise began with its first minute."""
    return verdict.minute - verdict.window_min + 1
