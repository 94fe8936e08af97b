"""Moments are said by the clock on the receiver's wall, with a name for its zone."""

import pytest

from detector.clock import from_rfc3339
from detector.moment import Moments
from detector.wording import ENGLISH, INDONESIAN


@pytest.mark.parametrize(
    ("zone", "at", "said"),
    [
        ("UTC", "2025-07-21T15:05:00Z", "15:05 UTC on 21 July 2025"),
        ("Asia/Jakarta", "2025-07-21T15:05:00Z", "22:05 WIB on 21 July 2025"),
        ("Asia/Jakarta", "2025-12-31T17:00:00Z", "00:00 WIB on 1 January 2026"),
        ("Asia/Makassar", "2025-07-21T15:05:00Z", "23:05 WITA on 21 July 2025"),
        ("Asia/Jayapura", "2025-07-21T15:05:00Z", "00:05 WIT on 22 July 2025"),
        # Who has no name for a zone is told its offset.
        ("Asia/Singapore", "2025-07-21T15:05:00Z", "23:05 UTC+08:00 on 21 July 2025"),
        ("America/St_Johns", "2025-07-21T01:05:00Z", "22:35 NDT on 20 July 2025"),
        ("Asia/Kathmandu", "2025-07-21T15:05:00Z", "20:50 UTC+05:45 on 21 July 2025"),
        ("Etc/GMT+3", "2025-07-21T15:05:00Z", "12:05 UTC-03:00 on 21 July 2025"),
        # A clock that is put back shows two o'clock twice, under two names.
        ("Europe/Berlin", "2025-10-26T00:30:00Z", "02:30 CEST on 26 October 2025"),
        ("Europe/Berlin", "2025-10-26T01:30:00Z", "02:30 CET on 26 October 2025"),
    ],
)
def test_a_moment_by_the_clock_of_a_zone(zone, at, said):
    assert Moments(ENGLISH, zone).say(from_rfc3339(at)) == said


def test_the_same_in_indonesian():
    moments = Moments(INDONESIAN, "Asia/Jakarta")
    at = from_rfc3339("2025-07-21T15:05:00Z")
    assert moments.say(at) == "pukul 22.05 WIB tanggal 21 Juli 2025"
    assert moments.say(at, at - 60_000) == "pukul 22.05 WIB"


@pytest.mark.parametrize(
    ("said", "again"),
    [("2025-07-21T16:59:59.999Z", False), ("2025-07-21T17:00:00Z", True), ("2025-07-22T16:59:00Z", True)],
)
def test_a_day_is_the_same_when_it_is_on_that_clock(said, again):
    at, before = from_rfc3339("2025-07-22T01:00:00Z"), from_rfc3339(said)
    text = Moments(ENGLISH, "Asia/Jakarta").say(at, before)
    assert text == ("08:00 WIB" if again else "08:00 WIB on 22 July 2025")
