"""A mention that came after its minute was closed, as it is reported on the topic of late posts."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from detector.clock import to_rfc3339
from detector.mention import INDEX_BITS, LANGUAGES, POLARITY_SCALE, Mention, offset_of
from detector.post import PLATFORMS

LATE_FORMAT = 1


class Late(Struct, frozen=True):
    """A mention that was not counted because it came too late.

    `partition`, `offset` and `index` say where the post stands in the topic of posts; `late_by_ms` is by
    how much it was behind the watermark, in milliseconds; `text` is redacted.
    """

    format: int
    brand: str
    partition: int
    offset: int
    index: int
    created_at: str
    late_by_ms: int
    platform: str
    lang: str
    polarity: float
    text: str


def late(mention: Mention, partition: int, late_by_ms: int) -> Late:
    """Return the report on a mention of a posts partition that came too late.

    Parameters
    ----------
    mention
        The mention that is not counted.
    partition
        The posts partition it came from.
    late_by_ms
        The watermark less its event time, milliseconds.
    """
    return Late(
        format=LATE_FORMAT,
        brand=mention.brand,
        partition=partition,
        offset=offset_of(mention.position),
        index=mention.position & (1 << INDEX_BITS) - 1,
        created_at=to_rfc3339(mention.created_at),
        late_by_ms=late_by_ms,
        platform=PLATFORMS[mention.platform],
        lang=LANGUAGES[mention.lang],
        polarity=mention.polarity / POLARITY_SCALE,
        text=mention.text,
    )


def late_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a record of the topic of late posts."""
    _, parts = msgspec.json.schema_components([Late], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Late post",
        **{key: value for key, value in parts["Late"].items() if key != "title"},
    }
