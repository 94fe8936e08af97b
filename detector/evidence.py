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
    """The posts of the judged window of a brand: counts, mixes (posts by label) and examples.

    `mean_polarity` is -1 to 1, `coverage` the share of posts with any known word, 0 to 1, `reach`
    the sum of people reached where sources say so, `near_copies` the posts that repeat another's text.

    The window is `from_at` to `to_at` (RFC 3339, exclusive); `timeline` and `negative_timeline` are the
    distinct authors of each of its minutes. `authors` and `negative_authors` count distinct authors in the
    whole window (None: not known). `origins` is the lesser of the authors and of the distinct texts, so that
    neither one author nor one text is a crowd, `negative_origins` the same of the negative posts;
    `amplified_share` is the share of the posts beyond the origins, 0 to 1. `usual_negative_share` is the
    brand's own negative share when nothing happens.
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
    negative_authors: int | None = None
    origins: int | None = None
    negative_origins: int | None = None
    amplified_share: float = 0.0
    usual_negative_share: float | None = None
    from_at: str = ""
    to_at: str = ""
    timeline: tuple[int, ...] = ()
    negative_timeline: tuple[int, ...] = ()

    @property
    def negative_share(self) -> float:
        """Share of negative posts, 0 to 1; 0 when there are no posts."""
        return self.negatives / self.posts if self.posts else 0.0

    @property
    def negative_voices_share(self) -> float:
        """Share of the authors who are negative, 0 to 1; that of the posts where authors are not known."""
        if self.negative_authors is None:
            return self.negative_share
        return self.negative_authors / self.authors if self.authors else 0.0
