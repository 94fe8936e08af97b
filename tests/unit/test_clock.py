from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.clock import from_rfc3339, minute_of, start_of, to_millis, to_rfc3339

LAST = 253_402_300_799_999


@given(st.integers(0, LAST))
def test_text_and_back(at):
    assert from_rfc3339(to_rfc3339(at)) == at


@given(st.integers(-(10**13), 10**13))
def test_a_minute_covers_its_instants(at):
    assert start_of(minute_of(at)) <= at < start_of(minute_of(at) + 1)


def test_milliseconds_are_written_only_where_there_are_any():
    assert to_rfc3339(0) == "1970-01-01T00:00:00Z"
    assert to_rfc3339(1) == "1970-01-01T00:00:00.001Z"
    assert to_rfc3339(LAST) == "9999-12-31T23:59:59.999Z"


@pytest.mark.parametrize("at", [-1, LAST + 1])
def test_a_time_that_cannot_be_written(at):
    message = f"time out of range: got {at}; expected 0 to {LAST} ms since 1970; check the unit"
    with pytest.raises(ValueError, match=f"^{message}$"):
        to_rfc3339(at)


@pytest.mark.parametrize(
    "text", ["2025-07-21T22:05:00+07:00", "2025-07-21T15:05:00Z", "2025-07-21T15:05:00.0009Z"]
)
def test_zones_and_fractions(text):
    assert from_rfc3339(text) == 1_753_110_300_000


def test_a_time_without_zone_is_refused():
    message = r"^time zone missing: got 2025-07-21T15:05:00; expected an offset such as Z or \+07:00; add it$"
    with pytest.raises(ValueError, match=message):
        from_rfc3339("2025-07-21T15:05:00")
    with pytest.raises(ValueError, match="time zone missing"):
        to_millis(datetime(2025, 7, 21))


@pytest.mark.parametrize("text", ["", "yesterday", "2025-13-01T00:00:00Z", "x" * 500])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=r"^not a time: got ") as caught:
        from_rfc3339(text)
    assert len(str(caught.value)) < 160


def test_before_1970_the_millisecond_that_covers_an_instant():
    assert to_millis(datetime(1969, 12, 31, 23, 59, 59, 999_500, UTC)) == -1
