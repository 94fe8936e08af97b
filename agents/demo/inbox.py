"""A receiver of alerts on this machine: an HTTP server that takes webhooks and remembers when they came."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue

from msgspec import Struct

from agents.wall_clock import monotonic
from detector.codec import CodecError, from_json
from detector.incident_record import Incident


class Delivered(Struct, frozen=True):
    """An incident revision that reached the receiver; `at` is of the monotonic clock, seconds."""

    incident: Incident
    at: float


class Inbox:
    """Listens on a free port of this machine until it is closed."""

    def __init__(self) -> None:
        self.arrived: SimpleQueue[Delivered] = SimpleQueue()
        arrived = self.arrived

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                at = monotonic()
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                try:
                    arrived.put(Delivered(from_json(body, Incident), at))
                    self.send_response(204)
                except CodecError:
                    self.send_response(400)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: the terminal belongs to the demonstration."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/alerts"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
