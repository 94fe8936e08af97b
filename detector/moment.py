"""How people are told when something was: by the clock on their wall, with the name of its zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from detector.clock import Millis
from detector.wording import Wording

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moments:
    """Says instants in one language by the clock of one time zone.

    Parameters
    ----------
    words
        The phrases of the language.
    zone
        Name of a time zone of the IANA database, such as ``Asia/Jakarta``.

    Examples
    --------
    >>> from detector.wording import ENGLISH
    >>> Moments(ENGLISH, "Asia/Jakarta").say(1_753_110_300_000)
    '22:05 WIB on 21 July 2025'
    """

    def __init__(self, words: Wording, zone: str) -> None:
        self._words = words
        self._zone = ZoneInfo(zone)

    def say(self, at: Millis, said: Millis | None = None) -> str:
        """Say an instant; without its date when that of `said` is the same on this clock."""
        words, when = self._words, self._local(at)
        clock = words.clock.format(hour=when.hour, minute=when.minute)
        zone = zone_name(when)
        if said is not None and self._local(said).date() == when.date():
            return words.same_day.format(clock=clock, zone=zone)
        month = words.months[when.month - 1]
        return words.moment.format(clock=clock, zone=zone, day=when.day, month=month, year=when.year)

    def _local(self, at: Millis) -> datetime:
        return (_EPOCH + timedelta(milliseconds=at)).astimezone(self._zone)


def zone_name(when: datetime) -> str:
    """Return what people call the zone of an aware datetime, else its offset.

    Zones without letters of their own carry their offset as a name in the database.

    >>> zone_name(datetime(2025, 7, 21, tzinfo=ZoneInfo("Asia/Jakarta")))
    'WIB'
    >>> zone_name(datetime(2025, 7, 21, tzinfo=ZoneInfo("Asia/Kathmandu")))
    'UTC+05:45'
    """
    name = when.tzname() or ""
    return name if name.isalpha() else f"UTC{when.isoformat()[-6:]}"
