"""A local webhook that answers as told and remembers what came, and waiting for a condition."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from agents.receivers import Delivery, Outcome
from detector.alert import Alert

HANG = 0
"""As a status: accept the request and never answer."""


class Endpoint:
    """Answers with the statuses in `script`, one each, then with `status`; an answer may have headers."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.script: list[int | tuple[int, dict[str, str]]] = []
        self.requests: list[web.BaseRequest] = []
        self.bodies: list[bytes] = []
        self.times: list[float] = []
        self.port = 0
        self._runner: web.ServerRunner | None = None
        self._released = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.times.append(asyncio.get_running_loop().time())
        body = await request.read()
        self.requests.append(request)
        self.bodies.append(body)
        told = self.script.pop(0) if self.script else self.status
        status, headers = told if isinstance(told, tuple) else (told, {})
        if status == HANG:
            await self._released.wait()
            status = 200
        return web.Response(status=status, headers=headers)

    async def start(self, **site: Any) -> "Endpoint":
        self._released.clear()
        self._runner = web.ServerRunner(web.Server(self._answer), handle_signals=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True, **site).start()
        self.port = self._runner.addresses[0][1]
        return self

    def release(self) -> None:
        """Answer the requests that hang."""
        self._released.set()

    async def stop(self) -> None:
        self._released.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> "Endpoint":
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


async def until(condition: Callable[[], object], within_s: float = 10.0) -> None:
    """Wait until a condition holds; a deadline that passes is a failure."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.002)


class Reader:
    """A receiver that gets everything, and keeps what a person would read first."""

    name = "reader"

    def __init__(self) -> None:
        self.read: list[str] = []

    async def deliver(self, alert: Alert) -> Delivery:
        """Read one alert."""
        self.read.append(alert.message.summary)
        return Delivery(Outcome.DELIVERED)

    async def close(self) -> None:
        """Nothing is kept open."""
