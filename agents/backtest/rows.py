"""One line for each row of the input, with a score where an alarm goes out, for other programs."""

from __future__ import annotations

from typing import IO

from detector.clock import Millis, to_rfc3339
from detector.incident import Incident

HEADER = "timestamp,value,anomaly_score,alarm\n"


class Rows:
    """Writes ``timestamp,value,anomaly_score,alarm``, in the order in which the rows are run.

    `alarm` is 1 where an alarm or an escalation goes out, else 0; `anomaly_score` is 0 where `alarm` is, and
    else 0.6 to 1 with the crisis score, so that any threshold up to 0.6 finds every alarm.
    """

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._pending: tuple[Millis | None, str] | None = None
        self._score = 0.0
        out.write(HEADER)

    def add(self, at: Millis | None, value: str) -> None:
        """Begin a row; None where it has no time."""
        self.end()
        self._pending = at, value

    def alarm(self, revision: Incident) -> None:
        """Note that an alarm goes out at the row that was begun last."""
        self._score = max(self._score, round(0.6 + 0.4 * revision.score / 100, 3))

    def end(self) -> None:
        """Write the row that was begun last."""
        if self._pending is None:
            return
        at, value = self._pending
        time = "" if at is None else to_rfc3339(at)
        self._out.write(f"{time},{value},{self._score:g},{1 if self._score else 0}\n")
        self._pending, self._score = None, 0.0
