"""Types and arithmetic of time; nothing here reads a clock.

Event time is an integer of milliseconds since 1970-01-01 UTC (`Millis`); a bucket is named by its
minute, an integer of minutes since then (`Minute`). Bucket ``m`` covers ``[m * 60_000, (m + 1) * 60_000)``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

Millis = int
Minute = int

MINUTE_MS = 60_000
HOUR_MIN = 60
DAY_MIN = 24 * 60

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
LAST_MS = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z, the last instant RFC 3339 can write


def minute_of(at: Millis) -> Minute:
    """Return the minute that covers an instant.

    >>> minute_of(119_999)
    1
    """
    return at // MINUTE_MS


def start_of(minute: Minute) -> Millis:
    """Return the first millisecond of a minute."""
    return minute * MINUTE_MS


def to_millis(at: datetime) -> Millis:
    """Return epoch milliseconds of an aware datetime, exactly (no floating point).

    Raises
    ------
    ValueError
        When the datetime has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(
            f"time zone missing: got {at.isoformat()}; expected an offset such as Z or +07:00; add it"
        )
    return (at - _EPOCH) // _MILLISECOND


def to_rfc3339(at: Millis) -> str:
    """Return an instant as RFC 3339 text in UTC, with milliseconds only where there are any.

    >>> to_rfc3339(1_753_110_300_000)
    '2025-07-21T15:05:00Z'
    """
    if not 0 <= at <= LAST_MS:
        raise ValueError(
            f"time out of range: got {at}; expected 0 to {LAST_MS} ms since 1970; check the unit"
        )
    whole = _EPOCH + timedelta(milliseconds=at)
    return whole.isoformat(timespec="milliseconds" if at % 1000 else "seconds").replace("+00:00", "Z")


def from_rfc3339(text: str) -> Millis:
    """Return epoch milliseconds of RFC 3339 text; the time zone is required.

    Raises
    ------
    ValueError
        When the text is not RFC 3339 with a time zone.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"not a time: got {text[:40]!r}; expected RFC 3339 such as 2025-07-21T15:05:00Z; correct it"
        ) from None
    return to_millis(at)
