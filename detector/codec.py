"""The one place where values become bytes and back: JSON for people, MessagePack between stages."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_json = msgspec.json.Encoder(order="deterministic")
_pack = msgspec.msgpack.Encoder()


class CodecError(ValueError):
    """Bytes that are not what their topic promises; carries the start of the bytes."""

    def __init__(self, message: str, data: bytes) -> None:
        super().__init__(f"{message}: got {data[:60]!r}")
        self.data = data[:60]


def to_json(value: object) -> bytes:
    """Return compact JSON with keys in a fixed order, so that equal values are equal bytes."""
    return _json.encode(value)


def from_json(data: bytes | str, kind: type[T]) -> T:
    """Return JSON as a typed value.

    Raises
    ------
    CodecError
        When the bytes are not JSON of that type.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
        raise CodecError(f"bad JSON ({error})", raw) from None


def pretty_json(value: object) -> str:
    """Return indented JSON for people and golden files."""
    return msgspec.json.format(to_json(value), indent=2).decode() + "\n"


def json_pairs(data: str, pairs: Any, constant: Any = None) -> Any:
    """Return JSON with a callback on each object's key-value pairs (finds duplicate keys); slow.

    Numbers stay text, of any length. `constant` is called with NaN, Infinity and -Infinity.
    """
    return json.loads(data, object_pairs_hook=pairs, parse_int=str, parse_float=str, parse_constant=constant)


def to_msgpack(value: object) -> bytes:
    """Return MessagePack; keys stay in the order they have."""
    return _pack.encode(value)


def from_msgpack(data: bytes, kind: type[T]) -> T:
    """Return MessagePack as a typed value.

    Raises
    ------
    CodecError
        When the bytes are not MessagePack of that type.
    """
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CodecError(f"bad MessagePack ({error})", data) from None
