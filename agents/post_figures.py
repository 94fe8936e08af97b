"""What hop one publishes of the posts it has read: summed up by slab, never post by post."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from agents.metrics import POLARITIES, Metrics
from agents.slab import Record
from detector.mention import INDEX_BITS
from detector.post import PLATFORMS
from detector.reading import Reading

_KNOWN = frozenset(PLATFORMS)


class PostFigures:
    """Counts what came of the records of a posts partition."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._platforms = {name: metrics.platform_posts.labels(platform=name) for name in PLATFORMS}
        self._outcomes = {o: metrics.posts.labels(outcome=o) for o in ("matched", "unmatched", "rejected")}
        self._polarities = {p: metrics.mentions.labels(polarity=p) for p in POLARITIES}

    def count(self, records: Sequence[Record], reading: Reading, now_ms: int) -> None:
        """Count some records whose mentions are confirmed.

        Parameters
        ----------
        records
            In order of their offsets.
        reading
            What came of them.
        now_ms
            The broker's present: how long the records took is measured by it.
        """
        metrics, counts = self._metrics, reading.counts
        metrics.post_records.inc(len(records))
        for outcome, posts in self._outcomes.items():
            posts.inc(counts[outcome])
        for polarity, mentions in self._polarities.items():
            mentions.inc(counts[polarity])
        for name, count in Counter(reading.platforms).items():
            self._platforms[name if name in _KNOWN else "other"].inc(count)
        for reason, count in Counter(refused.rejected.reason for refused in reading.refused).items():
            metrics.posts_rejected.labels(reason=reason).inc(count)
        metrics.posts_cut.inc(counts["cut"])
        metrics.slab_posts.observe(sum(counts[outcome] for outcome in self._outcomes))
        arrived = np.array([record.timestamp for record in records], np.int64)
        known = arrived > 0  # Kafka's -1: a record without a time
        metrics.scoring_latency.observe_all((now_ms - arrived[known]) / 1_000)
        metrics.intake_latency.observe_all(_intake_s(records, arrived, reading))


def _intake_s(records: Sequence[Record], arrived: np.ndarray, reading: Reading) -> np.ndarray:
    """Return from creation to arrival, seconds, for each mention whose record has a time."""
    mentions = [mention for home in reading.mentions.values() for mention in home]
    if not mentions:
        return np.empty(0)
    offsets = np.array([record.offset for record in records], np.int64)
    sources = np.array([mention.position for mention in mentions], np.int64) >> INDEX_BITS
    times = arrived[np.searchsorted(offsets, sources)]
    created = np.array([mention.created_at for mention in mentions], np.int64)
    return ((times - created) / 1_000)[times > 0]
