"""What `siaga send` does between a file and Kafka: validate, bundle, pace, and keep account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from msgspec import Struct, field

from agents.sources.line import Line
from agents.wall_clock import monotonic, now_ms, sleep
from detector.clock import Millis
from detector.intake import MAX_RECORD_BYTES, MAX_RECORD_POSTS, Accepted, Rejected, read_record


class Outlet(Protocol):
    """Where records go; raises when it gives one up."""

    def send(self, value: bytes, posts: int) -> None:
        """Hand over one record; may wait while too many are on their way."""

    def finish(self) -> None:
        """Wait until all records are confirmed."""


class Account(Struct):
    """What became of the input: all that was read is either sent or refused.

    `cut` posts were sent, and lose the end of their text at intake; `behind` posts were sent although older
    than one before them, `behind_ms` at most.
    """

    read: int = 0
    sent: int = 0
    records: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    behind: int = 0
    behind_ms: int = 0


Refuse = Callable[[Line, Rejected], None]


class SendPosts:
    """Takes posts one by one, in the order in which they are to be sent.

    The records have no key, so that the producer spreads them over the partitions. That is right for a
    source in time order: each partition then holds a part of it in time order, and the watermark waits for
    the slowest.

    Parameters
    ----------
    outlet
        Where records go.
    per_record
        Posts in one record, 1 to 10,000; several are written one a line.
    rate
        Posts a second at most; None: as fast as Kafka takes them.
    refuse
        Told of each post that intake would reject.
    clock, seconds, wait
        The present in milliseconds, a clock that never goes back, and how to wait; tests bring their own.
    """

    def __init__(
        self,
        outlet: Outlet,
        per_record: int = 1,
        rate: float | None = None,
        refuse: Refuse | None = None,
        *,
        clock: Callable[[], Millis] = now_ms,
        seconds: Callable[[], float] = monotonic,
        wait: Callable[[float], None] = sleep,
    ) -> None:
        if not 1 <= per_record <= MAX_RECORD_POSTS:
            raise ValueError(
                f"posts per record: got {per_record}; expected 1 to {MAX_RECORD_POSTS}; choose such a number"
            )
        self.account = Account()
        self._outlet = outlet
        self._per_record = per_record
        self._rate = rate
        self._refuse = refuse
        self._clock = clock
        self._seconds = seconds
        self._wait = wait
        self._begin: float | None = None
        self._newest: Millis | None = None
        self._bundle: list[bytes] = []
        self._bundle_bytes = 0

    def take_all(self, lines: Iterable[Line]) -> None:
        """Take the posts of a file."""
        for line in lines:
            self.take(line)

    def take(self, line: Line) -> None:
        """Send a post, or refuse it."""
        self.account.read += 1
        intake = read_record(line.data, self._clock())
        if len(intake.accepted) != 1 or intake.rejected:
            for rejected in intake.rejected[:1]:
                self.account.refused[str(rejected.reason)] += 1
                if self._refuse:
                    self._refuse(line, rejected)
            return
        self._note(intake.accepted[0])
        self._put(line.data.replace(b"\n", b" ").replace(b"\r", b" "))

    def finish(self) -> None:
        """Send what is left and wait until all is confirmed."""
        self._send_bundle()
        self._outlet.finish()

    def _note(self, accepted: Accepted) -> None:
        self.account.cut += accepted.cut
        at = accepted.post.created_at
        if self._newest is not None and at < self._newest:
            self.account.behind += 1
            self.account.behind_ms = max(self.account.behind_ms, self._newest - at)
        else:
            self._newest = at

    def _put(self, data: bytes) -> None:
        if self._bundle and self._bundle_bytes + len(data) + 1 > MAX_RECORD_BYTES:
            self._send_bundle()
        self._bundle.append(data)
        self._bundle_bytes += len(data) + 1
        if len(self._bundle) >= self._per_record:
            self._send_bundle()

    def _send_bundle(self) -> None:
        if not self._bundle:
            return
        self._pace()
        self._outlet.send(b"\n".join(self._bundle), len(self._bundle))
        self.account.sent += len(self._bundle)
        self.account.records += 1
        self._bundle, self._bundle_bytes = [], 0

    def _pace(self) -> None:
        if self._rate is None:
            return
        now = self._seconds()
        if self._begin is None:
            self._begin = now
        early = self._begin + self.account.sent / self._rate - now
        if early > 0:
            self._wait(early)
