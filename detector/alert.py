"""Which revision of an incident is told to whom: a decision with its reason, and what is handed over."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from detector.clock import Millis, from_rfc3339
from detector.incident_record import Incident
from detector.message import Message, message
from detector.severity import Severity
from detector.wording import Language

DEFAULT_MAX_AGE_MS = 24 * 3_600_000


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
    language
        Language of texts for people.
    """

    receiver: str
    brands: frozenset[str] = frozenset()
    min_severity: Severity = Severity.WARNING
    max_age_ms: int | None = DEFAULT_MAX_AGE_MS
    language: Language = "en"


class Action(StrEnum):
    """What is done with a revision for one receiver."""

    DELIVER = "deliver"
    SKIP = "skip"


class AlertReason(StrEnum):
    """Why a revision is, or is not, told to a receiver."""

    NOT_YET_TOLD = "not_yet_told"
    NEWER_REVISION = "newer_revision"
    OTHER_BRAND = "other_brand"
    ALREADY_DELIVERED = "already_delivered"
    OPENING_NOT_TOLD = "opening_not_told"
    BELOW_SEVERITY = "below_severity"
    OLD_DATA = "old_data"

    @property
    def sentence(self) -> str:
        """The reason as a human sentence."""
        return SENTENCES[self]


SENTENCES = {
    AlertReason.NOT_YET_TOLD: "the receiver has not been told of this incident yet",
    AlertReason.NEWER_REVISION: "there is a newer revision than the one the receiver has",
    AlertReason.OTHER_BRAND: "the receiver did not ask for this brand",
    AlertReason.ALREADY_DELIVERED: "the receiver already has this revision",
    AlertReason.OPENING_NOT_TOLD: "it is over, and the receiver was never told that it began",
    AlertReason.BELOW_SEVERITY: "it is less severe than the receiver asked for",
    AlertReason.OLD_DATA: "it was found in old data, so it is recorded and nobody is called",
}


class Decision(Struct, frozen=True):
    """Whether a receiver is told of a revision, why, and the numbers that this rests on.

    `age_ms` is now less the event time of the revision; it may be negative when clocks differ.
    """

    action: Action
    reason: AlertReason
    receiver: str
    incident: str
    revision: int
    delivered_revision: int
    age_ms: int


def decide(incident: Incident, receiver: ReceiverRule, delivered_revision: int, now: Millis) -> Decision:
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
    """
    age = now - from_rfc3339(incident.updated_at)
    reason = _reason(incident, receiver, delivered_revision, age)
    tell = reason in (AlertReason.NOT_YET_TOLD, AlertReason.NEWER_REVISION)
    return Decision(
        action=Action.DELIVER if tell else Action.SKIP,
        reason=reason,
        receiver=receiver.receiver,
        incident=incident.id,
        revision=incident.revision,
        delivered_revision=delivered_revision,
        age_ms=age,
    )


def _reason(incident: Incident, rule: ReceiverRule, delivered: int, age_ms: int) -> AlertReason:
    if rule.brands and incident.brand not in rule.brands:
        return AlertReason.OTHER_BRAND
    if incident.revision <= delivered:
        return AlertReason.ALREADY_DELIVERED
    if delivered:
        return AlertReason.NEWER_REVISION
    if incident.state == "resolved":
        return AlertReason.OPENING_NOT_TOLD
    if incident.severity.rank < rule.min_severity.rank:
        return AlertReason.BELOW_SEVERITY
    # By the newest revision, not the onset: what began two days ago and turns critical now is no old data.
    if rule.max_age_ms and age_ms > rule.max_age_ms:
        return AlertReason.OLD_DATA
    return AlertReason.NOT_YET_TOLD


class Alert(Struct, frozen=True):
    """What a receiver is handed: a revision, the same as the bytes on the topic, and its language."""

    incident: Incident
    payload: bytes
    language: Language

    @property
    def message(self) -> Message:
        """The revision in words, in the receiver's language."""
        return message(self.incident, self.language)
