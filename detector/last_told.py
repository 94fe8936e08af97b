"""When and how a receiver was told of an incident last, beside the revision that it has."""

from __future__ import annotations

from msgspec import Struct

from detector.clock import Millis
from detector.severity import Severity


class LastTold(Struct, frozen=True, omit_defaults=True):
    """The circumstances of the last delivery to one receiver.

    `at` is system time, 0 when nothing was told or nobody knows any more; `severity` the one that was
    told; `shown` those under which the receiver may hold the incident now, written before it is told. Of one
    that does not hold it by severity it says only that it may.
    """

    at: Millis = 0
    severity: Severity | None = None
    shown: tuple[Severity, ...] = ()


NOTHING_TOLD = LastTold()
