from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.codec import CodecError, from_msgpack, to_msgpack
from detector.mention import (
    MAX_PACKED_BYTES,
    Cover,
    Hole,
    Mention,
    MentionRecord,
    offset_of,
    pack,
    position,
    split,
    unpack,
)

AT = 1_753_085_100_000
NAME = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
HASH = st.integers(0, 2**64 - 1)
MENTIONS = st.builds(
    Mention, NAME, HASH, HASH, st.integers(0, 2**62), st.integers(0, 2**62), st.integers(-10_000, 10_000),
    st.integers(-1, 1), st.integers(0, 15), st.integers(0, 3), st.integers(0, 100), st.integers(0, 2**32 - 1),
    HASH, NAME, NAME,
)  # fmt: skip
COVERS = st.builds(
    Cover, st.integers(0, 999), st.integers(1, 999), st.integers(0, 2**62), st.integers(0, 2**62),
    st.none() | st.integers(-(2**40), 2**62), st.booleans(), st.sampled_from(Hole),
)  # fmt: skip


def mention(at: int, text: str = "halo", brand: str = "biznet", **other) -> Mention:
    return Mention(brand, at, 1, AT, at, 0, 0, 0, 0, 0, 0, 0, brand, text)._replace(**other)


@given(COVERS, st.lists(MENTIONS, max_size=5))
def test_packed_and_back(cover, mentions):
    assert unpack(pack(cover, mentions)) == MentionRecord(cover, mentions)


@given(COVERS, st.lists(MENTIONS, min_size=1, max_size=2), st.data())
def test_damaged_bytes_are_read_or_refused(cover, mentions, data):
    raw = bytearray(pack(cover, mentions))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    for damaged in (bytes(raw), bytes(raw[: data.draw(st.integers(0, len(raw)))])):
        with suppress(CodecError):
            unpack(damaged)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data):
    with suppress(CodecError):
        unpack(data)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        (1, [0, 1, 0, 9, None, False]),  # a cover too short
        (1, [0, None, 0, 9, None, False, 0]),
        (1, [0, 1, 0, 9, None, False, 3]),  # no such hole
        (2, []),  # no brands
        (4, []),  # no columns
        (4, [b""] * 13),
        (4, [b"x"] * 13),
        (5, ["one", "too many"]),
    ],
)
def test_parts_that_contradict_each_other_are_refused(part, value):
    packed = from_msgpack(pack(Cover(0, 1, 0, 9, AT), [mention(1)]), list)
    packed[part] = value
    with pytest.raises(CodecError, match="broken mentions record"):
        unpack(to_msgpack(packed))


@pytest.mark.parametrize("field", ["platform", "lang"])
def test_unknown_codes_are_refused(field):
    with pytest.raises(CodecError, match="unknown platform or language code"):
        unpack(pack(Cover(0, 1, 0, 9, AT), [mention(1, **{field: 16})]))


def test_reach_is_capped():
    record = unpack(pack(Cover(0, 1, 0, 9, AT), [mention(1, reach=2**63 - 1)]))
    assert record.mentions[0].reach == 2**32 - 1


def test_positions_order_posts():
    assert position(7, 9_999) < position(8)
    assert [offset_of(position(7, index)) for index in (0, 9_999)] == [7, 7]


def _parts(mentions, cover=None):
    cover = cover or Cover(3, 4, 0, position(10**6), AT, True, Hole.GAP)
    parts = list(split(cover, mentions))
    assert parts[0][0].begin == cover.begin
    assert parts[-1][0].end == cover.end
    for (one, _), (other, _) in pairwise(parts):
        assert one.end == other.begin
    for part, rows in parts:
        assert all(part.begin <= row.position < part.end for row in rows)
        assert len(pack(part, rows)) <= MAX_PACKED_BYTES * 1.1
    assert [row for _, rows in parts for row in rows] == mentions
    return parts


def test_nothing_to_split_is_one_part():
    cover = Cover(0, 1, 5, 5, None, True)
    assert list(split(cover, ())) == [(cover, ())]


def test_parts_are_small_and_their_covers_tile():
    parts = _parts([mention(position(i // 3, i % 3), "😀" * 4_096) for i in range(200)])
    assert len(parts) > 3
    assert [part.clock for part, _ in parts] == [None] * (len(parts) - 1) + [AT]
    assert [part.idle for part, _ in parts] == [False] * (len(parts) - 1) + [True]
    assert [part.hole for part, _ in parts] == [Hole.GAP] + [Hole.NONE] * (len(parts) - 1)


def test_many_short_mentions_stay_below_65536_rows():
    parts = _parts([mention(position(i)) for i in range(130_000)])
    assert max(len(rows) for _, rows in parts) <= 60_000


def test_the_mentions_of_one_post_stay_together():
    mentions = [mention(position(i // 7), "x" * 3_000, f"brand{i % 7}") for i in range(700)]
    parts = _parts(mentions)
    assert len(parts) > 1
    posts = [{row.position for row in rows} for _, rows in parts]
    assert all(not one & other for one, other in pairwise(posts))
