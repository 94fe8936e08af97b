"""Receives siaga's alerts and prints them: `python examples/receive_alerts.py [PORT]`, 8080 by default.

With the key of the receiver in SIAGA_WEBHOOK_KEY, only what was signed with it within 5 minutes is taken.
"""

import hashlib
import hmac
import json  # noqa: TID251 - an example for other people's programs, so nothing of siaga is used
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = os.environ.get("SIAGA_WEBHOOK_KEY", "").encode()
REPLAY_WINDOW_S = 300
seen: set[str | None] = set()


class Alerts(BaseHTTPRequestHandler):
    """Takes each revision of an incident once, however often it is sent."""

    timeout = 10

    def do_POST(self) -> None:
        """Print the alert; 2xx tells siaga that it has arrived."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if KEY and not self._is_signed(body):
            self.send_error(401, "not signed with this key, or too long ago")
            return
        # A request that somebody caught and sends again has a key that was seen: it changes nothing.
        if (key := self.headers["Idempotency-Key"]) not in seen:
            seen.add(key)
            incident = json.loads(body)
            print("{severity} {brand} {change} since {onset_at}: {reason}".format(**incident), flush=True)
        self.send_response(204)
        self.end_headers()

    def _is_signed(self, body: bytes) -> bool:
        """Return whether the body was signed with the key, not long ago; times are compared first."""
        stamp = self.headers.get("X-Siaga-Timestamp", "")
        now = time.time()  # noqa: TID251 - the same
        if not stamp.isdecimal() or abs(now - int(stamp)) > REPLAY_WINDOW_S:
            return False
        wanted = "v1=" + hmac.new(KEY, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted, self.headers.get("X-Siaga-Signature", ""))

    def log_message(self, *_: object) -> None:
        """Keep the output to the alerts."""


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8080), Alerts)
print(f"waiting for alerts on http://127.0.0.1:{server.server_port}/", flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    server.server_close()
