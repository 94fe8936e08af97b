"""A mention - one post about one brand - and the packed record in which mentions travel between stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from functools import partial
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from detector.clock import Millis
from detector.codec import CodecError, from_msgpack, to_msgpack
from detector.post import PLATFORMS

MENTIONS_FORMAT = 1
LANGUAGES = ("und", "id", "en", "mixed")
POLARITY_SCALE = 10_000

# A position orders every post of a posts partition: its offset, then its index in the record. An index
# is below 10,000, so 14 bits hold it and 49 bits are left for the offset.
INDEX_BITS = 14
MAX_PACKED_BYTES = 700_000  # a record must stay below Kafka's 1 MB with room for headers
_ROW_BYTES = 64


def position(offset: int, index: int = 0) -> int:
    """Return the position of a post: ``offset * 2**14 + index``.

    >>> position(2, 1)
    32769
    """
    return offset << INDEX_BITS | index


def offset_of(at: int) -> int:
    """Return the source offset of a position."""
    return at >> INDEX_BITS


class Hole(IntEnum):
    """Why a record's range may start beyond the last one: nothing is missing, or it is known to be gone."""

    NONE = 0
    GAP = 1
    EXPIRED = 2


class Mention(NamedTuple):
    """One post about one brand.

    `platform` and `lang` are indices into `PLATFORMS` and `LANGUAGES`; `post` and `author` are 64-bit
    keyed hashes (author 0: unknown); `polarity` is in 1/10,000; `label` is -1, 0 or 1; `coverage` is in
    percent; `near` is equal for near copies; `text` is redacted.
    """

    brand: str
    post: int
    author: int
    created_at: Millis
    position: int
    polarity: int
    label: int
    platform: int
    lang: int
    coverage: int
    reach: int
    near: int
    alias: str
    text: str


class Cover(Struct, frozen=True):
    """What a record says besides its mentions: how far posts partition `source` is covered.

    `begin` and `end` are positions, `begin <= p < end`; successive covers of one source tile. `clock` is
    the newest event time of the source less the allowed lateness (None before the first post);
    `sources` is the number of posts partitions; `idle` says that nothing was left to read.
    """

    source: int
    sources: int
    begin: int
    end: int
    clock: Millis | None
    idle: bool = False
    hole: Hole = Hole.NONE


class MentionRecord(Struct, frozen=True):
    """A decoded record of the `mentions` topic: a cover and its mentions, in order of position."""

    cover: Cover
    mentions: list[Mention]


class _Packed(Struct, array_like=True, frozen=True):
    format: int
    cover: list[int | bool | None]
    brands: list[str]
    aliases: list[str]
    columns: list[bytes]
    texts: list[str]


class _Stamp(Struct, array_like=True, frozen=True):
    """What records of all formats begin with."""

    format: int


_COLUMNS = (
    ("brand", "<u2"),
    ("alias", "<u2"),
    ("post", "<u8"),
    ("author", "<u8"),
    ("created_at", "<i8"),
    ("position", "<i8"),
    ("polarity", "<i2"),
    ("label", "<i1"),
    ("platform", "<u1"),
    ("lang", "<u1"),
    ("coverage", "<u1"),
    ("reach", "<u4"),
    ("near", "<u8"),
)
_MAX_REACH = 2**32 - 1


def pack(cover: Cover, mentions: Sequence[Mention]) -> bytes:
    """Return a record of the `mentions` topic.

    Parameters
    ----------
    cover
        What the record covers; the positions of its mentions lie inside.
    mentions
        At most 65,535, in order of position.
    """
    head = [cover.source, cover.sources, cover.begin, cover.end, cover.clock, cover.idle, int(cover.hole)]
    if not mentions:
        return to_msgpack(_Packed(MENTIONS_FORMAT, head, [], [], [], []))
    by_field = dict(zip(Mention._fields, zip(*mentions, strict=True), strict=True))
    brands = _index(by_field["brand"])
    aliases = _index(by_field["alias"])
    by_field["brand"] = tuple(map(brands.__getitem__, by_field["brand"]))
    by_field["alias"] = tuple(map(aliases.__getitem__, by_field["alias"]))
    by_field["reach"] = tuple(min(reach, _MAX_REACH) for reach in by_field["reach"])
    columns = [np.array(by_field[name], kind).tobytes() for name, kind in _COLUMNS]
    return to_msgpack(
        _Packed(MENTIONS_FORMAT, head, list(brands), list(aliases), columns, list(by_field["text"]))
    )


def _index(values: Sequence[str]) -> dict[str, int]:
    return {value: i for i, value in enumerate(dict.fromkeys(values))}


def unpack(data: bytes) -> MentionRecord:
    """Return a decoded record of the `mentions` topic.

    Raises
    ------
    CodecError
        When the bytes are no such record, or of a newer format.
    """
    # The format first: another one may have any layout, and that is not damage.
    stamp = from_msgpack(data, _Stamp)
    if stamp.format != MENTIONS_FORMAT:
        raise CodecError(
            f"mentions format {stamp.format}, this version reads {MENTIONS_FORMAT}; upgrade siaga", data
        )
    packed = from_msgpack(data, _Packed)
    try:
        cover = _cover(packed.cover)
        return MentionRecord(cover, _rows(packed) if packed.texts else [])
    except (ValueError, IndexError, TypeError) as error:
        raise CodecError(f"broken mentions record ({error})", data) from None


def _cover(head: list[int | bool | None]) -> Cover:
    source, sources, begin, end, clock, idle, hole = head
    if source is None or sources is None or begin is None or end is None or hole is None:
        raise ValueError("a number of its cover is missing")
    return Cover(int(source), int(sources), int(begin), int(end), clock, bool(idle), Hole(hole))


def _rows(packed: _Packed) -> list[Mention]:
    columns = {
        name: np.frombuffer(raw, kind).tolist()
        for (name, kind), raw in zip(_COLUMNS, packed.columns, strict=True)
    }
    columns["brand"] = [packed.brands[i] for i in columns["brand"]]
    columns["alias"] = [packed.aliases[i] for i in columns["alias"]]
    columns["text"] = packed.texts
    if max(columns["platform"]) >= len(PLATFORMS) or max(columns["lang"]) >= len(LANGUAGES):
        raise ValueError("unknown platform or language code")
    # `Mention._make` without its check of the length, which `strict` makes unnecessary: half of the time.
    new = partial(tuple.__new__, Mention)
    return list(map(new, zip(*(columns[name] for name in Mention._fields), strict=True)))


def split(cover: Cover, mentions: Sequence[Mention]) -> Iterator[tuple[Cover, Sequence[Mention]]]:
    """Yield parts small enough for one Kafka record each; their covers tile the given one."""
    start, size, begin = 0, 0, cover.begin
    for i, mention in enumerate(mentions):
        # Only between positions: the mentions of one post stay together, so a cover ends on a whole post.
        if (size > MAX_PACKED_BYTES or i - start >= 60_000) and mention.position != mentions[i - 1].position:
            end = mention.position
            yield _part(cover, begin, end), mentions[start:i]
            start, size, begin = i, 0, end
        size += _ROW_BYTES + len(mention.text.encode()) + len(mention.brand) + len(mention.alias)
    yield _part(cover, begin, cover.end), mentions[start:]


def _part(cover: Cover, begin: int, end: int) -> Cover:
    # A part that ends early must not move the clock past the posts of the parts that follow.
    whole = end == cover.end
    hole = cover.hole if begin == cover.begin else Hole.NONE
    return Cover(
        cover.source, cover.sources, begin, end, cover.clock if whole else None, cover.idle and whole, hole
    )
