"""Who is told what, and the reason for it."""

import pytest

from detector.alert import SENTENCES, Action, Alert, AlertReason, Decision, ReceiverRule, decide
from detector.clock import from_rfc3339
from detector.codec import to_json
from detector.incident import Change, Incident
from detector.severity import Severity
from tests.unit.alert_examples import NOW, incident, resolved, revised

HOUR = 3_600_000
ANY = ReceiverRule(receiver="team", min_severity=Severity.INFO)


def reason(told: Incident, rule: ReceiverRule = ANY, delivered: int = 0, now: int = NOW) -> AlertReason:
    decision = decide(told, rule, delivered, now)
    assert (decision.action is Action.DELIVER) == (
        decision.reason in (AlertReason.NOT_YET_TOLD, AlertReason.NEWER_REVISION)
    )
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
