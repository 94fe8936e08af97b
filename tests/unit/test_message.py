"""Alerts in words; the golden texts are read aloud by people before they change.

`REWRITE_GOLDEN=1 pytest tests/unit/test_message.py` writes them anew.
"""

import os
from pathlib import Path

import pytest

from detector.evidence import Example
from detector.incident import Change
from detector.message import MAX_EXAMPLE_CHARS, MAX_SUMMARY_WORDS, message
from detector.severity import Calm, Severity, assess
from detector.spike import Signal
from detector.wording import WORDINGS
from tests.unit.alert_examples import evidence, incident, resolved, verdict

GOLDEN = Path(__file__).parents[1] / "golden" / "messages"
SHARE = {"signal": Signal.NEGATIVE_SHARE, "window_min": 60, "observed": 0.62, "expected": 0.31, "upper": 0.46}

CASES = {
    "opened": incident(),
    "escalated": incident(
        revision=2,
        change=Change.ESCALATED,
        verdict=verdict(observed=1_240.0, expected=3.4, upper=9.7),
        evidence=evidence(posts=1_530, negatives=1_240, platforms={"tiktok": 1_000, "x": 530}),
    ),
    "eased_first_seen": incident(
        revision=3,
        change=Change.DE_ESCALATED,
        severity=Severity.WARNING,
        first_seen=True,
        verdict=verdict(observed=8.0, expected=0.02),
        evidence=evidence(coverage=0.31, near_copies=1),
    ),
    "share": incident(
        severity=Severity.WARNING,
        signal=Signal.NEGATIVE_SHARE,
        verdict=verdict(**SHARE),
        change=Change.UPDATED,
    ),
    "attention": incident(
        severity=Severity.INFO,
        calm=Calm.NOT_NEGATIVE,
        signal=Signal.TOTAL_COUNT,
        verdict=verdict(signal=Signal.TOTAL_COUNT, observed=410.0, expected=55.3, upper=140.0),
        evidence=evidence(posts=430, negatives=21, drivers=("konser", "tiket"), examples=()),
    ),
    "resolved": resolved(),
    "named_with_link": incident(
        evidence=evidence(amplified_share=0.4, usual_negative_share=0.12, near_copies=9)
    ),
    "silent": incident(severity=Severity.WARNING, silent_platforms=("tiktok", "x")),
    "reminder": incident(change=Change.UPDATED, revision=5, severity=Severity.WARNING),
    "opened_in_jakarta": incident(),
    "resolved_in_jakarta": resolved(),
}
SAID = {
    "named_with_link": {
        "name": "Biznet Home",
        "link": "https://dash.example/d/siaga?var-brand=biznet&from=1753106280000",
    },
    "reminder": {"reminder": True},
    "opened_in_jakarta": {"zone": "Asia/Jakarta"},
    "resolved_in_jakarta": {"zone": "Asia/Jakarta"},
}
LANGUAGES = tuple(WORDINGS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_the_golden_messages_are_unchanged(case, language):
    path = GOLDEN / f"{case}.{language}.txt"
    text = message(CASES[case], language, **SAID.get(case, {})).text + "\n"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_there_is_no_golden_message_without_a_case():
    expected = {f"{case}.{language}.txt" for case in CASES for language in LANGUAGES}
    assert {path.name for path in GOLDEN.glob("*.txt")} == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("change", Change)
@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("severity", Severity)
def test_a_summary_is_one_line_of_at_most_40_words(language, change, signal, severity):
    told = incident(
        brand="a brand whose own name is longer than any name has ever been",
        change=change,
        state="resolved" if change is Change.RESOLVED else "open",
        resolved_at="2025-07-23T17:21:00Z" if change is Change.RESOLVED else None,
        severity=severity,
        signal=signal,
        verdict=verdict(signal=signal, window_min=24 * 60 + 61, observed=1e9, expected=1e8),
    )
    summary = message(told, language).summary
    assert len(summary.split()) <= MAX_SUMMARY_WORDS
    assert "\n" not in summary
    assert "{" not in message(told, language).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_line_says_brand_what_how_big_and_since_when(language):
    summary = message(incident(), language).summary
    wanted = {
        "en": (
            "biznet",
            "37 negative posts within 15 minutes",
            "usually about 2",
            "14:58 UTC on 21 July 2025",
        ),
        "id": (
            "biznet",
            "37 unggahan negatif dalam 15 menit",
            "biasanya sekitar 2",
            "14.58 UTC tanggal 21 Juli 2025",
        ),
    }
    for part in wanted[language]:
        assert part in summary


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_shown_a_probability_or_a_word_of_the_trade(language):
    for told in CASES.values():
        text = message(told, language).text.lower()
        for word in (
            "p-value",
            "p =",
            "e-0",
            "sigma",
            "baseline",
            "anomal",
            "watermark",
            "bucket",
            "polarity",
        ):
            assert word not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_info_says_why_it_is_no_more_and_everything_else_what_weighs_most(language):
    words = WORDINGS[language]
    for calm in Calm:
        text = message(incident(severity=Severity.INFO, calm=calm), language).text
        assert words.calm[calm].format(brand="biznet") in text
        assert words.weighs[:11] not in text
    text = message(incident(), language).text
    most = f"{words.contributions['negative_share']}, {words.contributions['size']}"
    assert words.weighs.format(score=74, reasons=most) in text
    assert words.weighs[:11] not in message(incident(contributions={}), language).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_contribution_has_its_words(language):
    assert set(WORDINGS[language].contributions) == set(assess(verdict(), evidence(), False).contributions)
    assert set(WORDINGS[language].calm) == set(Calm)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"negative_authors": 6}, False),
        ({"negative_authors": 7}, True),
        ({"negative_authors": None}, False),
    ],
)
def test_an_end_by_habit_says_that_the_level_has_stayed(language, changes, said):
    ended = resolved(verdict=verdict(upper=6.0), evidence=evidence(authors=30, **changes))
    assert (WORDINGS[language].still_high in message(ended, language).text) is said


def test_an_end_after_a_rise_of_volume_looks_at_all_authors_and_one_of_the_share_at_none():
    still_high = WORDINGS["en"].still_high
    shown = evidence(authors=30, negative_authors=0)
    volume = resolved(verdict=verdict(signal=Signal.TOTAL_COUNT, upper=6.0), evidence=shown)
    assert still_high in message(volume, "en").text
    share = resolved(verdict=verdict(**SHARE), evidence=shown)
    assert still_high not in message(share, "en").text


def test_one_is_singular():
    told = incident(verdict=verdict(observed=1.0), evidence=evidence(posts=1, negatives=1))
    text = message(told, "en").text
    assert "1 negative post within" in text
    assert "All posts about biznet in that time: 1, of which negative: 1 (100%)." in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_of_anyone_stays_on_its_line_and_is_cut(language):
    nasty = Example("a\x00b\u202e\n\n- c\t" + "😡" * 500, "other", "2025-07-21T15:03:12+07:00", -0.9)
    body = message(incident(evidence=evidence(examples=(nasty,) * 5)), language).body
    shown = [line for line in body.splitlines() if line.startswith("- ")]
    assert len(shown) == 3
    assert all(line.startswith("- “a b - c 😡") for line in shown)
    assert all(len(line) < MAX_EXAMPLE_CHARS + 60 for line in shown)
    assert not any(c in body for c in "\x00\u202e\t")
    assert all(("08:03" in line) or ("08.03" in line) for line in shown)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("upper", [float("inf"), float("nan"), 0.0, -1.0])
def test_a_limit_that_nobody_can_read_is_left_out(language, upper):
    body = message(incident(verdict=verdict(upper=upper)), language).body
    assert not any(word in body for word in ("normal", "wajar", "inf", "nan "))


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_posts_nothing_is_said_about_posts(language):
    none = evidence(posts=0, negatives=0, authors=0, coverage=0.0, platforms={}, drivers=(), examples=())
    body = message(incident(evidence=none), language).body
    assert "0%" not in body
    assert len(body.splitlines()) == 3


def test_a_date_is_said_again_only_when_it_is_another_day():
    assert "from about 14:58 UTC on 21 July 2025 to 17:20 UTC." in message(resolved(), "en").summary
    next_day = resolved(resolved_at="2025-07-22T00:10:00Z")
    assert (
        "from about 14:58 UTC on 21 July 2025 to 00:10 UTC on 22 July 2025."
        in message(next_day, "en").summary
    )


def test_another_day_is_that_of_the_receiver_not_of_utc():
    # Midnight in UTC is seven in the morning in Jakarta, and ten in the evening is five.
    over = resolved(onset_at="2025-07-21T22:00:00Z", resolved_at="2025-07-22T00:10:00Z")
    summary = message(over, "en", zone="Asia/Jakarta").summary
    assert "from about 05:00 WIB on 22 July 2025 to 07:10 WIB." in summary


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_time_is_left_in_utc(language):
    for case in CASES:
        assert "UTC" not in message(CASES[case], language, zone="Asia/Makassar").text


def test_the_length_of_an_incident_is_said_in_its_two_largest_units():
    assert "It lasted 2 hours 22 minutes," in message(resolved(), "en").summary
    long = resolved(onset_at="2025-07-20T15:20:00Z")
    assert "It lasted 1 day 2 hours," in message(long, "en").summary
    assert "Berlangsung 1 hari 2 jam," in message(long, "id").summary
    short = resolved(onset_at="2025-07-21T17:20:00Z")
    assert "It lasted 1 minute," in message(short, "en").summary
