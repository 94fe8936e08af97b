"""The ledger knows the newest revision and who has which, and never forgets what was delivered."""

import re

import msgspec
import pytest

from detector.codec import CodecError, to_json, to_msgpack
from detector.last_told import LastTold
from detector.ledger import LEDGER_FORMAT, LedgerEntry, decode, encode, expose, observe, record
from detector.severity import Severity
from tests.unit.alert_examples import NOW, incident, resolved, revised

DAY = 24 * 3_600_000


def entry(revision: int = 1, known: LedgerEntry | None = None) -> LedgerEntry:
    seen = revised(incident(), revision)
    return observe(known, seen, to_json(seen), NOW)


def test_a_first_revision_makes_an_entry_that_nobody_has():
    made = entry()
    assert (made.format, made.id, made.brand) == (LEDGER_FORMAT, incident().id, "biznet")
    assert (made.revision, made.state, made.arrived_at) == (1, "open", NOW)
    assert made.delivered_to("team") == 0
    assert made.incident == incident()


def test_a_revision_that_is_not_the_newest_changes_nothing():
    newest = entry(3)
    for revision in (1, 2, 3):
        assert entry(revision, newest) is newest


def test_a_newer_revision_keeps_who_has_what():
    told = record(record(entry(1), "team", 1), "desk", 1)
    newer = entry(5, told)
    assert (newer.revision, newer.delivered) == (5, {"team": 1, "desk": 1})


def test_what_a_receiver_has_never_falls():
    told = record(entry(3), "team", 3)
    assert record(told, "team", 2) is told
    assert record(told, "team", 3) is told
    assert record(told, "team", 4).delivered_to("team") == 4


def test_only_what_has_been_over_for_long_is_forgotten():
    ended = resolved()
    over = observe(entry(1), ended, to_json(ended), NOW)
    assert not entry().forgettable(NOW + 365 * DAY, DAY)
    assert not over.forgettable(NOW + DAY, DAY)
    assert over.forgettable(NOW + DAY + 1, DAY)


def test_an_entry_survives_its_bytes():
    told = record(entry(3), "team", 2)
    assert decode(encode(told)) == told
    assert encode(decode(encode(told))) == encode(told)


def test_the_topic_bytes_are_kept_even_where_a_newer_siaga_wrote_more():
    payload = to_json(incident())[:-1] + b',"new_field":{"a":1}}'
    kept = decode(encode(observe(None, incident(), payload, NOW)))
    assert kept.payload == payload
    assert kept.incident == incident()


def test_an_entry_of_another_format_is_refused_with_what_to_do():
    data = to_msgpack(msgspec.structs.replace(entry(), format=2))
    wanted = (
        "ledger entry of another siaga: got format 2; expected 1; "
        "run the version that wrote it, or empty the table"
    )
    with pytest.raises(CodecError, match=re.escape(wanted)):
        decode(data)


@pytest.mark.parametrize("data", [b"", b"\xc1", b"{}", to_msgpack({"format": 1}), to_msgpack([1, 2])])
def test_bytes_that_are_no_entry_are_refused(data):
    with pytest.raises(CodecError, match="bad MessagePack"):
        decode(data)


W, C = Severity.WARNING, Severity.CRITICAL


def test_when_and_how_somebody_was_told_is_kept():
    told = record(entry(1), "team", 1, NOW, W)
    assert told.last_told("team") == LastTold(NOW, W)
    assert told.last_told("desk") == LastTold()
    again = record(told, "team", 1, NOW + 5, W)
    assert (again.delivered_to("team"), again.last_told("team").at) == (1, NOW + 5)
    assert decode(encode(again)) == again
    assert entry(2, again).last_told("team") == again.last_told("team")


def test_what_a_receiver_may_hold_is_written_before_and_settled_after():
    before = expose(entry(1), "am", W)
    assert before.last_told("am").shown == (W,)
    assert expose(before, "am", W) is before
    told = record(before, "am", 1, NOW, W)
    both = expose(told, "am", C)
    assert both.last_told("am") == LastTold(NOW, W, (W, C))
    assert record(both, "am", 2, NOW + 1, C).last_told("am") == LastTold(NOW + 1, C, (C,))


def test_an_end_leaves_what_was_shown():
    told = record(expose(entry(1), "am", W), "am", 1, NOW, W)
    assert record(told, "am", 2, NOW + 1).last_told("am") == LastTold(NOW + 1, W, (W,))


def test_an_entry_from_before_that_was_kept_is_read():
    old = msgspec.structs.asdict(entry(3))
    del old["last"]
    assert decode(to_msgpack(old)) == entry(3)
