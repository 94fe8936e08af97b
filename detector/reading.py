"""From posts to mentions: what hop one does with the records of one posts partition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import TypeAlias

from msgspec import Struct, field

from detector.brand import BrandMatcher, Match
from detector.clock import Millis
from detector.intake import Accepted, Rejected, read_lone_posts, take_record
from detector.mention import LANGUAGES, POLARITY_SCALE, Mention, position
from detector.post import PLATFORMS, Post
from detector.routing import partition_of
from detector.sentiment import Label, Score, Scorer
from detector.steps import Steps, finished
from detector.text import near_copy, redact

ScoreOf: TypeAlias = Callable[[str, Sequence[str], str | None], Score]

_LABELS: dict[Label, int] = {"negative": -1, "neutral": 0, "positive": 1}
_PLATFORM_CODES = {name: code for code, name in enumerate(PLATFORMS)}
_OTHER = _PLATFORM_CODES["other"]
_LANGUAGE_CODES = {name: code for code, name in enumerate(LANGUAGES)}
# Between two pauses: a few milliseconds, and no pause costs anything that shows.
_POSTS_A_STEP = 64
# Decoded together; a bad one among them costs the others' time, so not too many.
_RECORDS_AT_ONCE = 64
# A named tuple's own constructor takes as long as three such.
_new_tuple = tuple.__new__


class Refused(Struct, frozen=True):
    """A post that was rejected, and the offset of the record it came in."""

    offset: int
    rejected: Rejected


class Reading(Struct):
    """What came of some records of one posts partition.

    `mentions` are by mentions partition, in order of position; `counts` has posts by outcome; `newest` is the
    newest event time of an accepted post, at most now; `moves` says at which positions it rose, and to what;
    `platforms` has one entry, as sent, for each accepted post.
    """

    mentions: dict[int, list[Mention]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    newest: Millis | None = None
    moves: list[tuple[int, Millis]] = field(default_factory=list)
    platforms: list[str] = field(default_factory=list)


class Reader:
    """Reads posts, finds their brands, scores them; keeps nothing between two calls.

    Parameters
    ----------
    matcher
        Knows the brands.
    scorer
        Scores the text of a post that is about a brand.
    partitions
        Number of mentions partitions.
    pseudonym_key
        Secret that turns authors and post ids into hashes; at most 64 bytes; the same on all workers.
    ignored
        Words of each brand that carry no sentiment.
    own_scorers
        Scorers of the brands that have words of their own.
    """

    def __init__(
        self,
        matcher: BrandMatcher,
        scorer: Scorer,
        partitions: int,
        pseudonym_key: bytes = b"",
        ignored: dict[str, Sequence[str]] | None = None,
        own_scorers: Mapping[str, Scorer] | None = None,
    ) -> None:
        self._match = matcher.match
        self._score = scorer.score
        self._partitions = partitions
        self._keyed = blake2b(digest_size=8, key=pseudonym_key)
        self._ignored = {brand: tuple(words) for brand, words in (ignored or {}).items()}
        self._own = {brand: own.score for brand, own in (own_scorers or {}).items()}
        self._homes: dict[str, int] = {}

    def read(self, records: Iterable[tuple[int, bytes | None]], now: Millis) -> Reading:
        """Return what comes of some records, given in order as (offset, value)."""
        return finished(self.reading(records, now))

    def reading(self, records: Iterable[tuple[int, bytes | None]], now: Millis) -> Steps[Reading]:
        """Return the same, in short steps: one record may hold 10,000 posts."""
        reading = Reading()
        stream, left = iter(records), _POSTS_A_STEP
        while chunk := list(islice(stream, _RECORDS_AT_ONCE)):
            lone = read_lone_posts([data for _, data in chunk], now)
            if lone is not None:
                for (offset, _), accepted in zip(chunk, lone, strict=True):
                    self._mention(accepted, position(offset), now, reading)
                yield
                continue
            for offset, data in chunk:
                for one in take_record(data, now):
                    if isinstance(one, Rejected):
                        reading.refused.append(Refused(offset, one))
                    else:
                        self._mention(one, position(offset, one.index), now, reading)
                    left -= 1
                    if left <= 0:
                        yield
                        left = _POSTS_A_STEP
        reading.counts["rejected"] = len(reading.refused)
        return reading

    def _mention(self, accepted: Accepted, at: int, now: Millis, reading: Reading) -> None:
        post = accepted.post
        if accepted.cut:
            reading.counts["cut"] += 1
        reading.platforms.append(post.platform)
        created_at = post.created_at
        if reading.newest is None or (created_at > reading.newest and now > reading.newest):
            reading.newest = min(created_at, now)
            reading.moves.append((at, reading.newest))
        matches = self._match(post.text, post.brands)
        if not matches:
            reading.counts["unmatched"] += 1
            return
        reading.counts["matched"] += 1
        ignore = self._ignored.get(matches[0].brand, ())
        for match in matches[1:]:
            ignore += self._ignored.get(match.brand, ())
        if not self._own:
            self._take(post, at, matches, self._score(post.text, ignore, post.lang), reading)
            return
        groups: dict[ScoreOf, list[Match]] = {}
        for match in matches:
            groups.setdefault(self._own.get(match.brand, self._score), []).append(match)
        for score_of, group in groups.items():
            self._take(post, at, group, score_of(post.text, ignore, post.lang), reading)

    def _take(self, post: Post, at: int, matches: list[Match], score: Score, reading: Reading) -> None:
        label, platform, text = score.label, post.platform, post.text
        reading.counts[label] += len(matches)
        identity = self._hash(platform, post.id)
        author = 0 if post.author is None else self._hash(platform, post.author.id)
        near, shown = near_copy(text), redact(text)
        for brand, alias in matches:
            home = self._homes.get(brand)
            if home is None:
                home = self._homes[brand] = partition_of(brand, self._partitions)
            mention = _new_tuple(
                Mention,
                (
                    brand,
                    identity,
                    author,
                    post.created_at,
                    at,
                    round(score.polarity * POLARITY_SCALE),
                    _LABELS[label],
                    _PLATFORM_CODES.get(platform, _OTHER),
                    _LANGUAGE_CODES[score.lang],
                    round(score.coverage * 100),
                    post.reach or 0,
                    near,
                    alias,
                    shown,
                ),
            )
            found = reading.mentions.get(home)
            if found is None:
                found = reading.mentions[home] = []
            found.append(mention)

    def _hash(self, platform: str, name: str) -> int:
        keyed = self._keyed.copy()  # the key is taken in once
        keyed.update(f"{platform}\0{name}".encode())
        # 0 means unknown.
        return int.from_bytes(keyed.digest(), "little") or 1
