from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.duration import format_duration, parse_duration

TEN_YEARS = 10 * 366 * 86_400_000


@given(st.integers(0, TEN_YEARS))
def test_text_and_back(millis):
    assert parse_duration(format_duration(millis)) == millis


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_refused(text):
    with suppress(ValueError):
        assert parse_duration(text) >= 0


def test_a_negative_duration_has_no_text():
    with pytest.raises(ValueError, match=r"^negative duration: got -1; expected 0 or more; check its order$"):
        format_duration(-1)
