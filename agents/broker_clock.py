"""The broker's clock: *now* is what its acknowledgements say, plus the time that passed since."""

from __future__ import annotations

from agents.wall_clock import monotonic, now_ms
from detector.clock import Millis

# An embedded test broker answers with a constant: such a clock is not believed.
_BELIEVABLE_MS = 946_684_800_000


class BrokerClock:
    """Time that does not depend on this machine's clock, once the broker has spoken."""

    def __init__(self) -> None:
        self._ahead: float | None = None

    def hear(self, timestamp: Millis) -> None:
        """Take in the timestamp of an acknowledgement that has just come."""
        if timestamp >= _BELIEVABLE_MS:
            self._ahead = timestamp - monotonic() * 1_000

    @property
    def is_heard(self) -> bool:
        """Whether the broker has said what time it is."""
        return self._ahead is not None

    def now(self) -> Millis:
        """Return epoch milliseconds; the machine's own clock before the broker has spoken."""
        return now_ms() if self._ahead is None else round(self._ahead + monotonic() * 1_000)
