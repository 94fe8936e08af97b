"""Whether a feed - one platform of a brand - has stopped: no posts where some were expected."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from detector.clock import DAY_MIN, HOUR_MIN, Minute
from detector.post import PLATFORMS
from detector.spike import SENTENCES, Reason

# As unlikely as a spike must be; and from where on an incident is not called over.
SILENT_P = 1e-4
DOUBTFUL_P = 1e-2
# Conversations are burstier than chance by this much, as for counts.
DISPERSION = 0.2
# Days before count this much less each: about a week is remembered.
KEEP = 0.8
# A feed is known after a day, and one that was silent for two is gone.
KNOWN_AFTER_MIN = DAY_MIN
GONE_AFTER_MIN = 2 * DAY_MIN
# Nothing heard from anybody for longer than this: the rest of the pause says nothing of a feed.
PAUSE_MIN = 10
# However busy a feed is, shorter pauses say nothing.
LEAST_QUIET_MIN = 15
_HOURS = 24


class Pulse(Struct, array_like=True):
    """How long a partition has heard anything at all. Part of the state format.

    `minute` is the last in which any post of any brand was counted, `live` counts minutes that led there,
    without what pauses were longer than `PAUSE_MIN`: so silence of everybody is no silence of one feed, and
    neither is an outage of siaga itself, for minutes are event time.
    """

    minute: Minute | None = None
    live: int = 0

    def hear(self, minute: Minute) -> None:
        """Note that something was counted in a minute; minutes come in order."""
        if self.minute is not None:
            self.live += min(minute - self.minute, PAUSE_MIN)
        self.minute = minute

    def before(self, minutes: Collection[Minute]) -> dict[Minute, int]:
        """Return what `live` was in each of the last minutes in which something was counted."""
        found: dict[Minute, int] = {}
        live, following = self.live, self.minute
        for minute in sorted(set(minutes), reverse=True):
            live -= 0 if following is None else min(following - minute, PAUSE_MIN)
            found[minute], following = live, minute
        return found


class Feed(Struct, array_like=True):
    """What is usual of one platform of a brand. Part of the state format.

    `first` and `last` are the first and the newest minute with a post, `live` is what `Pulse` counted at the
    newest. `usual` are decayed posts by hour of the day (UTC) over a decayed number of `days`, `today` those
    of the running `day`.
    """

    first: Minute
    last: Minute
    live: int
    day: int
    days: float
    usual: list[float]
    today: list[int]

    def add(self, minute: Minute, live: int, posts: int) -> None:
        """Take in the posts of a closed minute; 0 when they are not to be learnt from."""
        self._pass_to(minute // DAY_MIN)
        self.today[minute % DAY_MIN // HOUR_MIN] += posts
        self.last, self.live = minute, live

    def _pass_to(self, day: int) -> None:
        if day == self.day:
            return
        keep = KEEP ** (day - self.day - 1)
        self.usual = [(old * KEEP + new) * keep for old, new in zip(self.usual, self.today, strict=True)]
        self.days = (self.days * KEEP + 1.0) * keep + (1.0 - keep) / (1.0 - KEEP)
        self.today = [0] * _HOURS
        self.day = day

    def expected(self, begin: Minute, end: Minute) -> float:
        """Return the posts that are usual from one minute to before another, at the same times of day."""
        if not self.days:
            return 0.0
        posts, at = 0.0, begin
        while at < end:
            until = min(end, (at // HOUR_MIN + 1) * HOUR_MIN)
            posts += self.usual[at % DAY_MIN // HOUR_MIN] * (until - at) / HOUR_MIN
            at = until
        return posts / self.days


class SilentFeed(Struct, frozen=True):
    """A feed that has stopped: no post since minute `last` where `expected` were, and how likely that is."""

    platform: str
    last: Minute
    expected: float
    p_value: float
    reason: Reason = Reason.SOURCE_SILENT

    @property
    def sentence(self) -> str:
        """The finding as a human sentence."""
        return f"no post on {self.platform} where {self.expected:.0f} were expected: {SENTENCES[self.reason]}"


def hear(
    feeds: dict[int, Feed], minute: Minute, live: int, platforms: Mapping[int, int], learn: bool
) -> None:
    """Take in the posts by platform of a closed minute of a brand; in an incident nothing is learnt."""
    for platform, posts in platforms.items():
        feed = feeds.get(platform)
        if feed is None:
            day = minute // DAY_MIN
            feeds[platform] = feed = Feed(minute, minute, live, day, 0.0, [0.0] * _HOURS, [0] * _HOURS)
        feed.add(minute, live, posts if learn else 0)


def silent_feeds(
    feeds: Mapping[int, Feed], minute: Minute, live: int, p: float = SILENT_P
) -> tuple[SilentFeed, ...]:
    """Return the feeds of a brand that have stopped, as known once a minute is closed.

    The chance of no post is that of the negative binomial with mean `m`, ``(1 + D m) ** (-1 / D)``; `m` is
    what is usual since the last post at these times of day, reduced by the time in which nothing was heard
    from anybody.

    Parameters
    ----------
    feeds
        By platform code.
    minute, live
        The last closed minute, and what `Pulse` has counted up to it.
    p
        Feeds whose silence is at most this likely are told.
    """
    found = []
    needed = (p**-DISPERSION - 1.0) / DISPERSION
    for platform, feed in sorted(feeds.items()):
        quiet = minute - feed.last
        known = feed.last - feed.first >= KNOWN_AFTER_MIN
        if not known or not LEAST_QUIET_MIN <= quiet <= GONE_AFTER_MIN:
            continue
        if max(feed.usual) * quiet < needed * feed.days * HOUR_MIN:
            continue  # not even at the busiest hour
        heard = min(1.0, (live - feed.live) / quiet)
        expected = feed.expected(feed.last + 1, minute + 1) * heard
        p_value = (1.0 + DISPERSION * expected) ** (-1.0 / DISPERSION)
        if p_value <= p:
            found.append(SilentFeed(PLATFORMS[platform], feed.last, round(expected, 2), p_value))
    return tuple(found)
