"""Receives siaga's alerts and prints them: `python examples/receive_alerts.py [PORT]`, 8080 by default."""

import json  # noqa: TID251 - an example for other people's programs, so nothing of siaga is used
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

seen: set[str | None] = set()


class Alerts(BaseHTTPRequestHandler):
    """Takes each revision of an incident once, however often it is sent."""

    timeout = 10

    def do_POST(self) -> None:
        """Print the alert; 2xx tells siaga that it has arrived."""
        incident = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if (key := self.headers["Idempotency-Key"]) not in seen:
            seen.add(key)
            print("{severity} {brand} {change} since {onset_at}: {reason}".format(**incident), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the output to the alerts."""


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8080), Alerts)
print(f"waiting for alerts on http://127.0.0.1:{server.server_port}/", flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    server.server_close()
