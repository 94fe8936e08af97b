"""The last hop as an agent: incident revisions reach the receivers, and the ledger remembers which did."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import structlog

from agents.delivery import Dispatcher
from agents.sender import Outgoing, Sender
from agents.state_table import StateTable
from agents.wall_clock import now_ms
from detector.codec import CodecError, from_json
from detector.incident_record import Incident
from detector.ledger import LedgerEntry, decode, encode
from detector.routing import partition_of

log = structlog.get_logger("siaga.send_alerts")

RECONCILE_S = 60.0


class LedgerTable:
    """The delivery ledger in a Faust table, one entry an incident, beside the incident's partition."""

    def __init__(self, table: StateTable, sender: Sender, partitions: int) -> None:
        self._table = table
        self._sender = sender
        self._partitions = partitions
        self._entries: dict[str, LedgerEntry] = {}

    def restore(self, partitions: list[int]) -> None:
        """Read the entries of this worker's partitions again."""
        self._entries = {
            entry.id: entry
            for partition in partitions
            for entry in map(decode, self._table.entries(partition).values())
        }

    def get(self, incident_id: str) -> LedgerEntry | None:
        """Return the entry of an incident of this worker."""
        return self._entries.get(incident_id)

    def entries(self) -> list[LedgerEntry]:
        """Return all entries of this worker's partitions."""
        return list(self._entries.values())

    def put(self, entry: LedgerEntry) -> Awaitable[None]:
        """Replace an entry: seen at once, durable when awaited."""
        self._entries[entry.id] = entry
        return self._write(entry, encode(entry))

    def remove(self, entry: LedgerEntry) -> Awaitable[None]:
        """Forget an incident."""
        self._entries.pop(entry.id, None)
        return self._write(entry, None)

    async def _write(self, entry: LedgerEntry, value: bytes | None) -> None:
        partition = partition_of(entry.brand, self._partitions)
        key = f"{partition}/{entry.id}"
        await self._sender.send([Outgoing(self._table.topic, value, key.encode(), partition)])
        self._table.keep(partition, key, value)


class SendAlerts:
    """Offers incidents to the dispatcher and keeps it in step with the partitions."""

    def __init__(self, app: Any, topic: str, ledger: LedgerTable, dispatcher: Dispatcher) -> None:
        self._app = app
        self._topic = topic
        self._ledger = ledger
        self._dispatcher = dispatcher
        self._started = False

    async def restored(self) -> None:
        """Take in the restored ledger, then tell what was not told."""
        partitions = [tp.partition for tp in self._app.consumer.assignment() if tp.topic == self._topic]
        self._ledger.restore(partitions)
        if not self._started:
            self._started = True
            self._dispatcher.start()
        await self._dispatcher.reconcile(now_ms())

    async def handle(self, message: Any) -> None:
        """Take in one record of `incidents`; returns when the ledger has it durably."""
        if message.value is None:
            return
        try:
            incident = from_json(message.value, Incident)
        except CodecError as error:
            log.error("not an incident", offset=message.offset, partition=message.partition, error=str(error))
            return
        await self._dispatcher.offer(incident, message.value, round(message.timestamp * 1_000))

    async def reconcile(self) -> None:
        """Tell again what is known and not told."""
        if self._started and not self._app.rebalancing:
            await self._dispatcher.reconcile(now_ms())

    async def close(self) -> None:
        """Deliver what can be delivered at once, then stop."""
        if self._started:
            await self._dispatcher.close()
