"""The state of one mentions partition as it is kept in Kafka, and the format of it.

A partition's state is a set of records in a compacted topic:

=====================  ==================================================================
``P/minute/M/C``       one closed minute M: sums and voices of the brands with posts, in chunks C
``P/brand/B``          the incident watch of brand B, its last two versions, stamped with a ``seq``
``P/baseline/B``       what the detectors of brand B had learnt up to a minute
``P/copies/S/C``       posts that stay known after their minute closed, at header S, in chunks C (rare)
``P/header``           what the others mean: see `Header`
=====================  ==================================================================

The header is written last and decides: minutes after `closed_to` do not count, and of a brand the newest
version at or below `seq` does. So a crash between any two writes leaves the state of the header before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from msgspec import Struct, field

from detector.bucket import Tally
from detector.clock import Minute
from detector.codec import CodecError, from_msgpack, to_msgpack
from detector.silence import Feed, Pulse
from detector.steps import Steps, finished
from detector.usual import Usual
from detector.watch import Watch
from detector.watermark import Clocks

T = TypeVar("T")

STATE_FORMAT = 1
CHUNK_BYTES = 500_000


class Header(Struct, frozen=True):
    """The state of a partition at a moment of its log.

    `partitions` is P; `through` the highest applied offset of `mentions`; `mark` the lowest offset
    that touches an open bucket, else ``through + 1``; all minutes up to `closed_to` are closed.
    `covered` is the position up to which each posts partition was covered just before `mark` (None in the
    first states of this format), `copies` the number of chunks of `Copies` with this `seq`, `pulse` what was
    heard of anything at all.
    """

    format: int
    partitions: int
    through: int
    mark: int
    seq: int
    closed_to: Minute | None
    clocks: Clocks
    covered: dict[int, int] | None = None
    copies: int = 0
    pulse: Pulse | None = None


class MinuteOfBrand(Struct, frozen=True, array_like=True):
    """A closed minute of one brand: its sums and its voices (authors as little-endian 64-bit hashes).

    `gist` is the packed `Gist` of the minute; minutes of the first versions have none.
    """

    tally: Tally
    everyone: bytes
    everyone_plain: int
    negative: bytes
    negative_plain: int
    gist: bytes = b""


class MinuteRecord(Struct, frozen=True):
    """A closed minute of a partition; `in_incident` are the brands whose open incident is news."""

    format: int
    minute: Minute
    brands: dict[str, MinuteOfBrand]
    in_incident: list[str] = []


class Version(Struct, frozen=True, array_like=True):
    """A brand's watch as it was when the header with this `seq` was written."""

    seq: int
    watch: Watch


class BrandRecord(Struct, frozen=True):
    """The last two versions of a brand's watch, older first."""

    format: int
    versions: list[Version]

    def at(self, seq: int) -> Version | None:
        """Return the newest version that a header of this `seq` covers."""
        covered = [version for version in self.versions if version.seq <= seq]
        return covered[-1] if covered else None


class Copies(Struct, frozen=True):
    """Posts, by brand, whose minute is closed while that of a copy is open, each with the newest such minute.

    Only producers that send a post again with another `created_at` cause any.
    """

    format: int
    brands: dict[str, dict[int, Minute]]


class BaselineRecord(Struct, frozen=True):
    """Dumped detectors of one brand, by their version, after they learnt minute `learnt`.

    `usual` is what was known then of the brand's negative share, `background` of its terms, packed, and
    `feeds` of its platforms, by code; the first versions did not keep them.
    """

    format: int
    learnt: Minute
    detectors: dict[str, bytes]
    usual: Usual | None = None
    background: bytes = b""
    feeds: dict[int, Feed] = {}


def header_key(partition: int) -> str:
    """Return the key of a partition's header."""
    return f"{partition}/header"


def minute_key(partition: int, minute: Minute, chunk: int) -> str:
    """Return the key of a chunk of a closed minute."""
    return f"{partition}/minute/{minute}/{chunk}"


def brand_key(partition: int, brand: str) -> str:
    """Return the key of a brand's watch."""
    return f"{partition}/brand/{brand}"


def copies_key(partition: int, seq: int, chunk: int) -> str:
    """Return the key of a chunk of the posts that were known beyond their minute at a header."""
    return f"{partition}/copies/{seq}/{chunk}"


def baseline_key(partition: int, brand: str) -> str:
    """Return the key of a brand's dumped detectors."""
    return f"{partition}/baseline/{brand}"


def minute_records(partition: int, record: MinuteRecord) -> Iterator[tuple[str, bytes]]:
    """Yield the key and bytes of each chunk of a closed minute; nothing when nothing happened in it."""
    chunk: dict[str, MinuteOfBrand] = {}
    size, number = 0, 0
    in_incident = record.in_incident
    for brand, row in record.brands.items():
        chunk[brand] = row
        size += len(row.everyone) + len(row.negative) + len(row.gist) + len(brand) + 40
        if size > CHUNK_BYTES:
            yield _chunk(partition, record.minute, number, chunk, in_incident)
            chunk, in_incident, size, number = {}, [], 0, number + 1
    if chunk or in_incident:
        yield _chunk(partition, record.minute, number, chunk, in_incident)


def copies_records(
    partition: int, seq: int, kept: Iterable[tuple[str, dict[int, Minute]]]
) -> Iterator[tuple[str, bytes]]:
    """Yield the key and bytes of each chunk of the posts that stay known beyond their minute, by brand."""
    chunk: dict[str, dict[int, Minute]] = {}
    size, number = 0, 0
    for brand, posts in kept:
        for post, until in posts.items():
            if brand not in chunk:
                chunk[brand] = {}
                size += len(brand) + 10
            chunk[brand][post] = until
            size += 15
            if size > CHUNK_BYTES:
                yield copies_key(partition, seq, number), to_msgpack(Copies(STATE_FORMAT, chunk))
                chunk, size, number = {}, 0, number + 1
    if chunk:
        yield copies_key(partition, seq, number), to_msgpack(Copies(STATE_FORMAT, chunk))


def _chunk(
    partition: int, minute: Minute, number: int, brands: dict[str, MinuteOfBrand], in_incident: list[str]
) -> tuple[str, bytes]:
    record = MinuteRecord(STATE_FORMAT, minute, brands, in_incident)
    return minute_key(partition, minute, number), to_msgpack(record)


class State(Struct):
    """The decoded state of one partition."""

    header: Header | None
    minutes: list[MinuteRecord]
    brands: dict[str, BrandRecord]
    baselines: dict[str, BaselineRecord]
    copies: list[Copies] = field(default_factory=list)
    copies_keys: list[str] = field(default_factory=list)


class StateError(RuntimeError):
    """State that this version cannot continue from; the message says what to do."""


def entries_of(records: Iterable[tuple[bytes, bytes]]) -> dict[str, bytes]:
    """Return records of the state by their keys as text.

    Raises
    ------
    CodecError
        When a key is no text.
    """
    try:
        return {key.decode(): value for key, value in records}
    except UnicodeDecodeError as error:
        raise CodecError("broken state key; restore the changelog topic", error.object) from None


def read_state(partition: int, partitions: int, entries: dict[str, bytes]) -> State:
    """Return the decoded state of one partition, in the order of its minutes.

    Raises
    ------
    StateError
        When the state was written for another number of partitions, or by a newer version.
    CodecError
        When a record is broken.
    """
    return finished(reading_state(partition, partitions, entries))


def reading_state(partition: int, partitions: int, entries: dict[str, bytes]) -> Steps[State]:
    """Return what `read_state` does, in short steps."""
    state = State(None, [], {}, {})
    raw = entries.get(header_key(partition))
    if raw is None:
        # Nothing was ever closed: what there is was learnt from history (`siaga warm`).
        prefix = baseline_key(partition, "")
        for key, data in entries.items():
            if key.startswith(prefix):
                state.baselines[key[len(prefix) :]] = _read(data, BaselineRecord, key)
                yield
        return state
    state.header = header = _read(raw, Header, header_key(partition))
    if header.partitions != partitions:
        raise StateError(
            f"the state was written for {header.partitions} partitions: got {partitions} now; expected "
            f"{header.partitions}; set the partitions of the mentions topic back, or start with a new app_id"
        )
    prefix = f"{partition}/"
    for key, data in entries.items():
        if not key.startswith(prefix):
            continue
        kind, _, name = key[len(prefix) :].partition("/")
        if kind == "minute":
            record = _read(data, MinuteRecord, key)
            if header.closed_to is not None and record.minute <= header.closed_to:
                state.minutes.append(record)
        elif kind == "brand":
            state.brands[name] = _read(data, BrandRecord, key)
        elif kind == "baseline":
            state.baselines[name] = _read(data, BaselineRecord, key)
        elif kind == "copies":
            state.copies_keys.append(key)
            seq, _, chunk = name.partition("/")
            if not (_is_number(seq) and _is_number(chunk)):
                raise CodecError(f"broken state key {key}; restore the changelog topic", data)
            if int(seq) == header.seq and int(chunk) < header.copies:
                state.copies.append(_read(data, Copies, key))
        yield
    state.minutes.sort(key=lambda record: record.minute)
    return state


def _is_number(text: str) -> bool:
    """Tell whether a part of a key is a number; siaga wrote none of more than 18 digits."""
    return text.isdecimal() and len(text) <= 18


class _Stamp(Struct, frozen=True):
    """What records of all formats have."""

    format: int


def _read(data: bytes, kind: type[T], key: str) -> T:
    # The format first: another one may have any layout, and that is not damage.
    stamp = _decode(data, _Stamp, key)
    if stamp.format != STATE_FORMAT:
        raise StateError(
            f"state of format {stamp.format} in {key}: expected {STATE_FORMAT}; "
            "run the siaga version that wrote it"
        )
    return _decode(data, kind, key)


def _decode(data: bytes, kind: type[T], key: str) -> T:
    try:
        return from_msgpack(data, kind)
    except CodecError as error:
        raise CodecError(f"broken state record {key} ({error}); restore the changelog topic", data) from None
