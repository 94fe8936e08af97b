"""What hop two publishes of the mentions it has judged, by brand and by platform: summed up by slab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from agents.metrics import OTHER_BRANDS, Metrics
from detector.mention import POLARITY_SCALE, Mention
from detector.post import PLATFORMS
from detector.shard import Findings
from detector.spike import Reason, Verdict

_NOTHING_TO_COMPARE = (Reason.WARMING_UP, Reason.NOT_CLOSED)


class _Children(NamedTuple):
    """The series of one brand; mentions by label + 1."""

    mentions: tuple[Any, Any, Any]
    below: Any
    above: Any
    coverage: Any


class MentionFigures:
    """Counts mentions, and shows the newest windows, of the brands that have series of their own."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._brands: dict[str, _Children] = {}
        self._outcomes = {
            o: metrics.mentions_outcome.labels(outcome=o) for o in ("counted", "late", "duplicate", "ignored")
        }
        self._platforms = {
            (code, outcome): metrics.platform_mentions.labels(platform=name, outcome=outcome)
            for code, name in enumerate(PLATFORMS)
            for outcome in ("counted", "duplicate")
        }

    def count(self, found: Findings) -> None:
        """Count what came of a slab."""
        metrics = self._metrics
        for outcome, mentions in self._outcomes.items():
            mentions.inc(found.counts[outcome])
        for name, count in Counter(late.platform for late in found.late).items():
            metrics.platform_mentions.labels(platform=name, outcome="late").inc(count)
        metrics.late.observe_all([late.late_by_ms / 1_000 for late in found.late])
        for outcome, judged in (("counted", found.counted), ("duplicate", found.duplicates)):
            for code, count in Counter([mention.platform for mention in judged]).items():
                self._platforms[code, outcome].inc(count)
        for alarm in found.kept_back:
            metrics.alarms_kept_back.labels(reason=alarm.hold).inc()
        self._count_brands(found.counted)

    def _count_brands(self, mentions: Sequence[Mention]) -> None:
        sums: dict[str, list[int]] = {}
        for mention in mentions:
            brand = sums.get(mention.brand)
            if brand is None:
                brand = sums[mention.brand] = [0, 0, 0, 0, 0, 0]
            brand[mention.label + 1] += 1
            polarity = mention.polarity
            if polarity < 0:
                brand[3] -= polarity
            else:
                brand[4] += polarity
            brand[5] += mention.coverage
        for name, (negative, neutral, positive, below, above, coverage) in sums.items():
            children = self._children(name)
            for series, count in zip(children.mentions, (negative, neutral, positive), strict=True):
                series.inc(count)
            children.below.inc(below / POLARITY_SCALE)
            children.above.inc(above / POLARITY_SCALE)
            children.coverage.inc(coverage / 100)

    def _children(self, brand: str) -> _Children:
        known = self._brands.get(brand)
        if known is None:
            metrics, label = self._metrics, brand if brand in self._metrics.shown_brands else OTHER_BRANDS
            negative, neutral, positive = (
                metrics.brand_mentions.labels(brand=label, polarity=p)
                for p in ("negative", "neutral", "positive")
            )
            known = self._brands[brand] = _Children(
                (negative, neutral, positive),
                metrics.brand_polarity.labels(brand=label, sign="negative"),
                metrics.brand_polarity.labels(brand=label, sign="positive"),
                metrics.brand_coverage.labels(brand=label),
            )
        return known

    def show(self, brand: str, verdict: Verdict) -> None:
        """Show the newest window of a brand that has series of its own."""
        metrics = self._metrics
        metrics.window_observed.labels(brand=brand, signal=verdict.signal).set(verdict.observed)
        for gauge, value in (
            (metrics.window_expected, verdict.expected),
            (metrics.window_upper, verdict.upper),
        ):
            if verdict.reason in _NOTHING_TO_COMPARE:
                gauge.remove(brand, verdict.signal)
            else:
                gauge.labels(brand=brand, signal=verdict.signal).set(value)

    def forget(self) -> None:
        """Show no window any more: the brands may be another worker's from now on."""
        for gauge in (
            self._metrics.window_observed,
            self._metrics.window_expected,
            self._metrics.window_upper,
        ):
            gauge.clear()
