"""A post as a user sends it, after its record was taken apart and checked."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from detector.clock import Millis

MAX_TEXT_CHARS = 4_096
MAX_FOLLOWERS = 2**63 - 1  # what a column of 64-bit integers holds; also the bound of `reach`
PLATFORMS = (
    "other",
    "x",
    "facebook",
    "instagram",
    "threads",
    "tiktok",
    "youtube",
    "bluesky",
    "mastodon",
    "reddit",
    "linkedin",
    "telegram",
    "whatsapp",
    "news",
    "forum",
    "review",
)


class Author(Struct, frozen=True, omit_defaults=True, gc=False):
    """Who wrote a post: `id` unique on its platform, `followers` where known."""

    id: Annotated[
        str, Meta(min_length=1, max_length=256, description="The author's id, unique on the platform.")
    ]
    followers: Annotated[
        Annotated[int, Meta(ge=0, le=MAX_FOLLOWERS)] | None, Meta(description="How many follow the author.")
    ] = None


class Post(Struct, frozen=True, omit_defaults=True, gc=False):
    """One accepted post.

    Identity is the pair ``(platform, id)`` as sent. `created_at` is event time in milliseconds;
    `text` is at most `MAX_TEXT_CHARS` characters; `reach` is the number of people who saw it;
    `brands` are keys of brands that the source already attached.
    """

    platform: str
    id: str
    created_at: Millis
    text: str
    author: Author | None = None
    lang: str | None = None
    url: str | None = None
    reply_to: str | None = None
    reach: int | None = None
    brands: tuple[str, ...] = ()

    @property
    def platform_label(self) -> str:
        """The platform's name where it is a known one, else ``other``: bounds labels and columns."""
        return self.platform if self.platform in _KNOWN else "other"


_KNOWN = frozenset(PLATFORMS)
