"""Alerts by Apprise: Slack, Telegram, WhatsApp, e-mail and a hundred more, as texts for people."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from agents.receivers.receiver import Delivery, Outcome
from detector.alert import Alert
from detector.burst import Told, burst_message
from detector.message import Message
from detector.severity import Severity

NOT_INSTALLED = (
    "Apprise is not installed: got no module apprise; expected the extra `chat`; "
    "run `pip install 'siaga[chat]'`"
)
_KINDS = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}


class AppriseSettings(Struct, frozen=True, kw_only=True):
    """Where a message goes: `url` is an Apprise address, a secret. `timeout_s` is for one message."""

    name: str
    url: str
    timeout_s: float = 10.0

    def __repr__(self) -> str:
        """Show nothing that may hold a secret."""
        return f"AppriseSettings(name={self.name!r})"


class AppriseReceiver:
    """Sends messages to people; several incidents that wait go in one.

    Apprise works synchronously, hence in a thread. One that hangs is left to itself and goes on, and nothing
    more is sent until it has ended. Apprise does not say why it failed, so every failure is temporary.

    Parameters
    ----------
    settings
        Where to.

    Raises
    ------
    ValueError
        When Apprise is not installed or does not know the address.
    """

    def __init__(self, settings: AppriseSettings) -> None:
        try:
            import apprise
        except ImportError:
            raise ValueError(NOT_INSTALLED) from None
        # What it logs itself may hold parts of an address.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        self.name = settings.name
        self._timeout_s = settings.timeout_s
        self._thread: threading.Thread | None = None
        self._apprise = apprise.Apprise(asset=apprise.AppriseAsset(app_id="siaga", async_mode=False))
        if not self._apprise.add(settings.url):
            raise ValueError(
                f"no address that Apprise knows: got other text for {settings.name}; expected one such as "
                "slack://...; see Apprise's list of services"
            )

    async def deliver(self, alert: Alert) -> Delivery:
        """Send one message."""
        resolved = alert.incident.state == "resolved"
        kind = "success" if resolved else _KINDS[alert.incident.severity]
        return await self._send(alert.message, kind)

    async def deliver_together(self, alerts: Sequence[Alert]) -> Delivery:
        """Send one message about several incidents."""
        told = [Told(alert.incident, alert.brand_name) for alert in alerts]
        worst = max((alert.incident.severity for alert in alerts), key=lambda severity: severity.rank)
        return await self._send(burst_message(told, alerts[0].language, alerts[0].zone), _KINDS[worst])

    async def close(self) -> None:
        """Nothing is kept open; a thread that hangs ends with the process."""

    async def _send(self, message: Message, kind: str) -> Delivery:
        if self._thread is not None and self._thread.is_alive():
            return Delivery(Outcome.FAILED_TEMPORARILY, "the service has not taken the last message yet")
        sent = self._in_thread(
            lambda: self._apprise.notify(body=message.body, title=message.summary, notify_type=kind)
        )
        try:
            taken = await asyncio.wait_for(sent, self._timeout_s)
        except TimeoutError:
            return Delivery(Outcome.FAILED_TEMPORARILY, f"no answer within {self._timeout_s:g} s")
        except Exception as error:
            return Delivery(Outcome.FAILED_TEMPORARILY, f"Apprise raised {type(error).__name__}")
        if taken:
            return Delivery(Outcome.DELIVERED, "the service took it")
        text = "the service did not take it: check its address with Apprise's own command line"
        return Delivery(Outcome.FAILED_TEMPORARILY, text)

    def _in_thread(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run work in a thread that does not hold up the end of the process."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()

        def settle(result: Any, error: Exception | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        def run() -> None:
            result, failed = None, None
            try:
                result = bool(work())
            except Exception as error:
                failed = error
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, result, failed)

        self._thread = threading.Thread(target=run, name=f"apprise {self.name}", daemon=True)
        self._thread.start()
        return future
