"""Why a post, or a whole record of posts, is not taken: the reasons, and which one a failed decode has."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from detector.codec import json_pairs


class Rejection(StrEnum):
    """Why something was not accepted; the value is the label of the counter and of the record's header."""

    EMPTY_RECORD = "empty_record"
    RECORD_TOO_LARGE = "record_too_large"
    TOO_MANY_POSTS = "too_many_posts"
    BAD_UTF8 = "bad_utf8"
    BAD_JSON = "bad_json"
    NUL_BYTE = "nul_byte"
    LONE_SURROGATE = "lone_surrogate"
    NOT_FINITE = "not_finite"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    EMPTY_FIELD = "empty_field"
    TOO_LONG = "too_long"
    OUT_OF_RANGE = "out_of_range"
    BAD_TIME = "bad_time"
    IN_FUTURE = "in_future"
    BEFORE_2000 = "before_2000"
    EMPTY_TEXT = "empty_text"

    @property
    def sentence(self) -> str:
        """What is wrong and what to do about it, for people."""
        return SENTENCES[self]


SENTENCES = {
    Rejection.EMPTY_RECORD: "the record holds no post; leave out tombstones and empty batches",
    Rejection.RECORD_TOO_LARGE: "the record is larger than 1 MiB; send fewer posts in each record",
    Rejection.TOO_MANY_POSTS: "the record holds more than 10,000 posts; send the rest in further records",
    Rejection.BAD_UTF8: "the bytes are not UTF-8; encode the post as UTF-8 without cutting characters",
    Rejection.BAD_JSON: "this is not JSON; write the post with a JSON library",
    Rejection.NUL_BYTE: "a NUL character is inside; remove it from the source's text",
    Rejection.LONE_SURROGATE: "half of a surrogate pair is escaped; escape both halves or send UTF-8",
    Rejection.NOT_FINITE: "a number is NaN, infinite or beyond a double; send another or leave it out",
    Rejection.TOO_DEEP: "objects or arrays are nested more than 64 deep; flatten the post",
    Rejection.DUPLICATE_KEY: "a field is there twice, so its value is anybody's guess; send each field once",
    Rejection.MISSING_FIELD: "a required field is missing; send platform, id, created_at and text",
    Rejection.WRONG_TYPE: "a value has another JSON type than the schema says; send it as the schema says",
    Rejection.EMPTY_FIELD: "a field that names something is empty; fill it or leave an optional one out",
    Rejection.TOO_LONG: "a field is longer than the schema allows; shorten it",
    Rejection.OUT_OF_RANGE: "a whole number is outside its range; correct it or leave it out",
    Rejection.BAD_TIME: "created_at is no RFC 3339 time with a zone; write it as 2025-07-21T15:05:00+07:00",
    Rejection.IN_FUTURE: "created_at is more than a minute ahead; correct the source's clock or time zone",
    Rejection.BEFORE_2000: "created_at lies before the year 2000; send milliseconds, not seconds",
    Rejection.EMPTY_TEXT: "the text is empty; leave out posts without words",
}

# What msgspec says, in the order in which it is looked for.
_SAID = (
    ("Object missing required field", Rejection.MISSING_FIELD),
    ("Number out of range", Rejection.NOT_FINITE),
    ("Integer value out of range", Rejection.OUT_OF_RANGE),
    ("Expected `int` ", Rejection.OUT_OF_RANGE),
    ("of length >=", Rejection.EMPTY_FIELD),
    ("of length <=", Rejection.TOO_LONG),
    ("with a timezone", Rejection.BAD_TIME),
    ("Invalid RFC3339", Rejection.BAD_TIME),
)
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
_FIELDS = frozenset(
    ("platform", "id", "created_at", "text", "author", "lang", "url", "reply_to", "reach", "brands")
)
_AUTHOR_FIELDS = frozenset(("id", "followers"))

Why = tuple[Rejection, str]


def why_undecodable(text: str, error: Exception) -> Why:
    """Return why text that msgspec refused is no post: its syntax first, then what the error says.

    Parameters
    ----------
    text
        One value, nested at most 64 deep.
    error
        What decoding it into the type of a post raised.
    """
    why = why_not_json(text)
    if why is not None:
        return why
    said = str(error)
    if isinstance(error, msgspec.ValidationError):
        return next((reason for start, reason in _SAID if start in said), Rejection.WRONG_TYPE), said
    if _HALF_PAIR.search(text):
        return Rejection.LONE_SURROGATE, "half of an escaped surrogate pair"
    return Rejection.BAD_JSON, said


def why_not_json(text: str) -> Why | None:
    r"""Return what forbids text as JSON whatever its type: syntax, NaN and Infinity, a field given twice.

    Only fields that are read count; what is ignored may repeat itself.

    >>> why_not_json('{"id": "7", "\\u0069d": "8"}')
    (<Rejection.DUPLICATE_KEY: 'duplicate_key'>, '`id` is given twice')
    """
    constants: list[str] = []
    try:
        value = json_pairs(text, tuple, constants.append)
    except ValueError as error:
        return Rejection.BAD_JSON, str(error)
    if constants:
        return Rejection.NOT_FINITE, f"{constants[0]} is no JSON number"
    # Objects came out as tuples of pairs, arrays as lists.
    if not isinstance(value, tuple):
        return None
    name = _twice(value, _FIELDS)
    if name is not None:
        return Rejection.DUPLICATE_KEY, f"`{name}` is given twice"
    author = next((field for key, field in value if key == "author"), None)
    name = _twice(author, _AUTHOR_FIELDS) if isinstance(author, tuple) else None
    return (Rejection.DUPLICATE_KEY, f"`author.{name}` is given twice") if name is not None else None


def _twice(pairs: tuple[tuple[str, object], ...], fields: frozenset[str]) -> str | None:
    seen = set()
    for key, _ in pairs:
        if key in seen:
            return key
        if key in fields:
            seen.add(key)
    return None
