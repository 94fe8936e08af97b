"""Brings incidents to all receivers: each in its own time, by what it has against what there is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from agents.delivery_lane import DeliveryMetrics, Lane, LedgerStore, Pace
from agents.receivers.receiver import Receiver
from detector.alert import DEFAULT_MAX_AGE_MS, Action, AlertReason, Decision, ReceiverRule
from detector.clock import Millis
from detector.codec import to_json
from detector.guide import NO_GUIDE, Guide
from detector.incident_record import Incident
from detector.ledger import LedgerEntry, observe

__all__ = ["DeliveryMetrics", "Dispatcher", "LedgerStore", "Pace"]

log = structlog.get_logger(__name__)


class Dispatcher:
    """Keeps every receiver at the newest revision of every incident that it wants.

    `offer` for each record of the topic, `reconcile` at once after a start or a change of partitions, and
    every minute. A dead or hanging receiver delays neither its neighbours nor the caller. Delivery is
    at least once: a revision whose delivery was not yet durable when the worker died comes again.

    Parameters
    ----------
    receivers
        With unique names.
    rules
        One for each receiver, by its name.
    store
        The ledger; the only memory besides the ids that wait.
    metrics
        Counts ``alerts{receiver, outcome}`` and ``alerts_skipped{receiver, reason}``, observes
        ``delivery_latency`` (seconds from the revision's arrival in Kafka), shows what waits and which
        receivers fail.
    clock
        Returns system time.
    pace
        How the queues behave.
    guide
        Names of brands, and where people can look.

    Raises
    ------
    ValueError
        When names are not unique or a receiver has no rule.
    """

    def __init__(
        self,
        receivers: Sequence[Receiver],
        rules: Mapping[str, ReceiverRule],
        store: LedgerStore,
        metrics: DeliveryMetrics,
        clock: Callable[[], Millis],
        pace: Pace | None = None,
        guide: Guide = NO_GUIDE,
    ) -> None:
        names = [receiver.name for receiver in receivers]
        if len(set(names)) < len(names) or set(names) != set(rules):
            raise ValueError(
                f"receivers and rules do not match: got receivers {sorted(names)} and rules {sorted(rules)}; "
                "expected one rule for each receiver, names unique; correct the names"
            )
        self._store = store
        self._metrics = metrics
        self._lanes = [
            Lane(receiver, rules[receiver.name], store, metrics, clock, pace or Pace(), guide)
            for receiver in receivers
        ]
        self._clock = clock
        # As long as the longest max_age: then a topic that is read again from its start tells nothing twice.
        self._keep_ms = max([DEFAULT_MAX_AGE_MS, *(rule.max_age_ms or 0 for rule in rules.values())])

    @property
    def waiting(self) -> dict[str, int]:
        """Number of incidents that wait, by receiver."""
        return {lane.rule.receiver: lane.waiting for lane in self._lanes}

    def start(self) -> None:
        """Begin to deliver; needs a running event loop."""
        for lane in self._lanes:
            lane.start()

    async def offer(
        self, incident: Incident, payload: bytes | None = None, arrived_at: Millis | None = None
    ) -> list[Decision]:
        """Take in a revision; returns when the ledger has it durably, whatever the receivers do.

        Delivery begins before that: a revision that is delivered but not in the ledger comes again.

        Parameters
        ----------
        incident
            The revision; one that is not the newest changes nothing.
        payload
            Its bytes on the topic; encoded anew when missing.
        arrived_at
            Kafka's timestamp of the record; now when missing.

        Returns
        -------
        list of Decision
            What is decided on the newest revision, for each receiver.
        """
        now = self._clock()
        known = self._store.get(incident.id)
        entry = observe(
            known,
            incident,
            to_json(incident) if payload is None else payload,
            now if arrived_at is None else arrived_at,
        )
        durable = None if entry is known else self._store.put(entry)
        decisions = self._tell(entry, now, count_skipped=entry is not known)
        if durable is not None:
            await durable
        return decisions

    async def reconcile(self, now: Millis) -> int:
        """Queue whatever is known and not delivered, and forget what has been over for long.

        Returns
        -------
        int
            How many deliveries wait now, over all receivers.
        """
        kept: dict[str, None] = {}
        for entry in self._store.entries():
            if entry.forgettable(now, self._keep_ms):
                self._warn_untold(entry, now)
                await self._store.remove(entry)
                continue
            kept[entry.id] = None
            self._tell(entry, now, count_skipped=False)
        for lane in self._lanes:
            lane.keep_only(kept)
        return sum(self.waiting.values())

    async def close(self, within_s: float = 3.0) -> None:
        """Deliver what waits, but no longer than so many seconds; the rest follows after the next start."""
        await asyncio.gather(*(lane.close(within_s) for lane in self._lanes))
        if left := {name: count for name, count in self.waiting.items() if count}:
            log.info("alerts wait for the next start", waiting=left)

    def _warn_untold(self, entry: LedgerEntry, now: Millis) -> None:
        incident = entry.incident
        for lane in self._lanes:
            name = lane.rule.receiver
            decision = lane.decide(entry, incident, now)
            if decision.action is Action.DELIVER and decision.revision > decision.delivered_revision:
                log.warning("given up: never told that it is over", receiver=name, incident=entry.id)

    def _tell(self, entry: LedgerEntry, now: Millis, count_skipped: bool) -> list[Decision]:
        incident, decisions = entry.incident, []
        for lane in self._lanes:
            name = lane.rule.receiver
            decision = lane.decide(entry, incident, now)
            decisions.append(decision)
            if decision.action is Action.SKIP and count_skipped:
                self._metrics.alerts.labels(receiver=name, outcome="skipped").inc()
                self._metrics.alerts_skipped.labels(receiver=name, reason=str(decision.reason)).inc()
                if decision.reason is AlertReason.OLD_DATA and entry.revision == 1:
                    log.info("not told", receiver=name, incident=entry.id, reason=decision.reason.sentence)
            elif lane.wants(entry, decision.action) and not lane.add(entry.id):
                log.warning("queue full, left to the next look", receiver=name, incident=entry.id)
        return decisions
