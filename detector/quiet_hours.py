"""Hours in which only what is critical calls people, by the clock on their wall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from detector.clock import Millis, to_millis

ALL_DAYS = frozenset(range(7))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MIN = 24 * 60


class QuietHours(Struct, frozen=True, kw_only=True):
    """From one time of day to another; over midnight when the end is not later than the start.

    Parameters
    ----------
    start_min, end_min
        Minutes since midnight, 0 to 1439. The end is no longer quiet.
    zone
        Name of a time zone of the IANA database, such as ``Asia/Jakarta``.
    days
        Days on which they start, Monday 0 to Sunday 6.
    """

    start_min: int
    end_min: int
    zone: str = "UTC"
    days: frozenset[int] = ALL_DAYS

    def quiet_until(self, now: Millis) -> Millis | None:
        """Return when the quiet hours end that `now` is in, None outside of them.

        Where a clock is put forward or back meanwhile, the end is what the clock on the wall shows.

        >>> night = QuietHours(start_min=22 * 60, end_min=6 * 60, zone="Asia/Jakarta")
        >>> night.quiet_until(1_753_110_300_000) is None  # 22:05 in Jakarta
        False
        """
        zone = ZoneInfo(self.zone)
        local = (_EPOCH + timedelta(milliseconds=now)).astimezone(zone)
        for days_ago in (0, 1):
            day = local.date() - timedelta(days=days_ago)
            if day.weekday() not in self.days:
                continue
            start = _at(day.year, day.month, day.day, self.start_min, zone)
            last = day + timedelta(days=int(self.end_min <= self.start_min))
            end = _at(last.year, last.month, last.day, self.end_min, zone)
            if start <= now < end:
                return end
        return None


def _at(year: int, month: int, day: int, minutes: int, zone: ZoneInfo) -> Millis:
    return to_millis(datetime(year, month, day, minutes // 60, minutes % 60, tzinfo=zone))
