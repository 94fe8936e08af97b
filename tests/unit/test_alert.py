"""Who is told what, and the reason for it."""

import pytest

from detector.alert import (
    ENDED_MS,
    SENTENCES,
    TOLD,
    Action,
    Alert,
    AlertReason,
    Decision,
    ReceiverRule,
    decide,
)
from detector.clock import from_rfc3339
from detector.codec import to_json
from detector.incident import Change, Incident
from detector.last_told import LastTold
from detector.quiet_hours import QuietHours
from detector.severity import Severity
from detector.spike import Signal
from tests.unit.alert_examples import NOW, incident, resolved, revised

HOUR = 3_600_000
ANY = ReceiverRule(receiver="team", min_severity=Severity.INFO)


def reason(told: Incident, rule: ReceiverRule = ANY, delivered: int = 0, now: int = NOW) -> AlertReason:
    decision = decide(told, rule, delivered, now)
    assert (decision.action is Action.DELIVER) == (decision.reason in TOLD)
    return decision.reason


def test_a_new_incident_is_told_and_the_decision_shows_its_numbers():
    assert decide(incident(revision=2), ANY, 0, NOW) == Decision(
        action=Action.DELIVER,
        reason=AlertReason.NOT_YET_TOLD,
        receiver="team",
        incident="biznet-20250721T1505Z-negative_count",
        revision=2,
        delivered_revision=0,
        age_ms=90_000,
    )


@pytest.mark.parametrize(
    ("brands", "expected"),
    [
        (frozenset(), AlertReason.NOT_YET_TOLD),
        (frozenset({"biznet", "united"}), AlertReason.NOT_YET_TOLD),
        (frozenset({"united"}), AlertReason.OTHER_BRAND),
        (frozenset({"Biznet"}), AlertReason.OTHER_BRAND),
    ],
)
def test_a_receiver_is_told_of_its_brands_only(brands, expected):
    assert reason(incident(), ReceiverRule(receiver="team", brands=brands)) is expected


@pytest.mark.parametrize("least", Severity)
@pytest.mark.parametrize("severity", Severity)
def test_a_receiver_is_told_from_its_minimum_severity_on(severity, least):
    told = reason(incident(severity=severity), ReceiverRule(receiver="team", min_severity=least))
    assert told is (AlertReason.NOT_YET_TOLD if severity.rank >= least.rank else AlertReason.BELOW_SEVERITY)


def test_info_is_not_told_unless_asked_for():
    assert (
        reason(incident(severity=Severity.INFO), ReceiverRule(receiver="team")) is AlertReason.BELOW_SEVERITY
    )


@pytest.mark.parametrize(
    ("revision", "delivered", "expected"),
    [
        (1, 0, AlertReason.NOT_YET_TOLD),
        (1, 1, AlertReason.ALREADY_DELIVERED),
        (1, 2, AlertReason.ALREADY_DELIVERED),
        (2, 1, AlertReason.NEWER_REVISION),
        (9, 1, AlertReason.NEWER_REVISION),
    ],
)
def test_the_newest_revision_above_the_delivered_one_is_told_whatever_lies_between(
    revision, delivered, expected
):
    assert reason(incident(revision=revision), delivered=delivered) is expected


def test_who_was_told_is_told_that_it_eases_even_below_the_minimum_severity():
    rule = ReceiverRule(receiver="team", min_severity=Severity.CRITICAL)
    eased = incident(revision=3, severity=Severity.INFO, change=Change.DE_ESCALATED)
    assert reason(eased, rule, delivered=1) is AlertReason.NEWER_REVISION
    assert reason(eased, rule, delivered=0) is AlertReason.BELOW_SEVERITY


def test_the_end_is_told_only_to_those_who_know_of_the_beginning():
    assert reason(resolved(), delivered=2) is AlertReason.NEWER_REVISION
    assert reason(resolved(), delivered=0) is AlertReason.OPENING_NOT_TOLD
    assert reason(resolved(), delivered=4) is AlertReason.ALREADY_DELIVERED


def test_the_end_is_told_however_old_it_is():
    assert reason(resolved(), delivered=2, now=NOW + 90 * 24 * HOUR) is AlertReason.NEWER_REVISION


UPDATED = from_rfc3339("2025-07-21T15:19:30Z")


@pytest.mark.parametrize(
    ("max_age_ms", "age_ms", "expected"),
    [
        (24 * HOUR, 24 * HOUR, AlertReason.NOT_YET_TOLD),
        (24 * HOUR, 24 * HOUR + 1, AlertReason.OLD_DATA),
        (HOUR, HOUR + 1, AlertReason.OLD_DATA),
        (24 * HOUR, -5 * HOUR, AlertReason.NOT_YET_TOLD),
        (0, 10 * 365 * 24 * HOUR, AlertReason.NOT_YET_TOLD),
        (None, 10 * 365 * 24 * HOUR, AlertReason.NOT_YET_TOLD),
    ],
)
def test_an_incident_found_in_old_data_calls_nobody(max_age_ms, age_ms, expected):
    rule = ReceiverRule(receiver="team", max_age_ms=max_age_ms)
    assert reason(incident(), rule, now=UPDATED + age_ms) is expected


def test_the_default_limit_of_age_is_a_day():
    assert (
        reason(incident(), ReceiverRule(receiver="team"), now=UPDATED + 24 * HOUR + 1) is AlertReason.OLD_DATA
    )


def test_what_began_long_ago_and_is_getting_worse_now_is_no_old_data():
    worse = incident(
        onset_at="2025-07-18T03:00:00Z", opened_at="2025-07-18T03:10:00Z", change=Change.ESCALATED
    )
    assert (
        reason(worse, ReceiverRule(receiver="team", min_severity=Severity.CRITICAL))
        is AlertReason.NOT_YET_TOLD
    )


def test_asking_again_after_delivery_changes_nothing():
    told = revised(incident(), 3)
    assert reason(told) is AlertReason.NOT_YET_TOLD
    assert reason(told, delivered=3) is AlertReason.ALREADY_DELIVERED
    assert reason(told, delivered=3, now=NOW + HOUR) is AlertReason.ALREADY_DELIVERED


def test_every_reason_is_a_sentence():
    assert set(SENTENCES) == set(AlertReason)
    assert AlertReason.OLD_DATA.sentence == "it was found in old data, so it is recorded and nobody is called"


def test_an_alert_speaks_the_language_of_its_receiver():
    told = incident()
    assert "unggahan negatif" in Alert(told, to_json(told), "id").message.summary
    assert "negative posts" in Alert(told, to_json(told), "en").message.summary


# 15:21 UTC is 22:21 in Jakarta.
NIGHT = QuietHours(start_min=22 * 60, end_min=6 * 60, zone="Asia/Jakarta")
SIX = from_rfc3339("2025-07-21T23:00:00Z")
ASLEEP = ReceiverRule(receiver="team", min_severity=Severity.INFO, quiet=(NIGHT,))
WARNED = incident(severity=Severity.WARNING)


def test_a_receiver_is_told_of_its_signals_only():
    rule = ReceiverRule(receiver="team", signals=frozenset({Signal.TOTAL_COUNT}))
    assert reason(incident(), rule) is AlertReason.OTHER_SIGNAL
    assert reason(incident(signal=Signal.TOTAL_COUNT), rule) is AlertReason.NOT_YET_TOLD


def test_in_quiet_hours_only_what_is_critical_is_told():
    assert reason(incident(severity=Severity.CRITICAL), ASLEEP) is AlertReason.NOT_YET_TOLD
    waits = decide(WARNED, ASLEEP, 0, NOW)
    assert (waits.reason, waits.again_at) == (AlertReason.QUIET_HOURS, SIX)
    assert reason(WARNED, ASLEEP, now=SIX - 1) is AlertReason.QUIET_HOURS


def test_when_quiet_hours_end_it_is_told_if_it_is_still_open():
    assert reason(WARNED, ASLEEP, now=SIX) is AlertReason.NOT_YET_TOLD
    assert reason(resolved(), ASLEEP, now=SIX) is AlertReason.OPENING_NOT_TOLD


def test_what_was_told_as_critical_is_followed_through_the_night():
    told = LastTold(at=NOW, severity=Severity.CRITICAL)
    eased = incident(revision=2, severity=Severity.WARNING, change=Change.DE_ESCALATED)
    assert decide(eased, ASLEEP, 1, NOW, told).reason is AlertReason.NEWER_REVISION
    assert decide(resolved(), ASLEEP, 2, NOW, told).reason is AlertReason.NEWER_REVISION
    calm = LastTold(at=NOW, severity=Severity.WARNING)
    assert decide(resolved(), ASLEEP, 2, NOW, calm).reason is AlertReason.QUIET_HOURS
    assert decide(resolved(), ASLEEP, 2, SIX, calm).reason is AlertReason.NEWER_REVISION


def test_new_figures_alone_are_told_only_to_those_who_want_them():
    rule = ReceiverRule(receiver="team", min_severity=Severity.INFO, figures=False)
    told = LastTold(at=NOW, severity=Severity.WARNING)
    newer = incident(revision=2, severity=Severity.WARNING, change=Change.UPDATED)
    assert decide(newer, rule, 1, NOW, told).reason is AlertReason.ONLY_FIGURES
    assert decide(newer, ANY, 1, NOW, told).reason is AlertReason.NEWER_REVISION
    worse = incident(revision=3, severity=Severity.CRITICAL)
    assert decide(worse, rule, 1, NOW, told).reason is AlertReason.NEWER_REVISION
    assert decide(resolved(), rule, 3, NOW, told).reason is AlertReason.NEWER_REVISION
    # How it was told before that was written down is not known: rather once too often.
    assert decide(newer, rule, 1, NOW).reason is AlertReason.NEWER_REVISION


def test_what_is_still_open_is_told_again_after_the_interval():
    rule = ReceiverRule(receiver="team", repeat_ms=4 * HOUR, figures=False)
    told = LastTold(at=NOW, severity=Severity.CRITICAL)
    waits = decide(incident(), rule, 1, NOW + 4 * HOUR - 1, told)
    assert (waits.reason, waits.again_at) == (AlertReason.ALREADY_DELIVERED, NOW + 4 * HOUR)
    assert decide(incident(), rule, 1, NOW + 4 * HOUR, told).reason is AlertReason.STILL_OPEN
    newer = incident(revision=2, change=Change.UPDATED)
    assert decide(newer, rule, 1, NOW + 4 * HOUR, told).reason is AlertReason.STILL_OPEN
    assert decide(resolved(), rule, 4, NOW + 9 * HOUR, told).reason is AlertReason.ALREADY_DELIVERED
    quiet = ReceiverRule(receiver="team", repeat_ms=HOUR, quiet=(NIGHT,))
    calm = LastTold(at=NOW - HOUR, severity=Severity.WARNING)
    assert decide(WARNED, quiet, 1, NOW, calm).reason is AlertReason.QUIET_HOURS


def test_a_receiver_that_forgets_is_told_again_while_it_is_open_and_for_a_while_after():
    rule = ReceiverRule(receiver="team", renew_ms=45_000)
    told = LastTold(at=NOW, severity=Severity.CRITICAL, shown=(Severity.CRITICAL,))
    assert decide(incident(), rule, 1, NOW + 44_999, told, NOW).reason is AlertReason.ALREADY_DELIVERED
    assert decide(incident(), rule, 1, NOW + 45_000, told, NOW).reason is AlertReason.RENEWED
    assert decide(incident(), rule, 1, NOW + 900 * HOUR, told, 0).reason is AlertReason.RENEWED
    assert decide(resolved(), rule, 4, NOW + ENDED_MS - 1, told, 0).reason is AlertReason.RENEWED
    assert decide(resolved(), rule, 4, NOW + ENDED_MS, told, 0).reason is AlertReason.ALREADY_DELIVERED


def test_an_opening_whose_delivery_was_cut_off_is_told_again_and_ended():
    may_hold = LastTold(shown=(Severity.WARNING,))
    assert decide(resolved(), ANY, 0, NOW, may_hold).reason is AlertReason.NEWER_REVISION
    strict = ReceiverRule(receiver="team", min_severity=Severity.CRITICAL, max_age_ms=1)
    eased = incident(severity=Severity.INFO)
    assert decide(eased, strict, 0, NOW + HOUR, may_hold).reason is AlertReason.NOT_YET_TOLD


def test_an_opening_that_may_have_been_told_as_critical_is_followed_through_the_night():
    may_hold = LastTold(shown=(Severity.CRITICAL,))
    eased = incident(severity=Severity.INFO)
    assert reason(eased, ASLEEP, now=SIX - 1) is AlertReason.QUIET_HOURS
    assert decide(eased, ASLEEP, 0, SIX - 1, may_hold).reason is AlertReason.NOT_YET_TOLD


def test_an_alert_says_the_name_that_people_know():
    told = incident()
    named = Alert(told, to_json(told), "en", name="Biznet Home", link="https://dash.example/")
    assert named.message.summary.startswith("Biznet Home: ")
    assert "See for yourself: https://dash.example/" in named.message.body
    assert Alert(told, to_json(told), "en").brand_name == "biznet"
