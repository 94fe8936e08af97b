"""A burst of incidents becomes one message, and nothing critical waits for it."""

import pytest

from detector.burst import Told, burst_message, wait_ms
from detector.message import MAX_SUMMARY_WORDS
from detector.severity import Severity
from tests.unit.alert_examples import incident, resolved

W, C = Severity.WARNING, Severity.CRITICAL


@pytest.mark.parametrize(
    ("severities", "now", "wait"),
    [
        ([W], 130_000, 0),
        ([W], 129_999, 1),
        ([W, W], 100_000, 30_000),
        ([W, C], 100_000, 0),
        ([], 101_000, 29_000),
        ([W], 90_000, 30_000),  # a clock that was put back holds nothing for longer
    ],
)
def test_how_long_what_waits_is_held(severities, now, wait):
    assert wait_ms(severities, 30_000, 100_000, now) == wait


def test_nothing_is_held_where_nothing_is_grouped():
    assert wait_ms([W], 0, 100_000, 100_000) == 0


@pytest.mark.parametrize(("language", "act"), [("en", "answer at once"), ("id", "jawab segera")])
def test_the_worst_comes_first_and_says_what_to_do(language, act):
    told = [
        Told(resolved(id="a", brand="over"), "Over"),
        Told(incident(id="b", brand="calm", severity=W), "Calm"),
        Told(incident(id="c", brand="worst"), "Worst"),
    ]
    message = burst_message(told, language)
    assert message.summary.endswith("Worst, Calm, Over.")
    lines = message.body.splitlines()
    assert [line[2:].split(":")[0] for line in lines[:3]] == ["Worst", "Calm", "Over"]
    assert act in lines[3]


def test_times_are_those_of_the_zone():
    body = burst_message([Told(incident()), Told(resolved())], "id", "Asia/Jakarta").body
    assert "sejak sekitar pukul 21.58 WIB tanggal 21 Juli 2025" in body
    assert "sampai pukul 00.20 WIB tanggal 22 Juli 2025" in body
    assert "UTC" not in body


def test_many_brands_are_counted_not_listed():
    told = [Told(incident(id=str(n), brand=f"b{n}"), f"a brand with a name of words {n}") for n in range(20)]
    summary = burst_message(told, "en").summary
    assert summary.startswith("20 incidents in a short time: ")
    assert summary.endswith("and 16 more.") or len(summary.split()) <= MAX_SUMMARY_WORDS
