"""One-minute buckets of one brand in event time: exact while open, sums once closed."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping

from msgspec import Struct

from detector.clock import MINUTE_MS, Minute
from detector.mention import Mention

SAMPLES = (
    12  # posts kept per open bucket for evidence: those with the least hashes, a sample any order agrees on
)

# People write texts of a few words alike by chance: in an outage "internet mati lagi" is no copy.
# With a link it is: that is what `redact` leaves of one.
SHORT_TEXT = 24
LINK = "/…"


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
    """An open minute of one brand: sums, mixes, `texts` by whether negative and by hash, sampled posts."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.posts: list[int] = []
        self.platforms: dict[int, int] = {}
        self.languages: dict[int, int] = {}
        self.texts: dict[bool, dict[int, int]] = {True: {}, False: {}}
        self._samples: dict[bool, list[Mention]] = {True: [], False: []}

    def add(self, mention: Mention) -> None:
        """Count one mention that was not counted before."""
        self.tally.add(mention)
        self.posts.append(mention.post)
        platform, lang = mention.platform, mention.lang
        self.platforms[platform] = self.platforms.get(platform, 0) + 1
        self.languages[lang] = self.languages.get(lang, 0) + 1
        negative = mention.label < 0
        near, text = mention.near, mention.text
        if near and (len(text) > SHORT_TEXT or LINK in text):
            texts = self.texts[negative]
            texts[near] = texts.get(near, 0) + 1
        kept = self._samples[negative]
        if len(kept) < SAMPLES or mention.post < kept[-1].post:
            insort(kept, mention, key=_by_post)
            del kept[SAMPLES:]

    def samples(self, negative: bool) -> list[Mention]:
        """Return the kept posts that are, or are not, negative, the least hash first."""
        return self._samples[negative]


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
        minute, post = mention.created_at // MINUTE_MS, mention.post
        if post in self._known:
            self._copies[post] = max(minute, self._copies.get(post, minute))
            return None
        self._known.add(post)
        bucket = self.minutes.get(minute)
        if bucket is None:
            self.minutes[minute] = bucket = Bucket()
            bucket.add(mention)
            return True
        bucket.add(mention)
        return False

    def close(self, minute: Minute) -> Bucket | None:
        """Remove a bucket and return it, or None when it held nothing."""
        bucket = self.minutes.pop(minute, None)
        if bucket is not None:
            self._known.difference_update(bucket.posts)
            if self._copies:
                self._keep(bucket.posts, minute)
        for post in [post for post in self._kept if self._copies[post] <= minute]:
            self._kept.remove(post)
            self._known.remove(post)
            del self._copies[post]
        return bucket

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
