"""Quiet hours follow the clock on the wall: over midnight, on chosen days, through a change of the clock."""

import pytest

from detector.clock import from_rfc3339
from detector.quiet_hours import QuietHours

NIGHT = QuietHours(start_min=22 * 60, end_min=6 * 60, zone="Asia/Jakarta")
LUNCH = QuietHours(start_min=12 * 60, end_min=13 * 60, zone="Asia/Makassar", days=frozenset({0, 1, 2, 3, 4}))
BERLIN = QuietHours(start_min=23 * 60, end_min=7 * 60, zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (NIGHT, "2025-07-21T14:59:59Z", None),
        (NIGHT, "2025-07-21T15:00:00Z", "2025-07-21T23:00:00Z"),
        (NIGHT, "2025-07-21T22:59:59.999Z", "2025-07-21T23:00:00Z"),
        (NIGHT, "2025-07-21T23:00:00Z", None),
        (LUNCH, "2025-07-21T04:30:00Z", "2025-07-21T05:00:00Z"),
        (LUNCH, "2025-07-20T04:30:00Z", None),  # a Sunday
        # The night that loses an hour, and the one that gains one.
        (BERLIN, "2025-03-29T22:30:00Z", "2025-03-30T05:00:00Z"),
        (BERLIN, "2025-10-25T22:30:00Z", "2025-10-26T06:00:00Z"),
        # Equal times are a whole day.
        (QuietHours(start_min=0, end_min=0), "2025-07-21T17:00:00Z", "2025-07-22T00:00:00Z"),
    ],
)
def test_quiet_until(hours, now, until):
    assert hours.quiet_until(from_rfc3339(now)) == (from_rfc3339(until) if until else None)


def test_a_night_belongs_to_the_day_on_which_it_starts():
    friday = QuietHours(start_min=22 * 60, end_min=6 * 60, days=frozenset({4}))
    assert friday.quiet_until(from_rfc3339("2025-07-26T05:00:00Z")) == from_rfc3339("2025-07-26T06:00:00Z")
    assert friday.quiet_until(from_rfc3339("2025-07-25T05:00:00Z")) is None
