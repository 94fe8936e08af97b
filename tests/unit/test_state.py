import pytest

from detector.bucket import Tally
from detector.codec import CodecError, from_msgpack, to_msgpack
from detector.state import (
    CHUNK_BYTES,
    STATE_FORMAT,
    BrandRecord,
    Header,
    MinuteOfBrand,
    MinuteRecord,
    Version,
    brand_key,
    header_key,
    minute_key,
    minute_records,
    read_state,
)
from detector.watch import Watch
from detector.watermark import Clocks

ROW = MinuteOfBrand(Tally(posts=1), b"x" * 4_096, 0, b"", 0)


def header(closed_to: int | None = 10, seq: int = 5) -> bytes:
    return to_msgpack(Header(STATE_FORMAT, 4, 7, 6, seq, closed_to, Clocks()))


def test_a_minute_of_many_brands_comes_in_chunks_below_the_limit_of_a_record():
    brands = {f"brand{i}": ROW for i in range(500)}
    chunks = dict(minute_records(3, MinuteRecord(STATE_FORMAT, 9, brands, ["brand1", "silent"])))
    assert list(chunks) == [minute_key(3, 9, number) for number in range(len(chunks))]
    assert len(chunks) > 3
    assert max(map(len, chunks.values())) < CHUNK_BYTES * 1.1
    records = [from_msgpack(data, MinuteRecord) for data in chunks.values()]
    assert {name: row for record in records for name, row in record.brands.items()} == brands
    assert [record.in_incident for record in records] == [["brand1", "silent"]] + [[]] * (len(records) - 1)


def test_a_minute_without_posts_is_written_only_for_its_incidents():
    assert list(minute_records(3, MinuteRecord(STATE_FORMAT, 9, {}))) == []
    assert len(list(minute_records(3, MinuteRecord(STATE_FORMAT, 9, {}, ["a"])))) == 1


def test_without_a_header_there_is_no_state():
    state = read_state(0, 4, {brand_key(0, "a"): b"\xff"})
    assert (state.header, state.minutes, state.brands) == (None, [], {})


def test_minutes_that_the_header_does_not_cover_do_not_count():
    entries = {header_key(0): header(closed_to=10)}
    for minute in (11, 9, 10, 100):
        entries |= minute_records(0, MinuteRecord(STATE_FORMAT, minute, {"a": ROW}))
    assert [record.minute for record in read_state(0, 4, entries).minutes] == [9, 10]


def test_records_of_other_partitions_are_left_alone():
    entries = {header_key(1): header(), brand_key(11, "a"): b"\xff", minute_key(0, 3, 0): b"\xff"}
    assert read_state(1, 4, entries).brands == {}


@pytest.mark.parametrize(
    ("seqs", "header_seq", "found"),
    [([3, 5], 5, 5), ([3, 5], 4, 3), ([3, 5], 9, 5), ([3, 5], 2, None), ([5], 5, 5), ([], 5, None)],
)
def test_the_version_of_a_brand_is_the_newest_that_the_header_covers(seqs, header_seq, found):
    record = BrandRecord(STATE_FORMAT, [Version(seq, Watch()) for seq in seqs])
    version = record.at(header_seq)
    assert (None if version is None else version.seq) == found


@pytest.mark.parametrize("key", [header_key(0), minute_key(0, 3, 0), brand_key(0, "a"), "0/baseline/a"])
@pytest.mark.parametrize("data", [b"", b"\xff", b"\x80", b"\x81\xa6format\x01", b"junk"])
def test_damage_is_named_with_its_key(key, data):
    with pytest.raises(CodecError, match=rf"^broken state record {key} .*; restore the changelog topic"):
        read_state(0, 4, {header_key(0): header(), key: data})


@pytest.mark.parametrize(
    "key",
    [
        "0/copies/",
        "0/copies/x/0",
        "0/copies/5",
        "0/copies/5/-1",
        f"0/copies/{10**18}/0",
        f"0/copies/5/{10**18}",
    ],
)
def test_a_broken_key_of_copies_is_named(key):
    with pytest.raises(CodecError, match=rf"^broken state key {key}; restore the changelog topic"):
        read_state(0, 4, {header_key(0): header(), key: b""})
