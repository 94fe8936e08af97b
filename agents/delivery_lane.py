"""One receiver's own queue and task: whatever it does, only its own alerts wait."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog
from msgspec import Struct

from agents.receivers.receiver import Delivery, Outcome, Receiver
from detector.alert import Action, Alert, ReceiverRule, decide
from detector.clock import Millis
from detector.ledger import LedgerEntry, record

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
    delivery_latency: Any


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
    """Delivers to one receiver, one alert at a time, always the newest revision of the incident.

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
    ) -> None:
        self.rule = rule
        self._receiver = receiver
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._pace = pace
        self._waiting: dict[str, None] = {}
        self._refused: dict[str, int] = {}
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

    def wants(self, entry: LedgerEntry, action: Action) -> bool:
        """Return whether a revision that is to be told is not one that the receiver refused for good."""
        return action is Action.DELIVER and self._refused.get(entry.id) != entry.revision

    def add(self, incident_id: str) -> bool:
        """Let an incident wait for its turn; False when the queue is full."""
        if incident_id not in self._waiting and len(self._waiting) >= self._pace.max_waiting:
            return False
        self._waiting.setdefault(incident_id)
        self._work.set()
        return True

    def keep_only(self, known: Mapping[str, object]) -> None:
        """Forget refusals of incidents that are no longer in the ledger."""
        self._refused = {key: revision for key, revision in self._refused.items() if key in known}

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
            incident_id = next(iter(self._waiting))
            del self._waiting[incident_id]
            delivery = await self._turn(incident_id)
            if delivery is not None and delivery.outcome is Outcome.FAILED_TEMPORARILY:
                self.add(incident_id)  # at the end, so that one bad alert does not hold up the others
                if await self._pause(delivery):
                    return

    async def _turn(self, incident_id: str) -> Delivery | None:
        """Deliver one incident if it still has to be; nothing that goes wrong ends the lane."""
        try:
            entry = self._store.get(incident_id)
            if entry is None:
                return None
            incident = entry.incident
            delivered = entry.delivered_to(self.rule.receiver)
            if not self.wants(entry, decide(incident, self.rule, delivered, self._clock()).action):
                return None
            delivery = await self._deliver(Alert(incident, entry.payload, self.rule.language))
            await self._settle(entry, delivery)
            return delivery
        except Exception:
            log.exception("alert not handled", receiver=self.rule.receiver, incident=incident_id)
            return None

    async def _deliver(self, alert: Alert) -> Delivery:
        try:
            async with asyncio.timeout(self._pace.deliver_s):
                return await self._receiver.deliver(alert)
        except TimeoutError:
            text = f"did not finish within {self._pace.deliver_s:g} s"
        except Exception as error:
            log.exception("receiver raised", receiver=self.rule.receiver, incident=alert.incident.id)
            text = f"raised {type(error).__name__}"
        return Delivery(Outcome.FAILED_TEMPORARILY, text)

    async def _settle(self, entry: LedgerEntry, delivery: Delivery) -> None:
        """Count, log changes of the receiver's health, and write down what it has got."""
        name, ok = self.rule.receiver, delivery.outcome is Outcome.DELIVERED
        self._metrics.alerts.labels(receiver=name, outcome="delivered" if ok else "failed").inc()
        if delivery.outcome is Outcome.FAILED_TEMPORARILY:
            if not self._failures:
                log.warning("receiver fails, alerts wait", receiver=name, detail=delivery.detail)
            self._failures += 1
            return
        if self._failures:
            log.info("receiver answers again", receiver=name, failures=self._failures)
        self._failures = 0
        if delivery.outcome is Outcome.FAILED_PERMANENTLY:
            self._refused[entry.id] = entry.revision
            if delivery.detail != self._last_refusal:
                log.error("receiver refuses alerts", receiver=name, detail=delivery.detail, incident=entry.id)
            self._last_refusal = delivery.detail
            return
        self._last_refusal = ""
        self._metrics.delivery_latency.observe(max(0, self._clock() - entry.arrived_at) / 1000)
        newest = self._store.get(entry.id)
        if newest is None:
            return
        if newest.revision > entry.revision:
            self.add(entry.id)  # an end that came meanwhile was not wanted until now
        await self._store.put(record(newest, name, entry.revision))

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
