"""The pages `/metrics`, `/healthz` and `/readyz`, in a thread of their own: they answer under load, too."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from aiohttp import web


class Probes:
    """A small web server that says how the service is.

    Parameters
    ----------
    host, port
        Where to listen; port 0 lets the system choose.
    metrics_page
        Returns the page for Prometheus and its content type.
    is_ready
        Whether the service works: partitions assigned, state restored.
    """

    def __init__(
        self,
        host: str,
        port: int,
        metrics_page: Callable[[], tuple[bytes, str]],
        is_ready: Callable[[], tuple[bool, str]],
    ) -> None:
        self._address = (host, port)
        self._metrics_page = metrics_page
        self._is_ready = is_ready
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="probes", daemon=True)
        self.port = port

    def start(self) -> None:
        """Begin to answer.

        Raises
        ------
        OSError
            When the address is in use or not this machine's.
        """
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, *self._address)
        await site.start()
        self.port = runner.addresses[0][1]

    async def _metrics(self, _request: web.Request) -> web.Response:
        body, content_type = self._metrics_page()
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readyz(self, _request: web.Request) -> web.Response:
        ready, why = self._is_ready()
        return web.Response(text=f"{why}\n", status=200 if ready else 503)
