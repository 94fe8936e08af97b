from __future__ import annotations

import io

import pytest

from agents.errors import DataError
from agents.sources.csv_posts import ALIASES, COLUMNS
from agents.sources.files import Count, CountsFile, open_file, open_posts
from detector.codec import from_json
from detector.intake import Rejection, read_record
from detector.post import Author

NOW = 1_764_000_000_000


def posts(data: bytes | str, platform: str = "other"):
    """Return the format, and each post as (line, accepted post or reason)."""
    raw = data.encode() if isinstance(data, str) else data
    opened = open_posts(io.BytesIO(raw), "posts.x", platform)
    found = []
    for line in opened.lines:
        intake = read_record(line.data, NOW)
        (one,) = [*intake.accepted, *intake.rejected]
        found.append((line.number, one.post if intake.accepted else one.reason))
    return opened.format, found


def refusal(data: str) -> str:
    with pytest.raises(DataError) as caught:
        posts(data)
    return str(caught.value)


A = '{"platform":"x","id":"1","created_at":"2025-07-21T15:05:00Z","text":"halo"}'
B = '{"platform":"x","id":"2","created_at":1753110301000,"text":"hai"}'


def test_json_lines():
    kind, found = posts(f"{A}\n\n{B}\n")
    assert kind == "jsonl"
    assert [(number, post.id) for number, post in found] == [(1, "1"), (3, "2")]


def test_json_lines_with_byte_order_mark_empty_lines_and_no_end():
    assert [number for number, _ in posts(f"\ufeff\n\n{A}")[1]] == [3]


def test_a_bad_line_costs_no_other():
    assert [getattr(it, "id", it) for _, it in posts(f"{A}\n{{bad\n{B}\n")[1]] == [
        "1",
        Rejection.BAD_JSON,
        "2",
    ]


def test_a_line_may_hold_an_array():
    assert [(n, post.id) for n, post in posts(f"{A}\n[{B},{A}]\n")[1]] == [(1, "1"), (2, "2"), (2, "1")]


def test_a_json_array_over_many_lines():
    pretty = A.replace(",", ",\n ")
    kind, found = posts(f"[\n{pretty},\n{B}\n]\n")
    assert (kind, [post.id for _, post in found]) == ("json", ["1", "2"])


def test_a_broken_array_is_refused_as_a_whole():
    assert refusal(f"[{A},").startswith(
        "posts.x: no JSON array: got Input data was truncated; expected [post, post];"
    )


def test_csv_with_all_columns():
    header = ",".join(COLUMNS)
    row = 'x,9,2025-07-21T15:05:00Z,"a, ""b""\nc",kim,12,id,http://u,8,300,biznet|Jago Bank'
    kind, ((number, post),) = posts(f"{header}\n{row}\n")
    assert (kind, number) == ("csv", 2)
    assert post.text == 'a, "b"\nc'
    assert (post.platform, post.id, post.created_at) == ("x", "9", 1_753_110_300_000)
    assert post.author == Author("kim", 12)
    assert (post.lang, post.url, post.reply_to, post.reach) == ("id", "http://u", "8", 300)
    assert post.brands == ("biznet", "Jago Bank")


@pytest.mark.parametrize(("alias", "column"), ALIASES.items())
def test_csv_aliases(alias, column):
    cells = {"platform": "x", "id": "1", "created_at": "2025-07-21T15:05:00Z", "text": "halo", "author": "a"}
    cells.setdefault(column, "7")
    header = ",".join(alias if name == column else name for name in cells)
    _, ((_, post),) = posts(f"{header}\n{','.join(cells.values())}\n")
    assert (post.text, post.created_at) == ("halo", 1_753_110_300_000)


def test_csv_header_in_any_case_and_columns_nobody_reads():
    opened = open_posts(io.BytesIO(b"TS, Text ,label,mood\n"), "x")
    assert opened.ignored == ("label", "mood")


def test_csv_fills_platform_and_id_the_same_way_each_time():
    text = "ts,text,author\n2025-07-21T15:05:00Z,halo,kim\n2025-07-21T15:05:00Z,halo,lee\n"
    _, first = posts(text, "forum")
    _, again = posts(text + "2025-07-21T15:06:00Z,more,\n", "forum")
    assert [post for _, post in again[:2]] == [post for _, post in first]
    assert {post.platform for _, post in first} == {"forum"}
    assert first[0][1].id != first[1][1].id
    # Another id in a new release would double what was sent before.
    assert first[0][1].id == "csv-870e73fade69b0b6d610de34"


def test_csv_rows_that_agree_in_everything_are_one_post():
    _, found = posts("ts,text\n2025-07-21T15:05:00Z,halo\n2025-07-21T15:05:00Z,halo\n")
    assert found[0][1].id == found[1][1].id


def test_csv_epoch_milliseconds():
    assert posts("created_at,text\n1753110300000,halo\n")[1][0][1].created_at == 1_753_110_300_000


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"2025-07-21T15:05:00Z", Rejection.BAD_JSON),
        (b"2025-07-21T15:05:00Z,a,b", Rejection.BAD_JSON),
        (b"2025-07-21T15:05:00Z,", Rejection.EMPTY_TEXT),
        (b",halo", Rejection.BAD_TIME),
        (b"2025-07-21 15:05:00,halo", Rejection.BAD_TIME),
        (b"2025-07-21T15:05:00Z,ha\xfflo", Rejection.BAD_UTF8),
        (b"2025-07-21T15:05:00Z,ha\x00lo", Rejection.NUL_BYTE),
    ],
)
def test_a_bad_csv_row_costs_no_other(row, reason):
    good = b"2025-07-21T15:05:00Z,halo"
    _, found = posts(b"ts,text\n" + good + b"\n" + row + b"\n" + good + b"\n")
    assert [getattr(it, "text", it) for _, it in found] == ["halo", reason, "halo"]


def test_csv_with_a_cell_beyond_all_limits():
    _, found = posts("ts,text\n2025-07-21T15:05:00Z," + "x" * 200_000 + "\n2025-07-21T15:05:00Z,halo\n")
    assert found[0][1] is Rejection.BAD_JSON
    assert found[-1][1].text == "halo"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (
            "a,b\n1,2\n",
            "posts.x: neither JSON nor CSV of posts: got 'a,b'; expected a line that begins with { or [, "
            "or a header with created_at and text; correct its first line",
        ),
        (
            "",
            "posts.x: neither JSON nor CSV of posts: got ''; expected a line that begins with { or [, "
            "or a header with created_at and text; correct its first line",
        ),
        (
            "timestamp,value\n",
            "posts.x: counts, not posts: got the columns timestamp and value; expected created_at and text; "
            "give it to `siaga backtest`",
        ),
        (
            "ts,time,text\n",
            "posts.x: column given twice: got created_at more than once; expected once; rename one",
        ),
    ],
)
def test_files_that_are_no_posts(data, text):
    assert refusal(data) == text


def counts(text: str) -> list[Count]:
    opened = open_file(io.BytesIO(text.encode()), "n.csv")
    assert isinstance(opened, CountsFile)
    return list(opened.counts)


def test_counts():
    text = (
        "timestamp,value\n2015-02-26 21:42:53,104\n2015-02-26T21:47:53Z,9.5\n\n2015-02-26T21:57:53+07:00,0\n"
    )
    with pytest.raises(DataError, match="not in time order"):
        counts(text)
    assert counts(text.replace("+07:00", "Z"))[:2] == [
        Count(1_424_986_973_000, 104.0),
        Count(1_424_987_273_000, 9.5),
    ]


def test_counts_with_more_columns_in_another_order():
    assert counts("label,value,timestamp\nx,3,2015-02-26 21:42:53\n") == [Count(1_424_986_973_000, 3.0)]


@pytest.mark.parametrize(
    "row",
    [
        "2015-02-26 21:42:53,x",
        "2015-02-26 21:42:53,-1",
        "now,1",
        "2015-02-26",
        "2015-02-26 21:42:53,nan",
        "1969-12-31 23:59:59,1",
    ],
)
def test_a_bad_count_ends_the_file(row):
    with pytest.raises(DataError) as caught:
        counts(f"timestamp,value\n2015-02-26 21:42:53,1\n{row}\n")
    assert str(caught.value) == (
        f"n.csv: line 3: no count: got {row!r}; expected a time such as 2025-07-21 15:05:00 and a number of "
        "0 or more; correct it"
    )


def test_the_json_made_of_csv_is_what_intake_reads():
    opened = open_posts(io.BytesIO(b"ts,text,id\n2025-07-21T15:05:00Z,halo,5\n"), "x", "forum")
    assert from_json(next(opened.lines).data, dict) == {
        "platform": "forum",
        "id": "5",
        "created_at": "2025-07-21T15:05:00Z",
        "text": "halo",
    }


@pytest.mark.parametrize("data", ["x" * 200_000, "created_at,text\r2025-07-21T15:05:00Z,halo\r"])
def test_a_first_line_that_is_no_csv_is_refused_in_words(data):
    assert "expected a short header, and lines that end with LF or CRLF" in refusal(data)


def test_a_carriage_return_inside_a_line_of_counts_ends_the_file():
    opened = open_file(io.BytesIO(b"timestamp,value\n2025-07-21 15:05:00\r,3\n"), "counts.csv")
    with pytest.raises(DataError, match="line 2: no CSV: got new-line character"):
        list(opened.counts)


def lines_of(data: str) -> list[tuple[int, str]]:
    """Return each line of posts with its problem, or else the text of its post."""
    opened = open_posts(io.BytesIO(data.encode()), "posts.csv")
    return [(line.number, line.problem or from_json(line.data, dict)["text"]) for line in opened.lines]


OPEN = "a quote that opens here is not closed at the end of a cell: got "


@pytest.mark.parametrize(
    "after", ["{at},b\n{at},c\n", '{at},"b"\n{at},"c"\n', '"{at}","b"\n"{at}","c"\n', '{at},"b"\n{at},c\n']
)
def test_a_quote_that_is_not_closed_costs_its_own_line_and_no_other(after):
    at = "2025-07-21T15:05:00Z"
    found = lines_of(f'ts,text\n{at},a\n{at},"open\n' + after.format(at=at))
    assert [(line, text[: len(OPEN)]) for line, text in found] == [(2, "a"), (3, OPEN), (4, "b"), (5, "c")]


def test_an_open_quote_before_more_than_a_cell_can_hold():
    at = "2025-07-21T15:05:00Z"
    found = lines_of(f'ts,text\n{at},"open\n' + f"{at},b\n" * 20_000)
    assert found[0][1].startswith(OPEN)
    assert found[1:] == [(line, "b") for line in range(3, 20_003)]


def test_quotes_that_open_again_in_each_line_end_in_time():
    data = "ts,text\n" + 'b","\n' * 1_000
    assert len(lines_of(data)) == 1_000


def test_a_text_of_several_lines_stands_where_it_begins():
    at = "2025-07-21T15:05:00Z"
    assert lines_of(f'ts,text\n{at},"a\nb ""c"""\n\n{at},"d" \n') == [(2, 'a\nb "c"'), (5, "d ")]


def test_a_row_of_too_many_cells_says_so():
    assert lines_of("ts,text\n1,a,b\n")[0] == (2, "got 3 cells; expected 2, as in the header")


def test_an_open_quote_in_the_header_swallows_nothing():
    data = 'created_at,text,"more\n2025-07-21T15:05:00Z,halo,x\n'
    assert [(line, text[: len(OPEN)]) for line, text in lines_of(data)] == [(1, OPEN), (2, "halo")]


def test_an_open_quote_in_counts_ends_the_file_at_its_line():
    with pytest.raises(DataError, match=f"n.csv: line 2: {OPEN}"):
        counts('timestamp,value,label\n2015-02-26 21:42:53,1,"x\n2015-02-26 21:47:53,2,y\n')


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_part_cells_where_commas_do_not(delimiter):
    rows = f"ts{delimiter}text\n2025-07-21T15:05:00Z{delimiter}a, b\n"
    assert [text for _, text in lines_of(rows)] == ["a, b"]
    assert counts(f"timestamp{delimiter}value\n2015-02-26 21:42:53{delimiter}3\n")[0].value == 3


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["ts,text\n2025-07-21T15:05:00Z,halo\n", A])
def test_utf_16_is_refused_with_what_to_do(encoding, text):
    with pytest.raises(DataError) as caught:
        open_file(io.BytesIO(text.encode(encoding)), "n.csv")
    assert str(caught.value) == (
        "n.csv: not UTF-8: got UTF-16; expected UTF-8; save it as UTF-8 (in a spreadsheet: CSV UTF-8)"
    )


def test_a_wrong_year_in_counts_ends_the_file():
    with pytest.raises(DataError) as caught:
        counts("timestamp,value\n2025-02-26 21:42:53,1\n9999-12-31 23:59:59,2\n")
    assert str(caught.value) == (
        "n.csv: line 3: nothing for years: got 9999-12-31 23:59:59; expected it within 5 years of the line "
        "before; correct the time"
    )


@pytest.mark.parametrize("before", [b"\n\n", b"\xef\xbb\xbf\n \r\n", b"sep=;\r\n\n", b"SEP=,\n\n"])
@pytest.mark.parametrize("data", [b"timestamp,value\nx,1\n", b"ts,text\nx,halo,\n", b"{}\n{\n"])
def test_lines_before_the_first_one_count_as_lines(before, data):
    opened = open_file(io.BytesIO(before + data), "n.csv")
    if isinstance(opened, CountsFile):
        with pytest.raises(DataError, match="line 4: no count"):
            list(opened.counts)
    else:
        assert list(opened.lines)[-1].number == 4
