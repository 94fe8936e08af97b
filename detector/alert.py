"""Which revision of an incident is told to whom: a decision with its reason, and what is handed over."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from detector.clock import Millis, from_rfc3339
from detector.incident_record import Incident
from detector.last_told import NOTHING_TOLD, LastTold
from detector.message import Message, message
from detector.quiet_hours import QuietHours
from detector.severity import Severity
from detector.spike import Signal
from detector.wording import Language

DEFAULT_MAX_AGE_MS = 24 * 3_600_000
# A receiver that forgets is told an end again for so long, should it have been away.
ENDED_MS = 5 * 60_000


class ReceiverRule(Struct, frozen=True, kw_only=True):
    """What one receiver wants to be told.

    Parameters
    ----------
    receiver
        The receiver's name, as in metrics and in the ledger.
    brands
        Keys of brands; empty means all.
    min_severity
        Incidents below it are not told; one that was told is followed to its end, whatever its severity.
    max_age_ms
        Incidents whose newest revision is older are recorded, not told; 0 or None means no limit.
        Too short: what happened during an outage of siaga is never told; too long: a replay of old
        posts calls people.
    language, zone
        Language of texts for people, and the time zone of times in them, by its name in the IANA database.
    signals
        Signals that opened the incident; empty means all.
    figures
        Whether revisions are told that bring new figures and nothing else. An opening, another severity and
        the end are always told.
    quiet
        Hours in which only what is critical is told; what was told as critical is followed to its end. The
        rest is told when they are over, if it is still open then.
    repeat_ms
        An open incident is told again after so long without news; 0 means never. Too short: people stop
        reading; too long: a crisis that was put aside stays there.
    group_ms
        For receivers that take several incidents in one message: what is not critical waits until so long
        after the last message, and goes together. Too short: a burst of incidents is a burst of messages;
        too long: the second incident comes late.
    renew_ms
        For a receiver that forgets what is not told again: the least time between two renewals; 0 for others.
    """

    receiver: str
    brands: frozenset[str] = frozenset()
    min_severity: Severity = Severity.WARNING
    max_age_ms: int | None = DEFAULT_MAX_AGE_MS
    language: Language = "en"
    zone: str = "UTC"
    signals: frozenset[Signal] = frozenset()
    figures: bool = True
    quiet: tuple[QuietHours, ...] = ()
    repeat_ms: int = 0
    group_ms: int = 0
    renew_ms: int = 0


class Action(StrEnum):
    """What is done with a revision for one receiver."""

    DELIVER = "deliver"
    SKIP = "skip"


class AlertReason(StrEnum):
    """Why a revision is, or is not, told to a receiver."""

    NOT_YET_TOLD = "not_yet_told"
    NEWER_REVISION = "newer_revision"
    STILL_OPEN = "still_open"
    RENEWED = "renewed"
    OTHER_BRAND = "other_brand"
    OTHER_SIGNAL = "other_signal"
    ALREADY_DELIVERED = "already_delivered"
    OPENING_NOT_TOLD = "opening_not_told"
    BELOW_SEVERITY = "below_severity"
    OLD_DATA = "old_data"
    ONLY_FIGURES = "only_figures"
    QUIET_HOURS = "quiet_hours"

    @property
    def sentence(self) -> str:
        """The reason as a human sentence."""
        return SENTENCES[self]


SENTENCES = {
    AlertReason.NOT_YET_TOLD: "the receiver has not been told of this incident yet",
    AlertReason.NEWER_REVISION: "there is a newer revision than the one the receiver has",
    AlertReason.STILL_OPEN: "it is still open, and the receiver was told long ago",
    AlertReason.RENEWED: "the receiver forgets what it is not told again",
    AlertReason.OTHER_SIGNAL: "the receiver did not ask for this signal",
    AlertReason.ONLY_FIGURES: "it brings new figures only, and the receiver did not ask for those",
    AlertReason.QUIET_HOURS: "it is not critical, and the receiver has quiet hours now",
    AlertReason.OTHER_BRAND: "the receiver did not ask for this brand",
    AlertReason.ALREADY_DELIVERED: "the receiver already has this revision",
    AlertReason.OPENING_NOT_TOLD: "it is over, and nobody began to tell the receiver that it began",
    AlertReason.BELOW_SEVERITY: "it is less severe than the receiver asked for",
    AlertReason.OLD_DATA: "it was found in old data, so it is recorded and nobody is called",
}


TOLD = frozenset(
    {AlertReason.NOT_YET_TOLD, AlertReason.NEWER_REVISION, AlertReason.STILL_OPEN, AlertReason.RENEWED}
)
"""The reasons for which something is told; the others are those for which it is not."""


class Decision(Struct, frozen=True):
    """Whether a receiver is told of a revision, why, and the numbers that this rests on.

    `age_ms` is now less the event time of the revision; it may be negative when clocks differ.
    `again_at` is the system time from which on the answer may be another one by itself, None when
    only another revision changes it.
    """

    action: Action
    reason: AlertReason
    receiver: str
    incident: str
    revision: int
    delivered_revision: int
    age_ms: int
    again_at: Millis | None = None


def decide(
    incident: Incident,
    receiver: ReceiverRule,
    delivered_revision: int,
    now: Millis,
    last: LastTold = NOTHING_TOLD,
    renewed_at: Millis = 0,
) -> Decision:
    """Decide whether a receiver is told of the newest revision of an incident.

    It is a decision on levels: what the receiver has against what there is, never on how the revision
    came. So it may be asked again at any time, and revisions that were never seen do not matter.

    Parameters
    ----------
    incident
        The newest revision.
    receiver
        What the receiver wants.
    delivered_revision
        The last revision it has got; 0 when it was told nothing.
    now
        System time.
    last
        When and how it was told last, as far as that is known.
    renewed_at
        When a receiver that forgets was told last by this process; 0 when it was not.
    """
    age = now - from_rfc3339(incident.updated_at)
    reason = _reason(incident, receiver, delivered_revision, age, last)
    again: Millis | None = None
    if reason in (AlertReason.ALREADY_DELIVERED, AlertReason.ONLY_FIGURES):
        because, again = _later(incident, receiver, now, last, renewed_at)
        reason = because or reason
    passes = Severity.CRITICAL in (incident.severity, last.severity, *last.shown)
    if reason in TOLD and not passes and (until := _quiet_until(receiver, now)):
        reason, again = AlertReason.QUIET_HOURS, until
    return Decision(
        action=Action.DELIVER if reason in TOLD else Action.SKIP,
        reason=reason,
        receiver=receiver.receiver,
        incident=incident.id,
        revision=incident.revision,
        delivered_revision=delivered_revision,
        age_ms=age,
        again_at=again,
    )


def _reason(
    incident: Incident, rule: ReceiverRule, delivered: int, age_ms: int, last: LastTold
) -> AlertReason:
    if rule.brands and incident.brand not in rule.brands:
        return AlertReason.OTHER_BRAND
    if rule.signals and incident.signal not in rule.signals:
        return AlertReason.OTHER_SIGNAL
    if incident.revision <= delivered:
        return AlertReason.ALREADY_DELIVERED
    ended = incident.state == "resolved"
    # What is shown and not delivered may have been: the answer was lost, or a kill came before its note.
    if delivered:
        same = last.severity is incident.severity and not ended
        return AlertReason.ONLY_FIGURES if same and not rule.figures else AlertReason.NEWER_REVISION
    if ended:
        return AlertReason.NEWER_REVISION if last.shown else AlertReason.OPENING_NOT_TOLD
    if last.shown:
        return AlertReason.NOT_YET_TOLD
    if incident.severity.rank < rule.min_severity.rank:
        return AlertReason.BELOW_SEVERITY
    # By the newest revision, not the onset: what began two days ago and turns critical now is no old data.
    if rule.max_age_ms and age_ms > rule.max_age_ms:
        return AlertReason.OLD_DATA
    return AlertReason.NOT_YET_TOLD


def _later(
    incident: Incident, rule: ReceiverRule, now: Millis, last: LastTold, renewed_at: Millis
) -> tuple[AlertReason | None, Millis | None]:
    """Say why something that was delivered is told again now, else from when on it will be."""
    is_open = incident.state == "open"
    if rule.renew_ms and (is_open or now - last.at < ENDED_MS):
        reason, due = AlertReason.RENEWED, renewed_at + rule.renew_ms
    elif rule.repeat_ms and is_open and last.at:
        reason, due = AlertReason.STILL_OPEN, last.at + rule.repeat_ms
    else:
        return None, None
    return (reason, None) if now >= due else (None, due)


def _quiet_until(rule: ReceiverRule, now: Millis) -> Millis | None:
    return max((end for hours in rule.quiet if (end := hours.quiet_until(now))), default=None)


class Alert(Struct, frozen=True):
    """What a receiver is handed: a revision, the same as the bytes on the topic, and how to speak of it.

    `name` is the brand's name as people know it, `link` where they can look; both may be missing. `at` is
    system time, `arrived_at` when the revision arrived, and `shown` are the severities under which
    the receiver may hold the incident. `zone` is that of times in words.
    """

    incident: Incident
    payload: bytes
    language: Language
    name: str = ""
    link: str = ""
    at: Millis = 0
    arrived_at: Millis = 0
    shown: tuple[Severity, ...] = ()
    reason: AlertReason = AlertReason.NOT_YET_TOLD
    zone: str = "UTC"

    @property
    def brand_name(self) -> str:
        """The brand as people know it, its key where nobody named it."""
        return self.name or self.incident.brand

    @property
    def message(self) -> Message:
        """The revision in words, in the receiver's language and by its clock."""
        return message(
            self.incident,
            self.language,
            name=self.name,
            link=self.link,
            reminder=self.reason is AlertReason.STILL_OPEN,
            zone=self.zone,
        )
