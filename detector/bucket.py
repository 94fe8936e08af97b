"""One-minute buckets of one brand in event time: exact while open, sums once closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from detector.clock import Minute
from detector.mention import Mention

# Posts kept per open bucket for evidence: those with the least hashes, a sample any order agrees on.
SAMPLES = 12
# So many mentions of a minute are summed up at a time.
_BATCH = 16

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


class Bucket:
    """An open minute of one brand: sums, mixes, `texts` by whether negative and by hash, sampled posts.

    Mentions wait for others of their minute, or until somebody asks: many are summed up as quickly as one.
    """

    __slots__ = ("_languages", "_platforms", "_samples", "_tally", "_texts", "_waiting", "posts")

    def __init__(self) -> None:
        self.posts: list[int] = []
        self._waiting: list[Mention] = []
        self._tally = Tally()
        self._platforms: dict[int, int] = {}
        self._languages: dict[int, int] = {}
        self._texts: tuple[dict[int, int], dict[int, int]] = {}, {}
        self._samples: tuple[list[Mention], list[Mention]] = [], []

    def add(self, mention: Mention) -> None:
        """Count one mention that was not counted before."""
        self.posts.append(mention.post)
        self._waiting.append(mention)
        if len(self._waiting) >= _BATCH:
            self._take()

    @property
    def tally(self) -> Tally:
        """The sums."""
        self._take()
        return self._tally

    @property
    def platforms(self) -> dict[int, int]:
        """Posts by platform code."""
        self._take()
        return self._platforms

    @property
    def languages(self) -> dict[int, int]:
        """Posts by language code."""
        self._take()
        return self._languages

    def texts(self, negative: bool) -> dict[int, int]:
        """Return how many posts that are, or are not, negative share each near-copy hash; short ones none."""
        self._take()
        return self._texts[negative]

    def samples(self, negative: bool) -> list[Mention]:
        """Return the kept posts that are, or are not, negative, the least hash first."""
        self._take()
        return self._samples[negative]

    def _take(self) -> None:
        waiting = self._waiting
        if not waiting:
            return
        self._waiting = []
        columns = dict(zip(Mention._fields, zip(*waiting, strict=True), strict=True))
        labels, tally = columns["label"], self._tally
        tally.posts += len(waiting)
        tally.negatives += sum([label < 0 for label in labels])
        tally.positives += sum([label > 0 for label in labels])
        tally.polarity += sum(columns["polarity"])
        tally.covered += sum([coverage > 0 for coverage in columns["coverage"]])
        tally.reach += sum(columns["reach"])
        _count(self._platforms, columns["platform"])
        _count(self._languages, columns["lang"])
        for label, near, text in zip(labels, columns["near"], columns["text"], strict=True):
            if near and (len(text) > SHORT_TEXT or LINK in text):
                texts = self._texts[label < 0]
                texts[near] = texts.get(near, 0) + 1
        for negative in (False, True):
            kept = self._samples[negative]
            worst = kept[-1].post if len(kept) >= SAMPLES else 1 << 64
            better = [m for m in waiting if m.post < worst and (m.label < 0) is negative]
            if better:
                kept += better
                kept.sort(key=_by_post)
                del kept[SAMPLES:]


def _count(counts: dict[int, int], values: Sequence[int]) -> None:
    for value in dict.fromkeys(values):
        counts[value] = counts.get(value, 0) + values.count(value)


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

    def add(self, mention: Mention, minute: Minute) -> bool | None:
        """Count a mention of a minute.

        Returns
        -------
        bool or None
            None when the post was counted before, else whether it is the first of its minute.
        """
        post = mention.post
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
