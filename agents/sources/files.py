"""Posts and counts from files: JSON lines, a JSON array, or CSV; which one, the first line tells."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice, repeat
from typing import IO, Literal, TypeVar

import msgspec
from msgspec import Struct

from agents.errors import DataError
from agents.sources.csv_posts import ALIASES, COLUMNS, csv_posts
from agents.sources.csv_rows import csv_rows
from agents.sources.line import Line
from detector.clock import DAY_MIN, MINUTE_MS, Millis, from_rfc3339

Format = Literal["jsonl", "json", "csv", "counts"]
T = TypeVar("T")

# Spreadsheets part cells by a semicolon where the comma is the decimal sign, as in Indonesia.
DELIMITERS = (",", ";", "\t")
# Silence is gone through minute by minute; a longer one is a wrong time.
LONGEST_GAP_MS = 5 * 365 * DAY_MIN * MINUTE_MS
_SAYS_DELIMITER = (b"sep=,", b"sep=;", b"sep=\t")  # the first line of some spreadsheets
_NEEDED = {"created_at", "text"}
_BOM = b"\xef\xbb\xbf"


class Count(Struct, frozen=True):
    """So many posts in the interval that begins at an instant."""

    at: Millis
    value: float


class PostsFile(Struct):
    """A file of posts, read as it is consumed; `ignored` are the columns of a CSV that nobody reads."""

    format: Format
    lines: Iterator[Line]
    ignored: tuple[str, ...] = ()


class CountsFile(Struct):
    """A file of counts, read as it is consumed."""

    counts: Iterator[Count]


def open_file(stream: IO[bytes], name: str, platform: str = "other") -> PostsFile | CountsFile:
    """Return the posts or the counts of a file.

    JSON lines: one post a line. JSON: one array of posts, read as a whole. CSV of posts: a header with some
    of `COLUMNS` or their `ALIASES`, in any order, parted by one of `DELIMITERS`; see `csv_posts`. CSV of
    counts: ``timestamp,value``; a time without zone is UTC.

    Parameters
    ----------
    stream
        Bytes from the start of the file.
    name
        How messages call it.
    platform
        For CSV rows that have none.

    Raises
    ------
    DataError
        When the file is none of these; later also from the iterators, for what makes the rest unreadable.
    """
    lines = iter(stream)
    first = next(lines, b"").removeprefix(_BOM)
    _refuse_utf16(first, name)
    skipped = 0
    while first and (not first.strip() or first.strip().lower() in _SAYS_DELIMITER):
        first, skipped = next(lines, b""), skipped + 1
    # What was skipped still counts as lines.
    rest = chain(repeat(b"\n", skipped), [first], lines)
    start = first.lstrip()[:1]
    if start == b"{":
        return PostsFile("jsonl", _json_lines(rest))
    if start == b"[":
        return PostsFile("json", _json_array(b"".join(rest), name))
    header, delimiter = _header(first, name)
    if {"timestamp", "value"} <= set(header):
        return CountsFile(_counts(rest, header, name, delimiter))
    return _open_csv(rest, header, first, name, platform, delimiter)


def open_posts(stream: IO[bytes], name: str, platform: str = "other") -> PostsFile:
    """Return the posts of a file as `open_file` does; counts are refused."""
    opened = open_file(stream, name, platform)
    if isinstance(opened, CountsFile):
        raise DataError(
            f"{name}: counts, not posts: got the columns timestamp and value; expected created_at and text; "
            "give it to `siaga backtest`"
        )
    return opened


def _refuse_utf16(first: bytes, name: str) -> None:
    """Refuse what some spreadsheets call Unicode: its mark, or a NUL beside the first character."""
    if first[:2] in (b"\xff\xfe", b"\xfe\xff") or first[:2].count(b"\0") == 1:
        raise DataError(
            f"{name}: not UTF-8: got UTF-16; expected UTF-8; save it as UTF-8 (in a spreadsheet: CSV UTF-8)"
        )


def _header(first: bytes, name: str) -> tuple[list[str], str]:
    """Return the columns, and what parts them: the comma where none of `DELIMITERS` gives columns we know."""
    found = []
    for delimiter in DELIMITERS:
        try:
            cells = next(csv.reader([_text(first)], delimiter=delimiter), [])
        except csv.Error as error:
            raise DataError(
                f"{name}: neither JSON nor CSV of posts: got {len(first)} bytes ({error}); expected a "
                "short header, and lines that end with LF or CRLF; save it anew as CSV or JSON lines"
            ) from None
        header = [column.strip().lower() for column in cells]
        if {"timestamp", "value"} <= set(header) or {ALIASES.get(c, c) for c in header} >= _NEEDED:
            return header, delimiter
        found.append(header)
    return found[0], ","


def _open_csv(
    lines: Iterable[bytes], header: list[str], first: bytes, name: str, platform: str, delimiter: str
) -> PostsFile:
    meant = [ALIASES.get(column, column) for column in header]
    if not set(meant) >= _NEEDED:
        raise DataError(
            f"{name}: neither JSON nor CSV of posts: got {_text(first).strip()[:60]!r}; expected a line that "
            "begins with { or [, or a header with created_at and text; correct its first line"
        )
    twice = [column for column in COLUMNS if meant.count(column) > 1]
    if twice:
        raise DataError(
            f"{name}: column given twice: got {twice[0]} more than once; expected once; rename one"
        )
    ignored = tuple(column for column, known in zip(header, meant, strict=True) if known not in COLUMNS)
    return PostsFile("csv", csv_posts(map(_text, lines), meant, platform, delimiter), ignored)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def _json_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """Yield the posts of JSON lines; a line may also hold an array of posts."""
    for number, line in enumerate(lines, 1):
        data = line.strip()
        if data[:1] == b"[":
            with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                yield from (Line(number, bytes(p)) for p in msgspec.json.decode(data, type=list[msgspec.Raw]))
                continue
        if data:
            yield Line(number, data)


def _json_array(data: bytes, name: str) -> Iterator[Line]:
    try:
        posts = msgspec.json.decode(data, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(
            f"{name}: no JSON array: got {error}; expected [post, post]; mend it or write one post a line"
        ) from None
    for number, post in enumerate(posts, 1):
        yield Line(number, bytes(post))


def _counts(lines: Iterable[bytes], header: list[str], name: str, delimiter: str) -> Iterator[Count]:
    at_column, value_column = header.index("timestamp"), header.index("value")
    before = None
    for row in islice(csv_rows(map(_text, lines), delimiter), 1, None):
        if row.problem:
            raise DataError(f"{name}: line {row.line}: {row.problem}; or save it anew as CSV")
        count = _count(row.cells, at_column, value_column)
        if count is None:
            raise DataError(
                f"{name}: line {row.line}: no count: got {','.join(row.cells)[:60]!r}; expected a time such "
                "as 2025-07-21 15:05:00 and a number of 0 or more; correct it"
            )
        if before is not None and count.at < before:
            raise DataError(
                f"{name}: line {row.line}: not in time order: got {row.cells[at_column].strip()}; expected "
                "it after the line before; sort the file"
            )
        if before is not None and count.at - before > LONGEST_GAP_MS:
            raise DataError(
                f"{name}: line {row.line}: nothing for years: got {row.cells[at_column].strip()}; expected "
                "it within 5 years of the line before; correct the time"
            )
        before = count.at
        yield count


def _count(cells: list[str], at_column: int, value_column: int) -> Count | None:
    try:
        text = cells[at_column].strip()
        at = from_rfc3339(text if text[-1:] == "Z" or text[19:] else text + "Z")
        value = float(cells[value_column])
    except (ValueError, IndexError):
        return None
    return Count(at, value) if at >= 0 and 0 <= value < 1e12 else None
