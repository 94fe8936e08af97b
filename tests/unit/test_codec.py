from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from detector.codec import CodecError, from_json, from_msgpack, json_pairs, pretty_json, to_json, to_msgpack

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


class Pair(Struct):
    b: int
    a: str = ""


@given(PLAIN)
def test_messagepack_and_back(value):
    assert from_msgpack(to_msgpack(value), object) == value


@given(st.integers(-(2**63), 2**63 - 1), st.text(st.characters(exclude_categories=("Cs",))))
def test_structs_through_both(b, a):
    pair = Pair(b, a)
    assert from_json(to_json(pair), Pair) == from_msgpack(to_msgpack(pair), Pair) == pair
    assert from_json(pretty_json(pair), Pair) == pair


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data):
    for read in (from_json, from_msgpack):
        for kind in (Pair, object, list[Pair], dict[str, int]):
            with suppress(CodecError):
                read(data, kind)


def test_equal_values_are_equal_bytes():
    assert to_json({"b": 1, "a": 2}) == to_json({"a": 2, "b": 1})


@pytest.mark.parametrize("read", [from_json, from_msgpack])
def test_the_message_carries_the_start_of_the_bytes(read):
    with pytest.raises(CodecError, match=r"got b'\{y+'$") as caught:
        read(b"{" + b"y" * 5_000, Pair)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("data", [b"[" * 100_000, b"\x91" * 100_000])
def test_nesting_bombs(data):
    for read in (from_json, from_msgpack):
        with pytest.raises(CodecError):
            read(data, object)


@pytest.mark.parametrize("text", ['"\ud800"', '{"b": "\udfff"}', "\ud800"])
def test_text_that_is_no_unicode_is_bad_json(text):
    with pytest.raises(CodecError, match=r"^bad JSON"):
        from_json(text, object)


def test_pairs_show_duplicate_keys():
    assert json_pairs('{"a": 1e999, "a": 2}', list) == [("a", "1e999"), ("a", "2")]
