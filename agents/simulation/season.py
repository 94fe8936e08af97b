"""The day and the week of Indonesian posts, in western Indonesian time (WIB, UTC+7, no summer time)."""

from __future__ import annotations

from detector.clock import MINUTE_MS, Millis

HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WIB_MS = 7 * HOUR_MS

# Multiples of an average hour at each full hour, and of an average day from Monday on: a convention; quiet
# nights, a bump at lunch, most in the evening. The mean of each is 1.
_MORNING = (0.45, 0.3, 0.2, 0.15, 0.2, 0.4, 0.7, 0.9, 1.0, 1.1, 1.1, 1.15)
_EVENING = (1.3, 1.2, 1.1, 1.1, 1.15, 1.25, 1.5, 1.75, 1.8, 1.65, 1.45, 1.1)
_HOURS = (*_MORNING, *_EVENING)
_DAYS = (1.05, 1.05, 1.05, 1.05, 1.05, 0.9, 0.85)
_THURSDAY = 3  # 1970-01-01


def wib_hour(at: Millis) -> float:
    """Return the time of day in WIB, 0 up to 24 hours.

    >>> wib_hour(0)
    7.0
    """
    return (at + WIB_MS) % DAY_MS / HOUR_MS


def season(at: Millis) -> float:
    """Return how busy an instant is, as a multiple of the average; hours are joined by straight lines."""
    hour = wib_hour(at)
    whole, part = int(hour), hour % 1
    day = _DAYS[((at + WIB_MS) // DAY_MS + _THURSDAY) % 7]
    return day * ((1 - part) * _HOURS[whole] + part * _HOURS[(whole + 1) % 24])


def latest(hour: float, by: Millis) -> Millis:
    """Return the last instant of a time of day (WIB) that is not after `by`."""
    today = (by + WIB_MS) // DAY_MS * DAY_MS - WIB_MS + round(hour * HOUR_MS)
    return today if today <= by else today - DAY_MS
