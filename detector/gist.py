"""What is kept of a minute for the evidence of later windows: its mixes, its texts by hash, a few posts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from detector.bucket import Bucket, Tally
from detector.clock import Millis
from detector.codec import from_msgpack, to_msgpack
from detector.mention import Mention

# Of a closed minute: texts by hash, the most copied first (more are a plain number), and posts as examples.
KEPT_TEXTS = 64
KEPT_NEGATIVE = 3
KEPT_OTHER = 1


class Sample(Struct, frozen=True, array_like=True):
    """A post that may be shown; fields as in `Mention`."""

    post: int
    created_at: Millis
    platform: int
    polarity: int
    near: int
    alias: str
    text: str


class Texts(Struct, frozen=True, array_like=True):
    """Distinct texts: hashes that copies share (little-endian 64-bit), and those that are only counted."""

    hashes: bytes = b""
    plain: int = 0

    def numbers(self) -> list[int]:
        """Return the hashes, least first."""
        numbers: list[int] = np.frombuffer(self.hashes, "<u8").tolist()
        return numbers


class Gist(Struct, frozen=True, array_like=True):
    """A minute of one brand as evidence needs it; the mixes are posts by code."""

    platforms: dict[int, int]
    languages: dict[int, int]
    negative_texts: Texts
    other_texts: Texts
    negative: list[Sample]
    other: list[Sample]


class Past(NamedTuple):
    """A minute as it is remembered: sums, distinct authors of all and of negative posts, packed gist."""

    tally: Tally
    voices: int
    negative_voices: int
    gist: bytes


# Most minutes of most brands hold no post or one.
_SINGLY = {posts: Texts(b"", posts) for posts in range(4)}


def gist_of(bucket: Bucket, whole: bool = True) -> Gist:
    """Return the gist of an open bucket, or - not `whole` - what is kept of it once it is closed.

    Equal sets of mentions give equal gists.
    """
    texts = None if whole else KEPT_TEXTS
    negative, other = (None, None) if whole else (KEPT_NEGATIVE, KEPT_OTHER)
    return Gist(
        dict(sorted(bucket.platforms.items())),
        dict(sorted(bucket.languages.items())),
        _texts(bucket.texts(True), bucket.tally.negatives, texts),
        _texts(bucket.texts(False), bucket.tally.posts - bucket.tally.negatives, texts),
        [_sample(mention) for mention in bucket.samples(True)[:negative]],
        [_sample(mention) for mention in bucket.samples(False)[:other]],
    )


def pack_gist(gist: Gist) -> bytes:
    """Return a gist as it stands in the state."""
    return to_msgpack(gist)


def unpack_gist(past: Past) -> Gist:
    """Return the gist of a remembered minute; minutes of versions without one count each text singly."""
    if past.gist:
        return from_msgpack(past.gist, Gist)
    tally = past.tally
    plain = Texts(plain=tally.negatives), Texts(plain=tally.posts - tally.negatives)
    return Gist({}, {}, *plain, [], [])


def _texts(counted: Mapping[int, int], posts: int, most: int | None) -> Texts:
    singly = posts - sum(counted.values())  # too short to be a copy
    if not counted:
        return _SINGLY.get(singly) or Texts(b"", singly)
    if most is None or len(counted) <= most:
        kept = sorted(counted)
    else:
        kept = sorted(sorted(counted, key=lambda near: (-counted[near], near))[:most])
        singly += len(counted) - most
    return Texts(b"".join([near.to_bytes(8, "little") for near in kept]), singly)


def _sample(mention: Mention) -> Sample:
    return Sample(
        mention.post,
        mention.created_at,
        mention.platform,
        mention.polarity,
        mention.near,
        mention.alias,
        mention.text,
    )
