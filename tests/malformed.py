"""Records that must be rejected, each with its reason; the integration tests send them over Kafka as well."""

from detector.rejection import Rejection as R

TIME = b'"2025-07-21T15:05:00+07:00"'


def post(
    id: str, *, created_at: bytes = TIME, text: bytes = b'"Wifi Sinarnet lambat"', more: bytes = b""
) -> bytes:
    """Return a post as JSON, good unless an argument spoils it."""
    return b'{"platform":"x","id":"%s","created_at":%s,"text":%s%s}' % (id.encode(), created_at, text, more)


def _at(created_at: bytes) -> bytes:
    return post("7", created_at=created_at)


def _text(text: bytes) -> bytes:
    return post("7", text=text)


def _more(more: bytes) -> bytes:
    return post("7", more=b"," + more)


_GOOD = post("7")

# One bad post each. None holds a line break, so that each can stand in an array and on a line of its own.
MALFORMED_POSTS: list[tuple[str, bytes, R]] = [
    ("raw byte ff in the text", _text(b'"a\xffb"'), R.BAD_UTF8),
    ("a character cut in half", _text(b'"caf\xc3"'), R.BAD_UTF8),
    ("an overlong slash", _text(b'"\xc0\xaf"'), R.BAD_UTF8),
    ("a surrogate as three bytes", _text(b'"\xed\xa0\x80"'), R.BAD_UTF8),
    ("Latin-1 in an ignored field", _more(b'"note":"caf\xe9"'), R.BAD_UTF8),
    ("words", b"Internet mati lagi", R.BAD_JSON),
    ("cut after a brace", b"{", R.BAD_JSON),
    ("cut in the key", b'{"platform":"x","id', R.BAD_JSON),
    ("cut in the text", _GOOD[:-6], R.BAD_JSON),
    ("cut before the last brace", _GOOD[:-1], R.BAD_JSON),
    ("cut after an opened author", _GOOD[:-1] + b',"author":{', R.BAD_JSON),
    ("one brace too many", _GOOD + b"}", R.BAD_JSON),
    ("brackets crossed", _more(b'"brands":["a"}'), R.BAD_JSON),
    ("a bracket never opened", _more(b'"note":]'), R.BAD_JSON),
    ("no value", _more(b'"reach":'), R.BAD_JSON),
    ("no colon", _more(b'"reach" 5'), R.BAD_JSON),
    ("two commas", _more(b',"reach":5'), R.BAD_JSON),
    ("a comma at the end", _more(b""), R.BAD_JSON),
    ("single quotes", _GOOD.replace(b'"', b"'"), R.BAD_JSON),
    ("a bare key", _more(b"reach:5"), R.BAD_JSON),
    ("a comment", _more(b'/* likes */"reach":5'), R.BAD_JSON),
    ("a leading zero", _more(b'"reach":05'), R.BAD_JSON),
    ("a hexadecimal number", _more(b'"reach":0x10'), R.BAD_JSON),
    ("Python's None", _more(b'"reach":None'), R.BAD_JSON),
    ("a tab inside a string", _text(b'"a\tb"'), R.BAD_JSON),
    ("an unknown escape", _text(b'"a\\qb"'), R.BAD_JSON),
    ("a short Unicode escape", _text(b'"a\\u12"'), R.BAD_JSON),
    ("a quote not escaped", _text(b'"kata "gratis" itu bohong"'), R.BAD_JSON),
    ("NaN", _more(b'"reach":NaN'), R.NOT_FINITE),
    ("NaN in an ignored field", _more(b'"score":NaN'), R.NOT_FINITE),
    ("Infinity", _more(b'"reach":Infinity'), R.NOT_FINITE),
    ("-Infinity as the time", _at(b"-Infinity"), R.NOT_FINITE),
    ("1e999", _more(b'"reach":1e999'), R.NOT_FINITE),
    ("-1e999 as followers", _more(b'"author":{"id":"a","followers":-1e999}'), R.NOT_FINITE),
    ("a raw NUL in the text", _text(b'"a\0b"'), R.NUL_BYTE),
    ("a raw NUL between", _GOOD + b"\0", R.NUL_BYTE),
    ("an escaped NUL in the text", _text(b'"a\\u0000b"'), R.NUL_BYTE),
    ("an escaped NUL in the id", _GOOD.replace(b'"7"', b'"7\\u0000"'), R.NUL_BYTE),
    ("an escaped NUL in the author", _more(b'"author":{"id":"\\u0000"}'), R.NUL_BYTE),
    ("an escaped NUL in a brand", _more(b'"brands":["a","\\u0000"]'), R.NUL_BYTE),
    ("a high surrogate alone", _text(b'"a \\ud83d b, and so on"'), R.LONE_SURROGATE),
    ("a high surrogate at the end", _text(b'"a\\uD83D"'), R.LONE_SURROGATE),
    ("a low surrogate alone", _text(b'"a\\ude00b"'), R.LONE_SURROGATE),
    ("two high surrogates", _text(b'"\\ud83d\\ud83d"'), R.LONE_SURROGATE),
    ("a lone surrogate in an ignored field", _more(b'"note":"\\ud83d, and so on"'), R.LONE_SURROGATE),
    ("100,000 open brackets", b"[" * 100_000, R.TOO_DEEP),
    ("100,000 closed brackets", b"[" * 100_000 + b"]" * 100_000, R.TOO_DEEP),
    ("100,000 open objects", b'{"a":' * 100_000, R.TOO_DEEP),
    ("brackets in an ignored field", _more(b'"note":' + b"[" * 65 + b"]" * 65), R.TOO_DEEP),
    ("objects in an ignored field", _more(b'"note":' + b'{"a":' * 900 + b"1" + b"}" * 900), R.TOO_DEEP),
    ("objects in arrays", _more(b'"note":' + b'[{"a":' * 40 + b"1" + b"}]" * 40), R.TOO_DEEP),
    ("two ids", _more(b'"id":"8"'), R.DUPLICATE_KEY),
    ("the same id twice", _more(b'"id" : "7"'), R.DUPLICATE_KEY),
    ("a second id in escapes", _more(b'"\\u0069d":"8"'), R.DUPLICATE_KEY),
    ("a second id in other escapes", _more(b'"i\\u0064":"8"'), R.DUPLICATE_KEY),
    ("a second time in escapes", _more(b'"created\\u005Fat":5'), R.DUPLICATE_KEY),
    ("two texts, one no text", _more(b'"text":null'), R.DUPLICATE_KEY),
    ("two languages, both Indonesian", _more(b'"lang":"id","lang":"id"'), R.DUPLICATE_KEY),
    ("two authors", _more(b'"author":{"id":"a"},"author":{"id":"b"}'), R.DUPLICATE_KEY),
    ("two ids of the author", _more(b'"author":{"id":"a","id":"b"}'), R.DUPLICATE_KEY),
    ("a second author id in escapes", _more(b'"author":{"id":"a","\\u0069\\u0064":"b"}'), R.DUPLICATE_KEY),
    (
        "two followers, one null",
        _more(b'"author":{"id":"a","followers":1,"followers":null}'),
        R.DUPLICATE_KEY,
    ),
    ("an empty object", b"{}", R.MISSING_FIELD),
    ("no text", b'{"platform":"x","id":"7","created_at":%s}' % TIME, R.MISSING_FIELD),
    ("no time", b'{"platform":"x","id":"7","text":"a"}', R.MISSING_FIELD),
    ("no platform", b'{"id":"7","created_at":%s,"text":"a"}' % TIME, R.MISSING_FIELD),
    ("no id, but the author's", _more(b'"author":{"id":"a"}').replace(b'"id":"7",', b""), R.MISSING_FIELD),
    ("an author without id", _more(b'"author":{"followers":3}'), R.MISSING_FIELD),
    ("keys in capitals", _GOOD.replace(b'"text"', b'"Text"'), R.MISSING_FIELD),
    ("null", b"null", R.WRONG_TYPE),
    ("a number", b"5", R.WRONG_TYPE),
    ("a string", b'"Wifi lambat"', R.WRONG_TYPE),
    ("an array of a post", b"[" + _GOOD + b"]", R.WRONG_TYPE),
    ("a number as id", _GOOD.replace(b'"7"', b"7"), R.WRONG_TYPE),
    ("null as text", _text(b"null"), R.WRONG_TYPE),
    ("a list as text", _text(b'["a"]'), R.WRONG_TYPE),
    ("true as time", _at(b"true"), R.WRONG_TYPE),
    ("a fraction as time", _at(b"1753085100000.5"), R.WRONG_TYPE),
    ("a whole number with a point as time", _at(b"1753085100000.0"), R.WRONG_TYPE),
    ("the author's name only", _more(b'"author":"budi"'), R.WRONG_TYPE),
    ("followers as text", _more(b'"author":{"id":"a","followers":"1200"}'), R.WRONG_TYPE),
    ("reach as a fraction", _more(b'"reach":1.5'), R.WRONG_TYPE),
    ("reach as yes", _more(b'"reach":true'), R.WRONG_TYPE),
    ("brands as text", _more(b'"brands":"sinarnet"'), R.WRONG_TYPE),
    ("a brand as a number", _more(b'"brands":["sinarnet",1]'), R.WRONG_TYPE),
    ("lang as a list", _more(b'"lang":["id"]'), R.WRONG_TYPE),
    ("an empty id", post(""), R.EMPTY_FIELD),
    ("an empty platform", _GOOD.replace(b'"x"', b'""'), R.EMPTY_FIELD),
    ("an empty author id", _more(b'"author":{"id":""}'), R.EMPTY_FIELD),
    ("an empty brand", _more(b'"brands":[""]'), R.EMPTY_FIELD),
    ("an id of 257 characters", post("7" * 257), R.TOO_LONG),
    ("a platform of 65 characters", _GOOD.replace(b'"x"', b'"%s"' % (b"x" * 65)), R.TOO_LONG),
    ("an author id of 257 characters", _more(b'"author":{"id":"%s"}' % (b"a" * 257)), R.TOO_LONG),
    ("a url of 4,097 characters", _more(b'"url":"%s"' % (b"u" * 4097)), R.TOO_LONG),
    ("a language of 65 characters", _more(b'"lang":"%s"' % (b"u" * 65)), R.TOO_LONG),
    ("51 brands", _more(b'"brands":[%s]' % b",".join([b'"a"'] * 51)), R.TOO_LONG),
    ("negative followers", _more(b'"author":{"id":"a","followers":-1}'), R.OUT_OF_RANGE),
    ("negative reach", _more(b'"reach":-5'), R.OUT_OF_RANGE),
    ("reach of 2^63", _more(b'"reach":9223372036854775808'), R.OUT_OF_RANGE),
    ("reach of 5,000 digits", _more(b'"reach":' + b"9" * 5000), R.OUT_OF_RANGE),
    ("time of 30 digits", _at(b"9" * 30), R.OUT_OF_RANGE),
    ("a time without zone", _at(b'"2025-07-21T15:05:00"'), R.BAD_TIME),
    ("a date only", _at(b'"2025-07-21"'), R.BAD_TIME),
    ("a day that is none", _at(b'"2025-02-30T00:00:00Z"'), R.BAD_TIME),
    ("a time in words", _at(b'"kemarin"'), R.BAD_TIME),
    ("milliseconds as text", _at(b'"1753085100000"'), R.BAD_TIME),
    ("an empty time", _at(b'""'), R.BAD_TIME),
    ("the year 2999", _at(b'"2999-01-01T00:00:00Z"'), R.IN_FUTURE),
    ("microseconds", _at(b"1753085100000000"), R.IN_FUTURE),
    ("the last time there is", _at(b'"9999-12-31T23:59:59.999999-23:59"'), R.IN_FUTURE),
    ("1999", _at(b'"1999-12-31T23:59:59.999Z"'), R.BEFORE_2000),
    ("2000 in Jakarta only", _at(b'"2000-01-01T06:59:59+07:00"'), R.BEFORE_2000),
    ("seconds", _at(b"1753085100"), R.BEFORE_2000),
    ("a negative time", _at(b"-1"), R.BEFORE_2000),
    ("the first time there is", _at(b'"0001-01-01T00:00:00+23:59"'), R.BEFORE_2000),
    ("an empty text", _text(b'""'), R.EMPTY_TEXT),
    ("white space only", _text(b'" \\n\\t\xc2\xa0\xe3\x80\x80"'), R.EMPTY_TEXT),
    ("words only after 4,096 spaces", _text(b'"%s a"' % (b" " * 4096)), R.EMPTY_TEXT),
]

# Whole records; what is left of them is one rejection.
MALFORMED_RECORDS: list[tuple[str, bytes, R]] = [
    ("nothing", b"", R.EMPTY_RECORD),
    ("white space", b" \r\n\t\n", R.EMPTY_RECORD),
    ("a byte order mark", b"\xef\xbb\xbf", R.EMPTY_RECORD),
    ("an empty array", b"[ \n ]", R.EMPTY_RECORD),
    ("a bracket", b"[", R.BAD_JSON),
    ("a bracket closed only", b"]", R.BAD_JSON),
    ("a post over lines with a raw line break", b'{\n"id":"7",\n"text":"a\nb"\n}', R.BAD_JSON),
    ("a post over lines, cut", b'{\n "platform": "x",\n "author": {"id": "a"},\n "id', R.BAD_JSON),
    ("a post over lines with NaN", b'{\n "id": "7",\n "list": [\n {"reach": NaN}\n ]\n}', R.NOT_FINITE),
    ("UTF-16", _GOOD.decode().encode("utf-16"), R.BAD_UTF8),
    ("one byte over 1 MiB", post("7", text=b'"%s"' % (b"a" * (1_048_577 - 66))), R.RECORD_TOO_LARGE),
]

MALFORMED: list[tuple[str, bytes, R]] = [
    *((name, data, reason) for name, data, reason in MALFORMED_POSTS if not data.startswith(b"[")),
    *MALFORMED_RECORDS,
]
