"""What an incident shows for itself: figures of the posts behind it, and a few of them in redacted form."""

from __future__ import annotations

from msgspec import Struct


class Example(Struct, frozen=True):
    """One representative post, redacted; `platform` and RFC 3339 `created_at` as received."""

    text: str
    platform: str
    created_at: str
    polarity: float


class Evidence(Struct, frozen=True):
    """The posts of the open buckets of a brand: counts, mixes (posts by label) and examples.

    `mean_polarity` is -1 to 1, `coverage` the share of posts with any known word, 0 to 1, `reach`
    the sum of people reached where sources say so, `near_copies` the posts that repeat another's text.
    """

    posts: int
    negatives: int
    positives: int
    authors: int
    mean_polarity: float
    coverage: float
    reach: int
    near_copies: int
    platforms: dict[str, int]
    languages: dict[str, int]
    drivers: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def negative_share(self) -> float:
        """Share of negative posts, 0 to 1; 0 when there are no posts."""
        return self.negatives / self.posts if self.posts else 0.0
