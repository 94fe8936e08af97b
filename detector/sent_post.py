"""A post as its sender writes it in JSON: the type that is decoded, and its schema."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from detector.post import MAX_FOLLOWERS, PLATFORMS, Author

YEAR_2000_MS = 946_684_800_000

_Name = Annotated[str, Meta(min_length=1, max_length=256)]
_BrandKey = Annotated[str, Meta(min_length=1, max_length=128)]
_Count = Annotated[int, Meta(ge=0, le=MAX_FOLLOWERS)]
# The schema says more: intake has a reason of its own for what lies before 2000.
_EpochMs = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1, extra_json_schema={"minimum": YEAR_2000_MS})]


class SentPost(Struct, frozen=True, gc=False):
    """One post as JSON. Optional fields may be left out or null; unknown fields are ignored."""

    platform: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=64,
            description="Where it was posted. Names other than these are counted together as other.",
            examples=list(PLATFORMS),
        ),
    ]
    id: Annotated[
        _Name, Meta(description="The post's id, unique on its platform; a second copy is not counted.")
    ]
    created_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | _EpochMs,
        Meta(
            description="When it was posted: RFC 3339 with a time zone, or milliseconds since 1970. "
            "Refused before the year 2000 and more than 60 s in the future.",
            examples=["2025-07-21T15:05:00+07:00", 1753085100000],
        ),
    ]
    text: Annotated[
        str,
        Meta(
            description="The words as posted, not only white space, no NUL; read up to 4,096 characters.",
            extra_json_schema={"pattern": r"\S"},
        ),
    ]
    author: Annotated[Author | UnsetType | None, Meta(description="Who wrote it.")] = UNSET
    lang: Annotated[
        Annotated[str, Meta(max_length=64)] | UnsetType | None,
        Meta(description="The source's language tag, a hint only.", examples=["id", "en"]),
    ] = UNSET
    url: Annotated[
        Annotated[str, Meta(max_length=4_096)] | UnsetType | None,
        Meta(description="Where the post can be read."),
    ] = UNSET
    reply_to: Annotated[
        Annotated[str, Meta(max_length=256)] | UnsetType | None,
        Meta(description="The id of the post that it answers."),
    ] = UNSET
    reach: Annotated[_Count | UnsetType | None, Meta(description="How many people saw it.")] = UNSET
    brands: Annotated[
        Annotated[tuple[_BrandKey, ...], Meta(max_length=50)] | UnsetType | None,
        Meta(description="Keys of configured brands that the source already knows it is about."),
    ] = UNSET


_decoder = msgspec.json.Decoder(SentPost)


def decode_post(data: bytes) -> SentPost:
    """Return one post; raises what msgspec raises. Repeated fields and NUL are the caller's concern."""
    return _decoder.decode(data)


def post_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a post, as shipped in ``docs/schemas/post.schema.json``."""
    _, parts = msgspec.json.schema_components([SentPost], ref_template="#/$defs/{name}")
    post = parts.pop("SentPost")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Post",
        "description": "One post. A record holds one, an array of them, or one on each line.",
        **{key: value for key, value in post.items() if key not in ("title", "description")},
        "examples": _EXAMPLES,
        "$defs": parts,
    }


_EXAMPLES = [
    {
        "platform": "x",
        "id": "1946893456789012345",
        "created_at": "2025-07-21T15:05:00+07:00",
        "text": "Internet Sinarnet mati lagi dari pagi, sudah lapor tiga kali tidak ada kabar.",
        "author": {"id": "u123456", "followers": 1200},
        "lang": "id",
    },
    {"platform": "forum", "id": "t-77", "created_at": 1753085100000, "text": "Kopi Lintang is great today."},
]
