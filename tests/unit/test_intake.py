import time
from pathlib import Path

import jsonschema
import pytest

from detector.codec import from_json, pretty_json, to_json
from detector.intake import (
    MAX_RECORD_BYTES,
    MAX_RECORD_POSTS,
    Accepted,
    Intake,
    Rejection,
    post_schema,
    read_lone_posts,
    read_record,
)
from detector.post import MAX_TEXT_CHARS, Author, Post
from detector.record import split_record
from detector.rejection import SENTENCES
from detector.sent_post import SentPost
from tests.malformed import MALFORMED, MALFORMED_POSTS, TIME, post

ROOT = Path(__file__).parents[2]
AT = 1_753_085_100_000
NOW = AT + 3_600_000
FULL = (
    b'{"platform":"x","id":"9","created_at":%s,"text":"Halo","author":{"id":"u1","followers":0},"lang":"id",'
    b'"url":"https://sinarnet.example/9","reply_to":"8","reach":0,"brands":["sinarnet","kopi-lintang"]}'
    % TIME
)


def ids(intake: Intake) -> list[str]:
    return [one.post.id for one in intake.accepted]


def reasons(intake: Intake) -> list[Rejection]:
    return [one.reason for one in intake.rejected]


def only(data: bytes, now: int = NOW) -> Accepted:
    intake = read_record(data, now)
    assert intake.rejected == []
    (accepted,) = intake.accepted
    return accepted


def test_every_field_is_read() -> None:
    assert only(FULL) == Accepted(
        0,
        Post(
            platform="x",
            id="9",
            created_at=AT,
            text="Halo",
            author=Author("u1", 0),
            lang="id",
            url="https://sinarnet.example/9",
            reply_to="8",
            reach=0,
            brands=("sinarnet", "kopi-lintang"),
        ),
        cut=False,
    )


def test_optional_fields_may_be_null_or_empty_and_unknown_ones_hold_anything() -> None:
    bare = Post("x", "7", AT, "Wifi Sinarnet lambat")
    nulls = b',"author":null,"lang":null,"url":null,"reply_to":null,"reach":null,"brands":null'
    assert only(post("7", more=nulls)).post == bare
    assert only(post("7", more=b',"lang":"","url":"","reply_to":"","brands":[]')).post == bare
    assert only(post("7", more=b',"author":{"id":"a","followers":null}')).post.author == Author("a")
    unknown = b',"n":1e999,"d":%s,"user":{"id":"1","id":"2","text":{"id":[]}},"":0,"":1' % (b"9" * 5000)
    assert only(post("7", more=unknown)).post == bare


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(b"\xef\xbb\xbf" + FULL, id="byte order mark"),
        pytest.param(b"\r\n \t" + FULL + b"\r\n", id="white space"),
        pytest.param(FULL.replace(b",", b",\r\n\t").replace(b":{", b":\n{"), id="over several lines"),
        pytest.param(b"[" + FULL + b"]", id="array"),
        pytest.param(FULL.replace(b'"id":"9"', b'"\\u0069d":"\\u0039"'), id="escaped letters"),
        pytest.param(FULL[:-1] + b',"user":{"id":"1","text":"2"}}', id="names of fields below"),
        pytest.param(FULL[:-1] + b',"note":"\\"id\\": \\\\u0000 {[[[["}', id="names of fields in strings"),
        pytest.param(FULL[:-1] + b',"note":' + b"[" * 63 + b"]" * 63 + b"}", id="64 levels"),
    ],
)
def test_every_spelling_gives_the_same_post(record: bytes) -> None:
    assert only(record) == only(FULL)


@pytest.mark.parametrize(
    "text", ["[" * 200 + "]", "{[" * 2048, '"id":"8","id":"9"', "\\u0000", "},\n{", "😀" * 900]
)
def test_a_text_may_look_like_anything(text: str) -> None:
    sent = to_json({"platform": "x", "id": "7", "created_at": AT, "text": text})
    assert only(sent).post.text == text[:MAX_TEXT_CHARS]
    for record in (b"[%s]" % b",".join([sent] * 70), b"\n".join([sent] * 70)):
        assert [one.post.text for one in read_record(record, NOW).accepted] == [text[:MAX_TEXT_CHARS]] * 70


@pytest.mark.parametrize(
    ("written", "millis"),
    [
        (b"1753085100000", AT),
        (b'"2025-07-21T08:05:00Z"', AT),
        (b'"2025-07-21t08:05:00.1239z"', AT + 123),
        (b'"2025-07-21T13:35:00+05:30"', AT),
        (b'"2000-01-01T00:00:00Z"', 946_684_800_000),
        (b"946684800000", 946_684_800_000),
    ],
)
def test_times_are_read_exactly(written: bytes, millis: int) -> None:
    assert only(post("7", created_at=written)).post.created_at == millis


def test_a_post_may_be_a_minute_ahead_and_no_more() -> None:
    assert only(post("7"), now=AT - 60_000).post.created_at == AT
    intake = read_record(post("7"), AT - 60_001)
    assert reasons(intake) == [Rejection.IN_FUTURE]
    assert intake.rejected[0].detail == (
        "created_at: got 1753085100000 ms since 1970; expected at most 1753085099999"
    )


def test_a_long_text_is_cut_and_this_is_told() -> None:
    assert not only(post("7", text=b'"%s"' % (b"a" * MAX_TEXT_CHARS))).cut
    longer = only(post("7", text='"{}"'.format("😀" * (MAX_TEXT_CHARS + 1)).encode()))
    assert longer.cut
    assert longer.post.text == "😀" * MAX_TEXT_CHARS


def test_bounds_are_reached() -> None:
    most = b"9223372036854775807"
    brands = b",".join([b'"%s"' % (b"b" * 128)] * 50)
    more = b',"reach":%s,"author":{"id":"%s","followers":%s},"brands":[%s]' % (most, b"a" * 256, most, brands)
    accepted = only(post("7" * 256, more=more))
    assert accepted.post.reach == 2**63 - 1
    assert len(accepted.post.brands) == 50


def test_an_unknown_platform_is_taken() -> None:
    accepted = only(post("7").replace(b'"x"', b'"koprol"'))
    assert (accepted.post.platform, accepted.post.platform_label) == ("koprol", "other")


@pytest.mark.parametrize(("name", "data", "reason"), MALFORMED, ids=[name for name, _, _ in MALFORMED])
def test_a_malformed_record_is_one_rejection(name: str, data: bytes, reason: Rejection) -> None:
    intake = read_record(data, NOW)
    assert intake.accepted == []
    (rejected,) = intake.rejected
    assert (rejected.index, rejected.reason) == (0, reason)
    assert rejected.data.strip() in data
    assert len(rejected.detail) < 200


@pytest.mark.parametrize(("name", "data", "reason"), MALFORMED, ids=[name for name, _, _ in MALFORMED])
def test_a_malformed_record_is_not_read_together_with_others(
    name: str, data: bytes, reason: Rejection
) -> None:
    assert [one.post.id for one in read_lone_posts([post("1"), post("2"), post("3")], NOW)] == ["1", "2", "3"]
    assert read_lone_posts([post("1"), data, post("2")], NOW) is None


FORMS = {
    "array": (b"[", b",", b"]"),
    "array over lines": (b"[\n  ", b",\n  ", b"\n]"),
    "lines": (b"", b"\n", b""),
    "CRLF and blank lines": (b"", b" \r\n\r\n", b"\r\n"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "data", "reason"), MALFORMED_POSTS, ids=[name for name, _, _ in MALFORMED_POSTS]
)
def test_a_malformed_post_costs_no_other(name: str, data: bytes, reason: Rejection, form: str) -> None:
    begin, between, end = FORMS[form]
    for place in range(3) if len(data) < 10_000 else (1,):
        posts = [post("1"), post("2")]
        posts.insert(place, data)
        intake = read_record(begin + between.join(posts) + end, NOW)
        assert ids(intake) == ["1", "2"]
        assert [one.index for one in intake.accepted] == [i for i in range(3) if i != place]
        (rejected,) = intake.rejected
        assert (rejected.index, rejected.reason) == (place, reason)
        # What has no end of its own takes the end of the record as well.
        assert rejected.data in (data.strip(), (data + end).strip())


def test_malformed_posts_beside_each_other_cost_no_other() -> None:
    bad = [data for _, data, _ in MALFORMED_POSTS if len(data) < 1000]
    everything = [each for i, data in enumerate(bad) for each in (post(f"{i}"), data)]
    for record in (b"[%s]" % b",\n".join(everything), b"\n".join(everything)):
        intake = read_record(record, NOW)
        assert ids(intake) == [f"{i}" for i in range(len(bad))]
        assert reasons(intake) == [reason for _, data, reason in MALFORMED_POSTS if len(data) < 1000]


@pytest.mark.parametrize(
    ("record", "accepted", "rejected"),
    [
        pytest.param(b"[A,B", ["1", "2"], [(2, b"")], id="array cut off between posts"),
        pytest.param(b"[A,B,", ["1", "2"], [(2, b"")], id="array cut off after a comma"),
        pytest.param(b"[A,B,]", ["1", "2"], [(2, b"")], id="comma at the end"),
        pytest.param(b"[,A,B]", ["1", "2"], [(0, b"")], id="comma at the start"),
        pytest.param(b"[A,,B]", ["1", "2"], [(1, b"")], id="comma twice"),
        pytest.param(b"[A B]", ["1", "2"], [], id="comma missing"),
        pytest.param(b"[A,B]]", ["1", "2"], [(2, b"")], id="bracket twice"),
        pytest.param(b"[A] ,B]", ["1", "2"], [], id="bracket too early"),
        pytest.param(b"[A,B] and so on", ["1", "2"], [(2, b"and so on")], id="words at the end"),
        pytest.param(b"[A] [B]", ["1"], [(1, b"[B]")], id="two arrays"),
        pytest.param(b"[A]\n[B]", [], [(0, b"[A]"), (1, b"[B]")], id="an array on each line"),
        pytest.param(b"AB", [], [(0, b"AB")], id="two posts on a line"),
        pytest.param(b"A,\nB", ["2"], [(0, b"A,")], id="a comma after a line"),
    ],
)
def test_damage_between_posts(record: bytes, accepted: list[str], rejected: list[tuple[int, bytes]]) -> None:
    def filled(pattern: bytes) -> bytes:
        return pattern.replace(b"A", post("1")).replace(b"B", post("2"))

    intake = read_record(filled(record), NOW)
    assert ids(intake) == accepted
    assert [(one.index, one.data) for one in intake.rejected] == [(i, filled(data)) for i, data in rejected]
    for one in intake.rejected:
        assert one.reason is (Rejection.WRONG_TYPE if one.data.startswith(b"[") else Rejection.BAD_JSON)


def test_a_bad_time_or_text_costs_no_other() -> None:
    bad = post("2", text=b'" "')
    intake = read_record(b"[%s,%s,%s]" % (post("1"), bad, post("3")), NOW)
    assert [(one.index, one.post.id) for one in intake.accepted] == [(0, "1"), (2, "3")]
    assert [(one.index, one.reason, one.data) for one in intake.rejected] == [(1, Rejection.EMPTY_TEXT, bad)]


def test_a_tombstone_is_an_empty_record() -> None:
    (rejected,) = read_record(None, NOW).rejected
    assert (rejected.index, rejected.reason, rejected.data) == (0, Rejection.EMPTY_RECORD, b"")


def test_a_record_of_1_mib_is_read() -> None:
    frame = len(post("7", text=b'""'))
    assert only(post("7", text=b'"%s"' % (b"a" * (MAX_RECORD_BYTES - frame)))).cut


@pytest.mark.parametrize(("begin", "between", "end"), [(b"[", b",", b"]"), (b"", b"\n", b"")])
def test_posts_beyond_10_000_are_one_rejection(begin: bytes, between: bytes, end: bytes) -> None:
    small = b'{"id":"1","platform":"x","text":"a","created_at":1753085100000}'
    full = read_record(begin + between.join([small] * MAX_RECORD_POSTS) + end, NOW)
    assert (len(full.accepted), full.rejected) == (MAX_RECORD_POSTS, [])
    more = read_record(begin + between.join([small] * (MAX_RECORD_POSTS + 3)) + end, NOW)
    assert len(more.accepted) == MAX_RECORD_POSTS
    (rejected,) = more.rejected
    assert (rejected.index, rejected.reason) == (MAX_RECORD_POSTS, Rejection.TOO_MANY_POSTS)
    assert rejected.data == between.join([small] * 3) + end


MIB = MAX_RECORD_BYTES
CASES = {
    "open brackets": b"[" * MIB,
    "open and closed brackets": b"[" * (MIB // 2) + b"]" * (MIB // 2),
    "open objects": b'{"a":' * (MIB // 5),
    "open objects in an array": b"[" + b'{"a":[' * (MIB // 6 - 1),
    "commas": b"[" + b"," * (MIB - 2) + b"]",
    "quotes": b'"' * MIB,
    "quotes in an array": b"[" + b'"' * (MIB - 1),
    "escaped quotes": b'["' + b'\\"' * (MIB // 2 - 1),
    "backslashes": b'["' + b"\\" * (MIB - 2),
    "braces": b"{" * MIB,
    "crossed brackets": b"[" + b"{]" * (MIB // 2 - 1),
    "empty arrays": b"[" + b"[]" * (MIB // 2 - 1),
    "line breaks": b"[" + b"\n" * (MIB - 2) + b"1",
    "starts of objects": b"[" + b',{"":' * (MIB // 5 - 1),
    "starts of objects after spaces": b"[" + b',\n  {"" :{"a":1}' * (MIB // 16 - 1),
    "starts of objects, quote open": b"[" + b',{"a":"b' * (MIB // 8 - 1),
    "lines that look like objects": b"{}}\n" * (MIB // 4),
    "lines of garbage": bytes(range(256)) * (MIB // 256),
    "digits": b'{"id":' + b"9" * (MIB - 7) + b"}",
    "one number as time": post("7", created_at=b"9" * (MIB - 100)),
    "escapes": b'{"id":"' + b"\\u0069" * (MIB // 6 - 2) + b'"}',
    "many keys": b'{"id":"1"' + b',"id":"1"' * (MIB // 9 - 2) + b"}",
    "posts with two ids": b"[" + b'{"id":1,"id":2},' * (MIB // 16 - 1) + b"{}]",
    "objects on each line": b'{"id":1,"a":[{}]}\n' * (MIB // 18),
    "brackets in texts": b"[%s]" % b",".join([post("7", text=b'"%s"' % (b"[" * 900))] * 1000),
    "white space": b" " * MIB,
}


@pytest.mark.parametrize("name", CASES)
def test_the_worst_mib_takes_less_than_a_second(name: str) -> None:
    data = CASES[name]
    assert MIB * 0.9 < len(data) <= MIB
    started = time.process_time()
    intake = read_record(data, NOW)
    assert time.process_time() - started < 1
    assert intake.accepted or intake.rejected
    assert len(intake.rejected) <= MAX_RECORD_POSTS + 2


def test_the_depth_allowed_does_not_hang_on_the_stack() -> None:
    def deeper(levels: int) -> Intake:
        return (
            deeper(levels - 1)
            if levels
            else read_record(post("7", more=b',"a":' + b"[" * 63 + b"]" * 63), NOW)
        )

    assert ids(deeper(700)) == ["7"]


def test_every_reason_says_what_is_wrong_and_what_to_do() -> None:
    assert set(SENTENCES) == set(Rejection)
    for reason in Rejection:
        wrong, _, todo = reason.sentence.partition("; ")
        assert wrong
        assert todo
        assert reason.value.islower()


def test_details_hold_none_of_the_words() -> None:
    for _, data, _ in MALFORMED_POSTS:
        for rejected in read_record(b"[%s]" % data.replace(b"Wifi", b"Rahasia"), NOW).rejected:
            assert "Rahasia" not in rejected.detail


def test_a_record_is_split_up_to_a_limit() -> None:
    assert split_record(b"[1, [2, 3] ,{}]", 9) == ([b"1", b"[2, 3]", b"{}"], b"")
    assert split_record(b"[1, [2, 3] ,{}]", 2) == ([b"1", b"[2, 3]"], b"{}]")
    assert split_record(b"{1}\n\n{2}\n{3}", 2) == ([b"{1}", b"{2}"], b"{3}")


def test_the_schema_is_the_one_shipped() -> None:
    path = ROOT / "docs" / "schemas" / "post.schema.json"
    assert path.read_text() == pretty_json(post_schema()), (
        "write pretty_json(post_schema()) there and read the diff"
    )


def test_the_schema_takes_what_intake_takes() -> None:
    schema = post_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema)
    for sent in [*schema["examples"], from_json(FULL, dict)]:
        valid.validate(sent)
        only(to_json(sent))
    # The schema knows no clock; what is no JSON, JSON Schema cannot see.
    seen = {
        Rejection.MISSING_FIELD,
        Rejection.WRONG_TYPE,
        Rejection.EMPTY_FIELD,
        Rejection.TOO_LONG,
        Rejection.OUT_OF_RANGE,
    }
    for name, data, reason in MALFORMED_POSTS:
        if reason in seen and "with a point" not in name and "5,000 digits" not in name:
            assert not valid.is_valid(from_json(data, object)), name


def test_golden_posts_round_trip() -> None:
    golden = (ROOT / "tests" / "golden" / "contracts" / "post.json").read_bytes()
    sent = from_json(golden, list[SentPost])
    assert pretty_json(sent) == golden.decode()
    intake = read_record(golden, NOW)
    assert len(intake.accepted) == len(sent) >= 5
    posts = [one.post for one in intake.accepted]
    assert from_json(to_json(posts), list[Post]) == posts
