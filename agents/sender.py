"""Sends records and waits until Kafka has them; what cannot be sent ends the process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from agents.ending import end_process
from agents.exit_codes import ExitCode
from agents.lease import Lease
from detector.clock import Millis


class Outgoing(NamedTuple):
    """A record to send; `partition` None lets the key decide, as Kafka's own clients do."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    partition: int | None = None
    headers: Sequence[tuple[str, bytes]] | None = None


class Sender:
    """The only writer of the agents.

    A failed send means that what follows must not be written either: the process ends, and what it had
    not committed is read again by its successor.

    Parameters
    ----------
    app
        The Faust app whose producer is used.
    lease
        Checked before each write.
    """

    def __init__(self, app: Any, lease: Lease) -> None:
        self._app = app
        self._lease = lease

    async def send(self, records: Iterable[Outgoing]) -> list[Millis]:
        """Send records in order, wait for all, and return the broker's timestamps."""
        records = list(records)
        if not records:
            return []
        if not self._lease.is_held:
            end_process(
                ExitCode.SOFTWARE, "no heartbeat for too long: another worker may own these partitions by now"
            )
        producer = self._app.producer
        try:
            waiting = [
                await producer.send(r.topic, r.key, r.value, r.partition, None, r.headers) for r in records
            ]
            done = await asyncio.gather(*waiting)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            topics = ", ".join(sorted({record.topic for record in records}))
            end_process(ExitCode.SOFTWARE, f"could not write to {topics}: {error!r}")
        return [metadata.timestamp for metadata in done]
