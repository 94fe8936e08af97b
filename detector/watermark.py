"""How far event time has come, judged from what the posts partitions said: the watermark.

The watermark W is the least clock of all posts partitions. It never falls, and it starts when every
partition has spoken. An idle partition is as far as the others were when it said that it was idle: it must
say so again before W passes that point, so a partition that has just begun to speak is not overtaken, however
fast the past is replayed. All waiting is measured in *live time*: the sum of the differences of successive
record timestamps, each cut to 0..2 s, so that an outage of siaga itself is not mistaken for silence of a
source. Hence W is a function of the mentions log alone.
"""

from __future__ import annotations

from msgspec import Struct

from detector.clock import Millis
from detector.mention import Cover

STEP_MS = 2_000  # longest difference of timestamps that counts as live time; ticks come every second
FRESH_MS = 5_000  # all sources said within so long that they are idle: then W follows live time
DEAD_MS = 600_000  # a source that has not spoken for so long is left out rather than hold everybody


def tiles(applied: int | None, cover: Cover) -> bool:
    """Tell whether a cover continues what is known of its source up to a position (None: nothing is)."""
    return applied is None or cover.begin <= applied or cover.hole != 0


class Source(Struct):
    """What is known of one posts partition: covered up to position `applied`, and its clock.

    `reach` is how far the others were when it last said that it was idle, None while it is not.
    `spoke_at` is the timestamp of its last record, `spoke_live` the live time then.
    """

    applied: int
    clock: Millis | None
    reach: Millis | None
    idle: bool
    spoke_at: Millis
    spoke_live: int


class Clocks(Struct):
    """The clocks of all posts partitions as one mentions partition knows them; part of the state format.

    `live_ms` is live time since the beginning, `newest` the newest record timestamp, `idle_at` the live time
    at which all sources fell idle, `idle_from` the watermark then.
    """

    expected: int = 0
    sources: dict[int, Source] = {}
    newest: Millis = 0
    live_ms: int = 0
    watermark: Millis | None = None
    idle_at: int | None = None
    idle_from: Millis | None = None

    def pass_time(self, timestamp: Millis) -> None:
        """Let live time pass up to a record's timestamp (broker's clock)."""
        if self.newest:
            self.live_ms += min(max(timestamp - self.newest, 0), STEP_MS)
        self.newest = max(self.newest, timestamp)

    def applied(self, source: int) -> int | None:
        """Return the position up to which a source is covered, or None before its first record."""
        known = self.sources.get(source)
        return None if known is None else known.applied

    def positions(self) -> dict[int, int]:
        """Return the position up to which each source is covered."""
        return {source: known.applied for source, known in self.sources.items()}

    def tiles(self, cover: Cover) -> bool:
        """Tell whether a cover continues the known ones; a stale owner's record does not."""
        return tiles(self.applied(cover.source), cover)

    def hear(self, cover: Cover) -> None:
        """Take in what a record says of its source, then advance the watermark."""
        self.expected = max(self.expected, cover.sources)
        known = self.sources.get(cover.source)
        if known is None:
            known = self.sources[cover.source] = Source(cover.end, None, None, False, 0, 0)
        known.applied = max(known.applied, cover.end)
        known.clock = _later(known.clock, cover.clock)
        known.idle = cover.idle
        known.spoke_at, known.spoke_live = self.newest, self.live_ms
        known.reach = self._front() if cover.idle else None
        self._advance()

    def degraded(self) -> list[int]:
        """Return the posts partitions that are left out because they have not spoken for 10 min."""
        return [p for p, s in sorted(self.sources.items()) if self._is_dead(s)]

    def _advance(self) -> None:
        if len(self.sources) < self.expected:
            return
        speaking = [s for s in self.sources.values() if not self._is_dead(s)]
        reached = [s.reach if s.idle else s.clock for s in speaking]
        known = [at for at in reached if at is not None]
        if known and len(known) == len(reached):
            self.watermark = _later(self.watermark, min(known))
        if not all(s.idle and self.newest - s.spoke_at <= FRESH_MS for s in speaking):
            self.idle_at = self.idle_from = None
        elif self.watermark is not None:
            if self.idle_at is None or self.idle_from is None:
                self.idle_at, self.idle_from = self.live_ms, self.watermark
            self.watermark = max(self.watermark, self.idle_from + self.live_ms - self.idle_at)

    def _front(self) -> Millis | None:
        front = self.watermark
        for source in self.sources.values():
            front = _later(front, source.clock)
        return front

    def _is_dead(self, source: Source) -> bool:
        return self.live_ms - source.spoke_live > DEAD_MS


def _later(one: Millis | None, other: Millis | None) -> Millis | None:
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)
