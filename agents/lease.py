"""The right to write: a worker that was frozen must not write over the one that took its place."""

from __future__ import annotations

from agents.wall_clock import monotonic

# The broker gives partitions away when the session times out; a write must have ended well before.
_SHARE = 0.8


class Lease:
    """Time left until the broker may give this worker's partitions to another.

    Parameters
    ----------
    session_s
        The session timeout of the consumer group, in seconds.
    """

    def __init__(self, session_s: float) -> None:
        self._length = session_s * _SHARE
        self._renewed: float | None = None

    def renew(self, at: float) -> None:
        """Note that the broker answered a heartbeat that was sent at a monotonic time."""
        self._renewed = at

    @property
    def left_s(self) -> float:
        """Seconds left; the whole length before the first recovery is done."""
        return self._length if self._renewed is None else self._renewed + self._length - monotonic()

    @property
    def is_held(self) -> bool:
        """Whether writing is still safe."""
        return self.left_s > 0
