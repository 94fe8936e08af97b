from __future__ import annotations

import pytest
from msgspec import structs

from detector.incident import Change
from detector.spike import Reason
from detector.verification import brand_of, verify
from tests.mention_logs import crisis_log, replay


@pytest.fixture(scope="module")
def revisions():
    return replay(crisis_log(1))[1].revisions


def wrong(incident):
    return {check.what for check in verify(incident) if not check.holds}


def test_every_revision_of_the_core_agrees_with_itself(revisions):
    assert {r.change for r in revisions} >= {Change.OPENED, Change.RESOLVED}
    assert [wrong(r) for r in revisions] == [set()] * len(revisions)


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("observed", 3.0, {"reason", "ratio", "p_value"}),
        ("expected", 0.001, {"expected"}),
        ("upper", 2.0, {"upper"}),
        ("p_value", 1e-12, {"p_value"}),
        ("reason", Reason.TOO_FEW, {"reason"}),
        ("numbers", {}, {"verdict"}),
        ("detector", "", {"verdict"}),
    ],
)
def test_a_changed_verdict_is_noticed(revisions, field, value, what):
    opened = revisions[0]
    verdict = structs.replace(opened.verdict, **{field: value})
    assert what <= wrong(structs.replace(opened, verdict=verdict))


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("id", "brand0-20250721T1505Z-negative_count", "id"),
        ("score", 99, "score"),
        ("reason", "all is well", "sentence"),
        ("onset_at", "2099-01-01T00:00:00Z", "times"),
        ("format", 9, "format"),
        ("opened_at", "x", "opened_at"),
        ("updated_at", "0001-01-01T00:00:00Z", "updated_at"),
    ],
)
def test_a_changed_record_is_noticed(revisions, field, value, what):
    assert wrong(structs.replace(revisions[0], **{field: value})) == {what}


@pytest.mark.parametrize(
    ("field", "value", "what"), [("window_min", 2**63, "window"), ("minute", -(2**60), "minute")]
)
def test_an_absurd_verdict_is_refused_at_once(revisions, field, value, what):
    verdict = structs.replace(revisions[0].verdict, **{field: value})
    assert wrong(structs.replace(revisions[0], verdict=verdict)) == {what}


def test_the_brand_of_an_id():
    assert brand_of("a-2-20250721T1505Z-total_count") == "a-2"
    assert brand_of("a-2") is None
