"""One-minute buckets of one brand in event time: exact while open, sums once closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from detector.clock import Minute, minute_of, to_rfc3339
from detector.evidence import Evidence, Example
from detector.mention import LANGUAGES, POLARITY_SCALE, Mention
from detector.post import PLATFORMS

SAMPLES = (
    12  # posts kept per open bucket for evidence: those with the least hashes, a sample any order agrees on
)
EXAMPLES = 5


class Tally(Struct, array_like=True):
    """Sums of a bucket. `polarity` is in 1/10,000, `covered` counts posts with any known word."""

    posts: int = 0
    negatives: int = 0
    positives: int = 0
    polarity: int = 0
    covered: int = 0
    reach: int = 0

    def add(self, mention: Mention) -> None:
        """Count one mention."""
        self.posts += 1
        self.negatives += mention.label < 0
        self.positives += mention.label > 0
        self.polarity += mention.polarity
        self.covered += mention.coverage > 0
        self.reach += mention.reach


class Bucket:
    """An open minute of one brand: its sums, mixes, and a sample of its posts."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.posts: list[int] = []
        self.platforms: Counter[int] = Counter()
        self.languages: Counter[int] = Counter()
        self.copies: Counter[int] = Counter()
        self._samples: dict[bool, list[Mention]] = {True: [], False: []}

    def add(self, mention: Mention) -> None:
        """Count one mention that was not counted before."""
        self.tally.add(mention)
        self.posts.append(mention.post)
        self.platforms[mention.platform] += 1
        self.languages[mention.lang] += 1
        if mention.near:  # 0: no letters to compare
            self.copies[mention.near] += 1
        kept = self._samples[mention.label < 0]
        if len(kept) < SAMPLES:
            kept.append(mention)
        elif mention.post < (largest := max(kept, key=_by_post)).post:
            kept[kept.index(largest)] = mention

    def samples(self, negative: bool) -> list[Mention]:
        """Return the kept posts that are, or are not, negative."""
        return sorted(self._samples[negative], key=_by_post)


def _by_post(mention: Mention) -> int:
    return mention.post


class OpenBuckets:
    """The open buckets of one brand, with exact deduplication by post identity across all of them.

    A post is known as long as the minute of any copy of it that was seen is open. Copies have the minute of
    their post, unless a producer changes `created_at`; only then anything must be kept beyond a close.
    """

    def __init__(self) -> None:
        self.minutes: dict[Minute, Bucket] = {}
        self._known: set[int] = set()
        self._copies: dict[int, Minute] = {}
        self._kept: set[int] = set()

    def add(self, mention: Mention) -> bool | None:
        """Count a mention.

        Returns
        -------
        bool or None
            None when the post was counted before, else whether it is the first of its minute.
        """
        minute = minute_of(mention.created_at)
        if mention.post in self._known:
            self._copies[mention.post] = max(minute, self._copies.get(mention.post, minute))
            return None
        self._known.add(mention.post)
        bucket = self.minutes.get(minute)
        if bucket is None:
            self.minutes[minute] = bucket = Bucket()
            bucket.add(mention)
            return True
        bucket.add(mention)
        return False

    def close(self, minute: Minute) -> Tally | None:
        """Remove a bucket and return its sums, or None when it held nothing."""
        bucket = self.minutes.pop(minute, None)
        if bucket is not None:
            self._known.difference_update(bucket.posts)
            if self._copies:
                self._keep(bucket.posts, minute)
        for post in [post for post in self._kept if self._copies[post] <= minute]:
            self._kept.remove(post)
            self._known.remove(post)
            del self._copies[post]
        return None if bucket is None else bucket.tally

    def _keep(self, posts: Iterable[int], minute: Minute) -> None:
        for post in posts:
            newest = self._copies.get(post, minute)
            if newest > minute:
                self._known.add(post)
                self._kept.add(post)
            else:
                self._copies.pop(post, None)

    @property
    def has_kept(self) -> bool:
        """Whether a post is known although its minute is closed."""
        return bool(self._kept)

    @property
    def kept(self) -> dict[int, Minute]:
        """Posts whose minute is closed while that of a copy is not, each with the newest such minute."""
        return {post: self._copies[post] for post in sorted(self._kept)}

    def keep(self, kept: Mapping[int, Minute]) -> None:
        """Take over what `kept` was before a restart."""
        self._known.update(kept)
        self._kept.update(kept)
        self._copies.update(kept)


def evidence_of(buckets: Iterable[Bucket], authors: int) -> Evidence:
    """Return the evidence of some buckets; equal sets of mentions give equal evidence.

    Parameters
    ----------
    buckets
        In order of their minutes.
    authors
        Distinct authors of these buckets.
    """
    buckets = list(buckets)
    total = Tally()
    platforms: Counter[int] = Counter()
    languages: Counter[int] = Counter()
    copies: Counter[int] = Counter()
    for bucket in buckets:
        for field in Tally.__struct_fields__:
            setattr(total, field, getattr(total, field) + getattr(bucket.tally, field))
        platforms.update(bucket.platforms)
        languages.update(bucket.languages)
        copies.update(bucket.copies)
    posts = max(total.posts, 1)
    return Evidence(
        posts=total.posts,
        negatives=total.negatives,
        positives=total.positives,
        authors=authors,
        mean_polarity=round(total.polarity / posts / POLARITY_SCALE, 4),
        coverage=round(total.covered / posts, 4),
        reach=total.reach,
        near_copies=copies.total() - len(copies),
        platforms={PLATFORMS[code]: n for code, n in sorted(platforms.items())},
        languages={LANGUAGES[code]: n for code, n in sorted(languages.items())},
        examples=tuple(_examples(buckets)),
    )


def _examples(buckets: list[Bucket]) -> Iterable[Example]:
    """Yield representative posts: negative ones first, no near copies, spread over platforms."""
    chosen: list[Mention] = []
    near: set[int] = set()
    for negative in (True, False):
        candidates = [m for bucket in buckets for m in bucket.samples(negative)]
        used: Counter[int] = Counter()
        while candidates and len(chosen) < EXAMPLES:
            best = min(candidates, key=lambda m: (used[m.platform], m.polarity, m.post))
            candidates.remove(best)
            if best.near == 0 or best.near not in near:
                near.add(best.near)
                used[best.platform] += 1
                chosen.append(best)
    chosen.sort(key=lambda m: (m.created_at, m.post))
    for mention in chosen:
        yield Example(
            text=mention.text,
            platform=PLATFORMS[mention.platform],
            created_at=to_rfc3339(mention.created_at),
            polarity=mention.polarity / POLARITY_SCALE,
        )
