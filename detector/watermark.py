"""How far event time has come, judged from what the posts partitions said: the watermark.

The watermark W is the least clock of all posts partitions that still have something to say. It never
falls, and it starts when every partition has spoken. All waiting is measured in *live time*: the sum of
the differences of successive record timestamps, each cut to 0..2 s, so that an outage of siaga itself is
not mistaken for silence of a source. Hence W is a function of the mentions log alone.
"""

from __future__ import annotations

from msgspec import Struct

from detector.clock import Millis
from detector.mention import Cover

STEP_MS = 2_000  # longest difference of timestamps that counts as live time; ticks come every second
FRESH_MS = 5_000  # an idle statement older than this no longer excuses its source
DEAD_MS = 600_000  # a source that has not spoken for so long is left out rather than hold everybody


class Source(Struct):
    """What is known of one posts partition: covered up to position `applied`, and its clock."""

    applied: int
    clock: Millis | None
    idle: bool
    spoke_at: int


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

    def tiles(self, cover: Cover) -> bool:
        """Tell whether a cover continues the known ones; a stale owner's record does not."""
        applied = self.applied(cover.source)
        return applied is None or cover.begin <= applied or cover.hole != 0

    def hear(self, cover: Cover) -> None:
        """Take in what a record says of its source, then advance the watermark."""
        self.expected = max(self.expected, cover.sources)
        known = self.sources.get(cover.source)
        if known is None:
            self.sources[cover.source] = Source(cover.end, cover.clock, cover.idle, self.live_ms)
        else:
            known.applied = max(known.applied, cover.end)
            if cover.clock is not None:
                known.clock = cover.clock if known.clock is None else max(known.clock, cover.clock)
            known.idle = cover.idle
            known.spoke_at = self.live_ms
        self._advance()

    def degraded(self) -> list[int]:
        """Return the posts partitions that are left out because they have not spoken for 10 min."""
        return [p for p, s in sorted(self.sources.items()) if self.live_ms - s.spoke_at > DEAD_MS]

    def _advance(self) -> None:
        if len(self.sources) < self.expected:
            return
        holding = [s for s in self.sources.values() if not self._excused(s)]
        if holding:
            self.idle_at = self.idle_from = None
            clocks = [s.clock for s in holding if s.clock is not None]
            if len(clocks) == len(holding):
                self._raise_to(min(clocks))
            return
        if self.idle_at is None:
            clocks = [s.clock for s in self.sources.values() if s.clock is not None]
            if not clocks:
                return
            self._raise_to(max(clocks))
            self.idle_at, self.idle_from = self.live_ms, self.watermark
        if self.idle_from is not None:
            self._raise_to(self.idle_from + self.live_ms - self.idle_at)

    def _excused(self, source: Source) -> bool:
        silence = self.live_ms - source.spoke_at
        return silence > DEAD_MS or (source.idle and silence <= FRESH_MS)

    def _raise_to(self, at: Millis) -> None:
        self.watermark = at if self.watermark is None else max(self.watermark, at)
