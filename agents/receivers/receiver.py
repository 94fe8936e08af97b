"""The contract of every receiver of alerts, and what became of one delivery."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

from msgspec import Struct

from detector.alert import Alert


class Outcome(StrEnum):
    """What became of one delivery."""

    DELIVERED = "delivered"
    FAILED_TEMPORARILY = "failed_temporarily"
    FAILED_PERMANENTLY = "failed_permanently"


class Delivery(Struct, frozen=True):
    """The outcome of one delivery.

    `detail` is for the log: what happened and what to do, without secrets. `retry_after_s` is how long
    the receiver asked to be left alone, in seconds.
    """

    outcome: Outcome
    detail: str = ""
    retry_after_s: float | None = None


class Receiver(Protocol):
    """Brings alerts to one system or group of people.

    `name` is unique in the configuration. `deliver` is called by one task at a time; it ends within
    bounded time, does not raise for what the other side does, and may be cancelled. The same
    revision may be delivered twice, so the other side must be able to tell it by id and revision.
    """

    name: str

    async def deliver(self, alert: Alert) -> Delivery:
        """Bring one revision to the receiver, with a few quick retries where they can help."""

    async def close(self) -> None:
        """Let go of connections; `deliver` is not called afterwards."""


@runtime_checkable
class TakesMany(Protocol):
    """A receiver that can tell of several incidents in one message."""

    async def deliver_together(self, alerts: Sequence[Alert]) -> Delivery:
        """Bring several incidents, each at its newest revision, in one message."""
