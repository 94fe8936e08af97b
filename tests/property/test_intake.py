import json
from itertools import pairwise

from hypothesis import assume, example, given
from hypothesis import strategies as st

from detector import intake as intake_module
from detector.codec import to_json
from detector.intake import Intake, Rejection, read_lone_posts, read_record
from detector.post import MAX_TEXT_CHARS

NOW = 1_753_200_000_000
LEAST = 946_684_800_000

names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
texts = names.map(lambda text: text + "a")
counts = st.none() | st.integers(0, 2**63 - 1)
posts = st.fixed_dictionaries(
    {
        "platform": st.sampled_from(["x", "news", "id", "text"]) | names,
        "id": names,
        "created_at": st.integers(LEAST, NOW + 60_000),
        "text": texts,
    },
    optional={
        "author": st.none() | st.fixed_dictionaries({"id": names}, optional={"followers": counts}),
        "lang": st.sampled_from([None, "id", "en", ""]),
        "url": st.none() | names,
        "reply_to": st.none() | names,
        "reach": counts,
        "brands": st.none() | st.lists(names, max_size=3),
        "user": st.fixed_dictionaries({"id": names, "text": st.lists(names, max_size=2)}),
        "note": st.floats(allow_nan=False, allow_infinity=False) | names,
    },
)
fragments = st.one_of(
    st.sampled_from(
        [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\n", b" ", b"\xff", b"\0", b"\xef\xbb\xbf"]
    ),
    st.sampled_from([b'"id"', b'"text"', b'{"id":', b"NaN", b"1e999", b"null", b'"lang":"id",']),
    st.sampled_from([b"\\u0069", b"\\ud800", b"\\u0000", b"[" * 70, b'{"a":' * 70, b"}" * 70]),
    st.just(b'{"platform":"x","id":"7","created_at":1753085100000,"text":"a"}'),
)
rubbish = st.binary(max_size=60) | st.lists(fragments, max_size=25).map(b"".join)


def ids(intake: Intake) -> list[str]:
    return [one.post.id for one in intake.accepted]


def check(intake: Intake) -> None:
    indices = sorted([one.index for one in intake.accepted] + [one.index for one in intake.rejected])
    assert indices == list(range(len(indices)))
    assert indices
    for one in intake.accepted:
        assert one.post.text.strip()
        assert "\0" not in one.post.text
        to_json(one.post)


@given(rubbish)
def test_any_bytes_give_posts_or_reasons(data: bytes) -> None:
    check(read_record(data, NOW))


@given(rubbish, st.lists(posts, max_size=3))
def test_the_fast_way_and_the_slow_way_agree(data: bytes, sent: list[dict[str, object]]) -> None:
    written = [to_json(one) for one in sent]
    for record in (
        data,
        b"[%s]" % b",".join([*written, data]),
        b"\n".join([data, *written]),
        b"".join(written),
    ):
        body = record.strip(b" \t\r\n")
        if body and not body.startswith(b"\xef\xbb\xbf"):
            intake = read_record(record, NOW)
            slowly = sorted(intake_module._read_pieces(record, body, NOW), key=lambda one: one.index)
            assert sorted([*intake.accepted, *intake.rejected], key=lambda one: one.index) == slowly


written_posts = st.tuples(posts.map(to_json), st.sampled_from([b"", b"", b" ", b"\r", b"\r\n"])).map(b"".join)


@given(st.lists(written_posts | rubbish | st.none(), min_size=1, max_size=4))
def test_records_read_at_once_are_read_as_each_by_itself(records: list[bytes | None]) -> None:
    at_once = read_lone_posts(records, NOW)
    if at_once is not None:
        assert [Intake([one], []) for one in at_once] == [read_record(record, NOW) for record in records]


@given(st.lists(posts.map(to_json), min_size=1, max_size=3), st.data())
def test_posts_cut_into_several_records_are_not_put_together(
    written: list[bytes], draw: st.DataObject
) -> None:
    whole = b"".join(written)
    cuts = sorted(draw.draw(st.sets(st.integers(1, len(whole) - 1), min_size=len(written) - 1, max_size=3)))
    records = [whole[begin:end] for begin, end in pairwise([0, *cuts, len(whole)])]
    if read_lone_posts(records, NOW) is not None:
        assert records == written


@given(posts, rubbish, st.data())
def test_what_is_accepted_is_what_a_strict_reader_reads(
    sent: dict[str, object], data: bytes, draw: st.DataObject
) -> None:
    written = to_json(sent)
    at = draw.draw(st.integers(0, len(written)))
    record = written[:at] + data + written[at + draw.draw(st.integers(0, 3)) :]
    taken = read_record(record, NOW)
    check(taken)
    if record.strip().startswith(b"{") and len(taken.accepted) == 1 and not taken.rejected:
        read = json.loads(record)
        post = taken.accepted[0].post
        assert (post.platform, post.id, post.text) == (
            read["platform"],
            read["id"],
            read["text"][:MAX_TEXT_CHARS],
        )
        assert post.reach == read.get("reach")
        assert post.brands == tuple(read.get("brands") or ())
        author = read.get("author")
        assert (post.author and (post.author.id, post.author.followers)) == (
            author and (author["id"], author.get("followers"))
        )


@given(st.lists(posts, min_size=1, max_size=5), st.booleans(), st.sampled_from([None, 1, "\t"]))
@example(
    [{"platform": "x", "id": "7", "created_at": LEAST, "text": "\u2028a", "lang": "id"}] * 3, False, None
)
def test_valid_posts_come_back_complete(
    sent: list[dict[str, object]], ascii_only: bool, indent: int | str | None
) -> None:
    def written(value: object, indent: int | str | None = None) -> bytes:
        return json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()

    for record in (
        written(sent, indent),
        b"[%s]" % b",".join(map(to_json, sent)),
        b"\n".join(map(written, sent)),
        b"\r\n\r\n".join(map(to_json, sent)) + b"\r\n",
    ):
        taken = read_record(record, NOW)
        assert taken.rejected == []
        assert [one.index for one in taken.accepted] == list(range(len(sent)))
        for one, each in zip(taken.accepted, sent, strict=True):
            assert (one.post.id, one.post.text) == (each["id"], each["text"])
            assert one.post.reach == each.get("reach")
            assert one.post.lang == (each.get("lang") or None)
    single = read_record(written(sent[0], indent), NOW)
    assert ids(single) == [sent[0]["id"]]


@given(st.lists(posts, min_size=1, max_size=4), st.data())
def test_a_changed_byte_costs_one_post_where_each_has_its_line(
    sent: list[dict[str, object]], draw: st.DataObject
) -> None:
    lines = [to_json(one | {"id": f"{i}"}) for i, one in enumerate(sent)]
    hit = draw.draw(st.integers(0, len(lines) - 1))
    at = draw.draw(st.integers(0, len(lines[hit]) - 1))
    byte = draw.draw(st.integers(0, 255) | st.sampled_from(list(b'"\\{}[],:\n')))
    others = [f"{i}" for i in range(len(sent)) if i != hit]
    lines[hit] = lines[hit][:at] + bytes([byte]) + lines[hit][at + 1 :]
    for record in (b"\n".join(lines), b"[\n" + b",\n".join(lines) + b"\n]"):
        taken = read_record(record, NOW)
        check(taken)
        assert [one for one in ids(taken) if one in others] == others


@given(st.lists(posts, min_size=1, max_size=4), st.data())
def test_a_changed_byte_costs_no_earlier_post_of_an_array(
    sent: list[dict[str, object]], draw: st.DataObject
) -> None:
    parts = [to_json(one | {"id": f"{i}"}) for i, one in enumerate(sent)]
    hit = draw.draw(st.integers(0, len(parts) - 1))
    at = draw.draw(st.integers(0, len(parts[hit]) - 1))
    byte = draw.draw(st.integers(0, 255) | st.sampled_from(list(b'"\\{}[],:\n')))
    kept = parts[hit][at : at + 1] not in b'"\\{}[]' and bytes([byte]) not in b'"\\{}[],\n'
    parts[hit] = parts[hit][:at] + bytes([byte]) + parts[hit][at + 1 :]
    record = b"[%s]" % b",".join(parts)
    first, several, _ = record.partition(b"\n")
    assume(not (several and first.endswith(b"]")))  # then it is lines, of which the first is a bad one
    taken = read_record(record, NOW)
    check(taken)
    assert ids(taken)[:hit] == [f"{i}" for i in range(hit)]
    if kept:
        # Nothing that delimits was touched: no later post is lost either.
        others = [f"{i}" for i in range(len(sent)) if i != hit]
        assert [one for one in ids(taken) if one in others] == others
        assert len(taken.rejected) <= 1


@given(st.lists(posts, min_size=1, max_size=3), st.integers(1, 40))
def test_a_record_cut_off_keeps_its_whole_posts(sent: list[dict[str, object]], less: int) -> None:
    parts = [to_json(one | {"id": f"{i}"}) for i, one in enumerate(sent)]
    for record in (b"[%s]" % b",".join(parts), b"\n".join(parts)):
        taken = read_record(record[:-less], NOW)
        check(taken)
        assert ids(taken)[: len(sent) - 1] == [f"{i}" for i in range(len(sent) - 1)]
        if record.startswith(b"["):
            assert {one.reason for one in taken.rejected} <= set(Rejection)
            assert taken.rejected
