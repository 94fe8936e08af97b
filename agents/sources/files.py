"""Posts and counts from files: JSON lines, a JSON array, or CSV; which one, the first line tells."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from typing import IO, Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from agents.errors import DataError
from agents.sources.csv_posts import ALIASES, COLUMNS, csv_posts
from agents.sources.line import Line
from detector.clock import Millis, from_rfc3339

Format = Literal["jsonl", "json", "csv", "counts"]
T = TypeVar("T")

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
    of `COLUMNS` or their `ALIASES`, in any order; see `csv_posts`. CSV of counts: ``timestamp,value``;
    a time without zone is UTC.

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
    while first and not first.strip():
        first = next(lines, b"")
    rest = chain([first], lines)
    start = first.lstrip()[:1]
    if start == b"{":
        return PostsFile("jsonl", _json_lines(rest))
    if start == b"[":
        return PostsFile("json", _json_array(b"".join(rest), name))
    try:
        header = [column.strip().lower() for column in next(csv.reader([_text(first)]), [])]
    except csv.Error as error:
        raise DataError(
            f"{name}: neither JSON nor CSV of posts: got {len(first)} bytes ({error}); expected a "
            "short header, and lines that end with LF or CRLF; save it anew as CSV or JSON lines"
        ) from None
    if {"timestamp", "value"} <= set(header):
        return CountsFile(_counts(rest, header, name))
    return _open_csv(rest, header, first, name, platform)


def open_posts(stream: IO[bytes], name: str, platform: str = "other") -> PostsFile:
    """Return the posts of a file as `open_file` does; counts are refused."""
    opened = open_file(stream, name, platform)
    if isinstance(opened, CountsFile):
        raise DataError(
            f"{name}: counts, not posts: got the columns timestamp and value; expected created_at and text; "
            "give it to `siaga backtest`"
        )
    return opened


def _open_csv(lines: Iterable[bytes], header: list[str], first: bytes, name: str, platform: str) -> PostsFile:
    meant = [ALIASES.get(column, column) for column in header]
    if not {"created_at", "text"} <= set(meant):
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
    return PostsFile("csv", csv_posts(map(_text, lines), meant, platform), ignored)


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


def _counts(lines: Iterable[bytes], header: list[str], name: str) -> Iterator[Count]:
    rows = csv.reader(map(_text, lines))
    at_column, value_column = header.index("timestamp"), header.index("value")
    before = None
    for row in islice(_rows(rows, name), 1, None):
        if not row:
            continue
        try:
            text = row[at_column].strip()
            at = from_rfc3339(text if text[-1:] == "Z" or text[19:] else text + "Z")
            value = float(row[value_column])
        except (ValueError, IndexError):
            at, value = 0, -1.0
        if not 0 <= value < 1e12:
            raise DataError(
                f"{name}: line {rows.line_num}: no count: got {','.join(row)[:60]!r}; expected a time such "
                "as 2025-07-21 15:05:00 and a number of 0 or more; correct it"
            )
        if before is not None and at < before:
            raise DataError(
                f"{name}: line {rows.line_num}: not in time order: got {text}; expected it after the line "
                "before; sort the file"
            )
        before = at
        yield Count(at, value)


def _rows(rows: Any, name: str) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as error:
        raise DataError(
            f"{name}: line {rows.line_num}: no CSV: got {error}; expected lines that end with LF or CRLF; "
            "save it anew as CSV"
        ) from None
