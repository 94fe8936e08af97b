"""One receiver's own queue and task: whatever it does, only its own alerts wait."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import structlog
from msgspec import Struct

from agents.receivers.receiver import Delivery, Outcome, Receiver, TakesMany
from agents.wall_clock import monotonic
from detector.alert import Action, Alert, AlertReason, Decision, ReceiverRule, decide
from detector.burst import MAX_TOGETHER, wait_ms
from detector.clock import Millis
from detector.guide import NO_GUIDE, Guide
from detector.incident_record import Incident
from detector.ledger import LedgerEntry, expose, record

log = structlog.get_logger(__name__)

_GRACE_S = 0.5  # for a receiver to take notice of a cancellation, and to let go of its connections


class LedgerStore(Protocol):
    """Where the ledger is kept; bound to a table by the agent."""

    def get(self, incident_id: str) -> LedgerEntry | None:
        """Return the entry of an incident of this worker, from memory."""

    def entries(self) -> list[LedgerEntry]:
        """Return all entries of this worker's partitions."""

    def put(self, entry: LedgerEntry) -> Awaitable[None]:
        """Replace an entry: `get` shows it when this returns, it is durable when it was awaited."""

    def remove(self, entry: LedgerEntry) -> Awaitable[None]:
        """Forget an incident, in the same way."""


class DeliveryMetrics(Protocol):
    """The part of `agents.metrics.Metrics` that is counted here."""

    alerts: Any
    alerts_skipped: Any
    alerts_waiting: Any
    delivery_latency: Any
    stage_seconds: Any
    receiver_circuit_open: Any


class Pace(Struct, frozen=True, kw_only=True):
    """How a queue behaves; seconds.

    After a temporary failure nothing is sent to that receiver for `first_pause_s`, doubled with
    each further failure up to `longest_pause_s`. Too short: a receiver that is coming up is
    hammered; too long: alerts come late after an outage. A longer wait that the receiver asks for is granted
    up to `longest_asked_s`. `deliver_s` ends a delivery that does not end by itself. A queue holds at
    most `max_waiting` incidents; what comes on top is left to the next `reconcile`.
    """

    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    longest_asked_s: float = 300.0
    deliver_s: float = 90.0
    max_waiting: int = 10_000


class Lane:
    """Delivers to one receiver, one message at a time, always the newest revision of an incident.

    Only ids wait: revision and need are looked up in the ledger when it is their turn. So a newer revision
    replaces one that waits, and an incident that moved to another worker is let go.
    """

    def __init__(
        self,
        receiver: Receiver,
        rule: ReceiverRule,
        store: LedgerStore,
        metrics: DeliveryMetrics,
        clock: Callable[[], Millis],
        pace: Pace,
        guide: Guide = NO_GUIDE,
    ) -> None:
        self.rule = rule
        self._receiver = receiver
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._pace = pace
        self._guide = guide
        self._waiting: dict[str, None] = {}
        self._refused: dict[str, int] = {}
        self._renewed: dict[str, Millis] = {}
        self._last_message_at: Millis = 0
        self._failures = 0
        self._last_refusal = ""
        self._work = asyncio.Event()
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Number of incidents that wait."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to deliver."""
        self._task = asyncio.create_task(self._run(), name=f"deliver to {self.rule.receiver}")

    def decide(self, entry: LedgerEntry, incident: Incident, now: Millis) -> Decision:
        """Decide for this receiver; `incident` is the entry's own, so that many lanes decode it once."""
        name, renewed_at = self.rule.receiver, self._renewed.get(entry.id, 0)
        return decide(incident, self.rule, entry.delivered_to(name), now, entry.last_told(name), renewed_at)

    def wants(self, entry: LedgerEntry, action: Action) -> bool:
        """Return whether a revision that is to be told is not one that the receiver refused for good."""
        return action is Action.DELIVER and self._refused.get(entry.id) != entry.revision

    def add(self, incident_id: str) -> bool:
        """Let an incident wait for its turn; False when the queue is full."""
        if incident_id not in self._waiting and len(self._waiting) >= self._pace.max_waiting:
            return False
        self._waiting.setdefault(incident_id)
        self._show_waiting()
        self._work.set()
        return True

    def keep_only(self, known: Mapping[str, object]) -> None:
        """Forget what concerns incidents that are no longer in the ledger."""
        self._refused = {key: revision for key, revision in self._refused.items() if key in known}
        self._renewed = {key: at for key, at in self._renewed.items() if key in known}

    async def close(self, within_s: float) -> None:
        """Deliver what waits, but no longer than so many seconds; the ledger keeps the rest."""
        self._closing.set()
        self._work.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=within_s)
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_GRACE_S)
        try:
            await asyncio.wait_for(self._receiver.close(), timeout=_GRACE_S)
        except Exception as error:
            log.warning("receiver did not close", receiver=self.rule.receiver, error=type(error).__name__)

    async def _run(self) -> None:
        while True:
            while not self._waiting:
                if self._closing.is_set():
                    return
                self._work.clear()
                await self._work.wait()
            if await self._held():
                continue
            ids = list(self._waiting)[: MAX_TOGETHER if self._groups else 1]
            for incident_id in ids:
                del self._waiting[incident_id]
            self._show_waiting()
            delivery = await self._turn(ids)
            if delivery is not None and delivery.outcome is Outcome.FAILED_TEMPORARILY:
                for incident_id in ids:
                    self.add(incident_id)  # at the end, so that one bad alert does not hold up the others
                if await self._pause(delivery):
                    return

    @property
    def _groups(self) -> bool:
        return self.rule.group_ms > 0 and isinstance(self._receiver, TakesMany)

    async def _held(self) -> bool:
        """Hold what waits so that it goes in one message; True when it is to be looked at again."""
        if not self._groups or self._closing.is_set():
            return False
        entries = [entry for key in self._waiting if (entry := self._store.get(key))]
        severities = [entry.incident.severity for entry in entries]
        hold_ms = wait_ms(severities, self.rule.group_ms, self._last_message_at, self._clock())
        if not hold_ms:
            return False
        self._work.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._work.wait(), timeout=hold_ms / 1_000)
        return True

    async def _turn(self, ids: Sequence[str]) -> Delivery | None:
        """Deliver some incidents as far as they still have to be; nothing that goes wrong ends the lane."""
        try:
            due = []
            for incident_id in ids:
                entry = self._store.get(incident_id)
                if entry is None:
                    continue
                incident = entry.incident
                decision = self.decide(entry, incident, self._clock())
                if self.wants(entry, decision.action):
                    due.append((entry, decision.reason, await self._alert(entry, incident, decision.reason)))
            if not due:
                return None
            delivery = await self._deliver([alert for _, _, alert in due])
            self._note_health(delivery, due[0][0].id)
            for entry, reason, _ in due:
                await self._settle(entry, delivery, reason)
            return delivery
        except Exception:
            log.exception("alert not handled", receiver=self.rule.receiver, incidents=list(ids))
            return None

    async def _alert(self, entry: LedgerEntry, incident: Incident, reason: AlertReason) -> Alert:
        """Return what is handed over; what the receiver may hold from now on is written down before."""
        rule = self.rule
        shown = entry.last_told(rule.receiver).shown
        # Who forgets holds it by severity; of the others it matters only whether they hold it at all.
        is_known = bool(shown or entry.delivered_to(rule.receiver)) and not rule.renew_ms
        if incident.state == "open" and incident.severity not in shown and not is_known:
            await self._store.put(expose(entry, rule.receiver, incident.severity))
        return Alert(
            incident,
            entry.payload,
            rule.language,
            name=self._guide.name_of(incident.brand),
            link=self._guide.link_to(incident),
            at=self._clock(),
            arrived_at=entry.arrived_at,
            shown=shown,
            reason=reason,
            zone=rule.zone,
        )

    async def _deliver(self, alerts: Sequence[Alert]) -> Delivery:
        began = monotonic()
        delivery = await self._handed_over(alerts)
        self._metrics.stage_seconds.labels(stage="deliver").observe(monotonic() - began)
        return delivery

    async def _handed_over(self, alerts: Sequence[Alert]) -> Delivery:
        try:
            async with asyncio.timeout(self._pace.deliver_s):
                if len(alerts) > 1 and isinstance(self._receiver, TakesMany):
                    return await self._receiver.deliver_together(alerts)
                return await self._receiver.deliver(alerts[0])
        except TimeoutError:
            text = f"did not finish within {self._pace.deliver_s:g} s"
        except Exception as error:
            log.exception("receiver raised", receiver=self.rule.receiver, incident=alerts[0].incident.id)
            text = f"raised {type(error).__name__}"
        return Delivery(Outcome.FAILED_TEMPORARILY, text)

    def _note_health(self, delivery: Delivery, incident_id: str) -> None:
        """Log changes of the receiver's health, each once."""
        name = self.rule.receiver
        if delivery.outcome is Outcome.FAILED_TEMPORARILY:
            if not self._failures:
                log.warning("receiver fails, alerts wait", receiver=name, detail=delivery.detail)
            self._failures += 1
        else:
            if self._failures:
                log.info("receiver answers again", receiver=name, failures=self._failures)
            self._failures = 0
        self._metrics.receiver_circuit_open.labels(receiver=name).set(bool(self._failures))
        if delivery.outcome is Outcome.FAILED_PERMANENTLY:
            if delivery.detail != self._last_refusal:
                log.error(
                    "receiver refuses alerts", receiver=name, detail=delivery.detail, incident=incident_id
                )
            self._last_refusal = delivery.detail
        elif delivery.outcome is Outcome.DELIVERED:
            self._last_refusal = ""
            self._last_message_at = self._clock()

    async def _settle(self, entry: LedgerEntry, delivery: Delivery, reason: AlertReason) -> None:
        """Count, and write down what the receiver has got."""
        name, ok = self.rule.receiver, delivery.outcome is Outcome.DELIVERED
        renewed = reason is AlertReason.RENEWED
        outcome = "failed" if not ok else "renewed" if renewed else "delivered"
        self._metrics.alerts.labels(receiver=name, outcome=outcome).inc()
        if not ok:
            if delivery.outcome is Outcome.FAILED_PERMANENTLY:
                self._refused[entry.id] = entry.revision
            return
        self._renewed[entry.id] = now = self._clock()
        if renewed:
            return
        if reason is not AlertReason.STILL_OPEN:
            self._metrics.delivery_latency.observe(max(0, now - entry.arrived_at) / 1000)
        newest = self._store.get(entry.id)
        if newest is None:
            return
        if newest.revision > entry.revision:
            self.add(entry.id)  # an end that came meanwhile was not wanted until now
        severity = entry.incident.severity if entry.state == "open" else None
        await self._store.put(record(newest, name, entry.revision, now, severity))

    async def _pause(self, delivery: Delivery) -> bool:
        """Leave the receiver alone for a while; True when the lane is to end."""
        pace = self._pace
        pause = min(pace.longest_pause_s, pace.first_pause_s * 2.0 ** min(self._failures - 1, 30))
        pause *= random.uniform(0.5, 1.0)  # so that several workers do not come back at the same moment
        asked = min(delivery.retry_after_s or 0.0, pace.longest_asked_s)
        try:
            await asyncio.wait_for(self._closing.wait(), timeout=max(pause, asked))
        except TimeoutError:
            return False
        return True

    def _show_waiting(self) -> None:
        self._metrics.alerts_waiting.labels(receiver=self.rule.receiver).set(len(self._waiting))
