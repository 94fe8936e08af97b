"""State that format 1 wrote must be read by every later version that still has format 1.

The file holds key, tab, value in base64. It is the state of a partition with an open incident, an unknown
author, an old version of a brand's watch beside the new one, and a minute that its header does not cover yet.
"""

import base64

import pytest
from msgspec import structs

from detector.checkpoint import Writes
from detector.codec import from_msgpack, to_msgpack
from detector.mention import Cover, MentionRecord, position
from detector.rank_tail import RankTail
from detector.shard import Shard
from detector.spike import Signal
from detector.state import STATE_FORMAT, Header, StateError, header_key, minute_key, read_state
from tests.crowd_logs import QUICK, SETTINGS, detectors_of, quick_shard
from tests.golden_file import golden
from tests.mention_logs import MINUTE_MS, START, Store, mention

COUNTS = (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT)
CLOSED_TO = START // MINUTE_MS + 108


def saved() -> tuple[dict[str, bytes], Shard]:
    shard, store, end = quick_shard(), Store(), 0
    events = {0: (1, "a"), 100: (20, "a"), 104: (3, "b"), 108: (1, "a")}
    for minute in range(110):
        count, brand = events.get(minute, (0, ""))
        rows = [
            mention(brand, 1_000 * minute + i, START + minute * MINUTE_MS + i, position(end + i), author=i)
            for i in range(count)
        ]
        cover = Cover(0, 1, position(end), position(end + count), START + minute * MINUTE_MS)
        end += count
        shard.apply(minute, START + minute * MINUTE_MS, MentionRecord(cover, rows))
        store.put(_written(shard.checkpoint()))
    entries = dict(store.entries)
    shard.apply(
        110,
        START + 110 * MINUTE_MS,
        MentionRecord(Cover(0, 1, 0, position(end), START + 110 * MINUTE_MS), []),
    )
    writes = shard.checkpoint()
    if writes is not None:
        entries.update((key, value) for key, value in writes.before if value is not None)
    return entries, store.into(quick_shard())


def _written(writes: Writes | None):
    return [] if writes is None else [*writes.before, writes.header, *writes.after]


def on_record() -> dict[str, bytes]:
    present = "".join(f"{k}\t{base64.b64encode(v).decode()}\n" for k, v in sorted(saved()[0].items()))
    lines = golden("state_format_1.txt", present).splitlines()
    return {key: base64.b64decode(value) for key, _, value in (line.partition("\t") for line in lines)}


def test_present_writes_hold_what_is_on_record():
    """Key by key and field by field; later versions may have added optional fields, nothing else.

    What detectors dump has a format of its own.
    """
    present, before = saved()[0], on_record()
    assert present.keys() == before.keys()
    for key, data in before.items():
        # What was found of an incident may be said otherwise by a later version: its fields stay.
        found = _shape if "/brand/" in key else lambda fields: fields
        assert _holds(found(_fields(present[key])), found(_fields(data))), key


def _fields(data: bytes) -> dict[str, object]:
    record = from_msgpack(data, dict)
    return {name: value for name, value in record.items() if name != "detectors"}


def _shape(value):
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items()}
    return [_shape(each) for each in value[:1]] if isinstance(value, list) else type(value)


def _holds(present, before) -> bool:
    if isinstance(before, dict):
        return before.keys() <= present.keys() and all(_holds(present[k], v) for k, v in before.items())
    if isinstance(before, list):
        return len(present) >= len(before) and all(map(_holds, present, before))
    return present == before


def test_a_field_that_changed_is_noticed():
    assert not _holds({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]})
    assert not _holds({"a": []}, {"a": [1]})
    assert not _holds({}, {"a": None})


def test_all_kinds_of_records_are_on_record():
    kinds = {key.split("/")[1] for key in on_record()}
    assert kinds == {"header", "minute", "brand", "baseline"}


def test_a_shard_goes_on_from_the_state_on_record():
    shard = quick_shard()
    shard.restore(read_state(0, 1, on_record()))
    assert (shard.through, shard.next_offset, shard.closed_to) == (109, 110, CLOSED_TO)
    assert not shard.forgotten
    assert [(i.brand, i.revision, i.state) for i in shard.open_incidents] == [("a", 2, "open")]
    assert sorted(shard.tracks) == ["a", "b"]
    assert shard.tracks["a"].everyone.count(CLOSED_TO + 1, 5) == 1
    assert shard.tracks["b"].everyone.authors(CLOSED_TO + 1, 6) == 3
    shard.apply(110, START + 200 * MINUTE_MS, MentionRecord(_cover(150), []))
    assert [(r.revision, r.change) for r in shard.take().revisions][-1:] == [(3, "resolved")]


def _cover(minute: int) -> Cover:
    return Cover(0, 1, 0, position(25), START + minute * MINUTE_MS)


def test_another_number_of_partitions_is_refused():
    message = (
        r"the state was written for 1 partitions: got 2 now; expected 1; set the partitions of the "
        r"mentions topic back, or start with a new app_id"
    )
    with pytest.raises(StateError, match=message):
        read_state(0, 2, on_record())


@pytest.mark.parametrize("kind", ["header", "minute", "brand", "baseline"])
@pytest.mark.parametrize("rest", [{}, {"minute": "x", "partitions": [], "versions": 1, "learnt": {}}])
def test_a_newer_format_is_refused_whatever_its_layout(kind, rest):
    entries = on_record()
    key = next(key for key in entries if f"/{kind}" in key)
    entries[key] = to_msgpack({"format": STATE_FORMAT + 1, **rest})
    with pytest.raises(StateError, match=rf"state of format 2 in {key}: expected 1; run the siaga version"):
        read_state(0, 1, entries)


def test_fields_of_the_future_are_skipped():
    """An optional field that a later format 1 may add does not stop this version."""
    entries = on_record()
    shard = quick_shard()
    shard.restore(read_state(0, 1, entries))
    header = read_state(0, 1, entries).header
    assert isinstance(header, Header)
    fields = {name: getattr(header, name) for name in Header.__struct_fields__}
    entries[header_key(0)] = to_msgpack({**fields, "new": 1})
    assert read_state(0, 1, entries).header == header


def test_another_threshold_does_not_cost_what_was_learnt():
    def other(_brand):
        return [RankTail(signal, structs.replace(SETTINGS, tail_p=1e-5)) for signal in COUNTS]

    shard = Shard(0, 1, other, QUICK)
    shard.restore(read_state(0, 1, on_record()))
    assert not shard.forgotten
    assert shard.tracks["a"].learnt == CLOSED_TO


def test_another_half_life_begins_anew_and_says_so():
    def other(_brand):
        return [RankTail(signal, structs.replace(SETTINGS, half_life_min=60)) for signal in COUNTS]

    shard = Shard(0, 1, other, QUICK)
    shard.restore(read_state(0, 1, on_record()))
    assert any(line.startswith("a: negative_count/5m/rank_tail/1-") for line in shard.forgotten)


def test_another_rule_of_a_detector_begins_anew_and_says_so():
    other = Shard(0, 1, lambda brand: [_other(d) for d in detectors_of(brand)], QUICK)
    other.restore(read_state(0, 1, on_record()))
    assert any(line.startswith("a: negative_count/") for line in other.forgotten)


def _other(detector):
    detector.version = "2-other"
    return detector


def test_keys():
    assert (header_key(3), minute_key(3, 29_000_000, 1)) == ("3/header", "3/minute/29000000/1")
