"""Posts in order of event time, whatever the order of the files, within a bounded memory."""

from __future__ import annotations

import heapq
import os
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

import msgspec
from msgspec import Struct

from agents.sources.line import Line
from detector.clock import LAST_MS, MINUTE_MS, Millis, from_rfc3339
from detector.intake import read_record

CHUNK_BYTES = 32 * 1024 * 1024
_BLOCK = 256 * 1024


class _Timed(Struct, gc=False):
    created_at: int | str


_decode = msgspec.json.Decoder(_Timed).decode


def time_of(data: bytes) -> Millis | None:
    """Return the event time of a post's JSON, or None where it says none.

    >>> time_of(b'{"created_at":"2025-07-21T15:05:00Z"}')
    1753110300000
    """
    try:
        at = _decode(data).created_at
        at = at if isinstance(at, int) else from_rfc3339(at)
        return at if 0 <= at <= LAST_MS else None
    except (msgspec.MsgspecError, UnicodeError, ValueError, RecursionError):
        return None


class Survey(Struct):
    """How well some posts are in time order: how many are older than one before them, and by how much."""

    posts: int = 0
    behind: int = 0
    behind_ms: int = 0
    first: Millis | None = None
    last: Millis | None = None

    def add(self, at: Millis | None, lateness_ms: int) -> None:
        """Take in the time of the next post."""
        self.posts += 1
        if at is None:
            return
        if self.first is None or at < self.first:
            self.first = at
        if self.last is None or at > self.last:
            self.last = at
        elif self.last - at > lateness_ms:
            self.behind += 1
            self.behind_ms = max(self.behind_ms, self.last - at)


def survey(lines: Iterable[Line], lateness_ms: int, now: Millis) -> Survey:
    """Return how well some posts are in time order; those within the lateness do not count as behind.

    A post that intake refuses, such as one of a time after `now`, has no place in the order. To be quick,
    only those are looked at that are behind another, or so far ahead that others would be behind them.
    """
    found, ahead_ms = Survey(), max(lateness_ms, MINUTE_MS)
    for line in lines:
        at, last = time_of(line.data), found.last
        out_of_step = at is not None and (last is None or last - at > lateness_ms or at - last > ahead_ms)
        found.add(None if out_of_step and not read_record(line.data, now).accepted else at, lateness_ms)
    return found


def in_time_order(lines: Iterable[Line], chunk_bytes: int = CHUNK_BYTES) -> Iterator[Line]:
    """Yield posts by event time; those of equal time as given, those without one behind the post before.

    Sorted chunks go to one temporary file and are merged, so memory is bounded (about four times the chunk)
    and the disk must hold a copy.
    """
    with tempfile.TemporaryFile() as file:
        runs = [_write(file, chunk) for chunk in _chunks(lines, chunk_bytes)]
        file.flush()
        readers = (_read(file.fileno(), begin, end) for begin, end in runs)
        # A run is older in the input than the next, and merge keeps the order of its inputs.
        for _, number, data, problem, name in heapq.merge(*readers, key=_at):
            yield Line(number, data, problem, name)


_Entry = tuple[int, int, bytes, str, str]
_encode = msgspec.msgpack.Encoder().encode
_entry = msgspec.msgpack.Decoder(tuple[int, int, bytes, str, str]).decode


def _at(entry: _Entry) -> int:
    return entry[0]


def _chunks(lines: Iterable[Line], chunk_bytes: int) -> Iterator[list[_Entry]]:
    chunk: list[_Entry] = []
    size, last = 0, 0
    for line in lines:
        at = time_of(line.data)
        last = last if at is None else at
        chunk.append((last, line.number, line.data, line.problem, line.file))
        size += len(line.data)
        if size >= chunk_bytes:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _write(file: IO[bytes], chunk: list[_Entry]) -> tuple[int, int]:
    begin = file.tell()
    for entry in sorted(chunk, key=_at):
        data = _encode(entry)
        file.write(len(data).to_bytes(4, "big") + data)
    return begin, file.tell()


def _read(descriptor: int, begin: int, end: int) -> Iterator[_Entry]:
    """Yield the entries of one run; each run reads its own blocks of the file."""
    block, at = b"", 0
    while begin < end or at < len(block):
        need = 4 + (int.from_bytes(block[at : at + 4], "big") if len(block) - at >= 4 else 0)
        if len(block) - at < need or need == 4:
            more = os.pread(descriptor, min(max(_BLOCK, need), end - begin), begin)
            block, at, begin = block[at:] + more, 0, begin + len(more)
            continue
        yield _entry(block[at + 4 : at + need])
        at += need
