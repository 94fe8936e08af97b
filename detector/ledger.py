"""Who has been told what: one entry per incident, from which all alerts can be worked out again."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from detector.clock import Millis
from detector.codec import CodecError, from_json, from_msgpack, to_msgpack
from detector.incident_record import Incident
from detector.last_told import NOTHING_TOLD, LastTold
from detector.severity import Severity

LEDGER_FORMAT = 1


class LedgerEntry(Struct, frozen=True):
    """The newest revision of one incident, and the last revision that each receiver has got.

    `payload` is the revision as it stands on the topic, so that it can be sent without reading the
    topic again. `arrived_at` is system time: when that revision arrived in Kafka, however old its
    posts. `delivered` maps the receiver's name to a revision, `last` to when and how it was told.
    """

    format: int
    id: str
    brand: str
    revision: int
    state: Literal["open", "resolved"]
    arrived_at: Millis
    payload: bytes
    delivered: dict[str, int]
    last: dict[str, LastTold] = {}

    @property
    def incident(self) -> Incident:
        """The newest revision, decoded."""
        return from_json(self.payload, Incident)

    def delivered_to(self, receiver: str) -> int:
        """Return the last revision that a receiver has got, 0 when it was told nothing."""
        return self.delivered.get(receiver, 0)

    def last_told(self, receiver: str) -> LastTold:
        """Return when and how a receiver was told last."""
        return self.last.get(receiver, NOTHING_TOLD)

    def forgettable(self, now: Millis, keep_ms: int) -> bool:
        """Return whether the resolution arrived more than `keep_ms` ago."""
        return self.state == "resolved" and now - self.arrived_at > keep_ms


def observe(entry: LedgerEntry | None, incident: Incident, payload: bytes, arrived_at: Millis) -> LedgerEntry:
    """Return the entry after a revision was seen; the same object when the revision says nothing new.

    Parameters
    ----------
    entry
        What is known of the incident, None when nothing is.
    incident, payload
        The revision, decoded and as it stands on the topic.
    arrived_at
        Kafka's timestamp of the record.
    """
    if entry is not None and incident.revision <= entry.revision:
        return entry
    return LedgerEntry(
        format=LEDGER_FORMAT,
        id=incident.id,
        brand=incident.brand,
        revision=incident.revision,
        state=incident.state,
        arrived_at=arrived_at,
        payload=payload,
        delivered=entry.delivered if entry else {},
        last=entry.last if entry else {},
    )


def record(
    entry: LedgerEntry, receiver: str, revision: int, at: Millis = 0, severity: Severity | None = None
) -> LedgerEntry:
    """Return the entry after a receiver got a revision; what it has never falls.

    Parameters
    ----------
    entry
        What is known of the incident.
    receiver, revision
        Who got what.
    at
        System time of the delivery.
    severity
        The severity that was told; None for an end, which is told under those that were told before.
    """
    if revision < entry.delivered_to(receiver) or (revision, at) == (entry.delivered_to(receiver), 0):
        return entry
    before = entry.last_told(receiver)
    shown = before.shown
    if before.shown and severity is not None:
        shown = (severity,)
    told = LastTold(at=at, severity=severity or before.severity, shown=shown)
    return msgspec.structs.replace(
        entry, delivered={**entry.delivered, receiver: revision}, last={**entry.last, receiver: told}
    )


def expose(entry: LedgerEntry, receiver: str, severity: Severity) -> LedgerEntry:
    """Return the entry before a receiver is told under a severity that it may not hold yet.

    Written ahead: after a crash in between, whatever the receiver may hold can be ended.
    """
    last = entry.last_told(receiver)
    if severity in last.shown:
        return entry
    changed = msgspec.structs.replace(last, shown=(*last.shown, severity))
    return msgspec.structs.replace(entry, last={**entry.last, receiver: changed})


def encode(entry: LedgerEntry) -> bytes:
    """Return an entry as bytes for its table."""
    return to_msgpack(entry)


def decode(data: bytes) -> LedgerEntry:
    """Return the entry that `encode` made into bytes.

    Raises
    ------
    CodecError
        When the bytes are no entry, or one of another format.
    """
    version = from_msgpack(data, _Versioned).format
    if version != LEDGER_FORMAT:
        raise CodecError(
            f"ledger entry of another siaga: got format {version}; expected {LEDGER_FORMAT}; "
            "run the version that wrote it, or empty the table",
            data,
        )
    return from_msgpack(data, LedgerEntry)


class _Versioned(Struct):
    format: int
