"""Every number that siaga publishes, in one object; the only user of prometheus_client.

Names, types, labels and label values are a contract: `tests/golden/contracts/metrics.txt` holds them and
`docs/metrics.md` explains them. Labels are bounded: no author, text or post id is ever one, and of the brands
only those that are handed over; all others share the label `OTHER_BRANDS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from typing import TypeVar

import numpy as np
import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase

from detector.alert import TOLD, AlertReason
from detector.incident import Change
from detector.kept_back import Hold
from detector.post import PLATFORMS
from detector.rejection import Rejection
from detector.severity import Severity

M = TypeVar("M", bound=MetricWrapperBase)

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST

STAGES = ("score", "pack", "count", "send", "state", "deliver")
OFFSET_TOPICS = ("posts", "mentions")
TABLES = ("state", "alerts")
POLARITIES = ("negative", "neutral", "positive")
# Never a brand's key: these begin with a letter or digit.
OTHER_BRANDS = "_other"
ALERT_OUTCOMES = ("delivered", "renewed", "failed", "skipped")
SKIP_REASONS = tuple(str(reason) for reason in AlertReason if reason not in TOLD)

# From a single post on an idle system (microseconds) to the slab that a backlog makes (seconds).
_STAGE_SECONDS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
_SLAB_POSTS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000)
# Promise: seconds. Idle measures 0.02 s a hop; minutes mean catching up or a slow source.
_LATENCY_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800)
_LATE_SECONDS = (1, 10, 60, 300, 900, 3_600, 21_600, 86_400)
# From a stream to a source that is polled once a day.
_INTAKE_SECONDS = (0.5, 2, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400)
# A small state is read back in a second, that of 10,000 brands in a minute.
_RESTORE_SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600)


def new_registry() -> CollectorRegistry:
    """Return a registry that already has the process's own CPU, memory and file figures."""
    registry = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=registry)
    return registry


def render(registry: CollectorRegistry) -> bytes:
    """Return the page that Prometheus scrapes; its type is `CONTENT_TYPE`."""
    return prometheus_client.generate_latest(registry)


def installed_version() -> str:
    """Return the version of siaga, ``unknown`` when it runs from a folder that was never installed."""
    try:
        return version("siaga")
    except PackageNotFoundError:
        return "unknown"


class BulkHistogram(Histogram):
    """A histogram that takes many values at once: one by one they would cost as much as scoring does."""

    def observe_all(self, values: Sequence[float] | np.ndarray) -> None:
        """Observe some values; those below 0, of clocks that differ, count as 0."""
        if not len(values):
            return
        seen = np.maximum(np.asarray(values, float), 0.0)
        places = np.searchsorted(self._upper_bounds, seen, side="left")
        for bucket, more in zip(self._buckets, np.bincount(places).tolist(), strict=False):
            if more:
                bucket.inc(more)
        self._sum.inc(float(seen.sum()))


class Metrics:
    """All metrics, zero-initialised for every label value that is known beforehand.

    A counter that appears only with its first event hides that event from `rate()`; hence the zeros.

    Parameters
    ----------
    registry
        Where the metrics live; one `Metrics` per registry.
    receivers
        Names of the configured alert receivers.
    reject_reasons
        The reasons for which intake refuses a post.
    brands
        Brands that have series of their own; the others are summed up under `OTHER_BRANDS`.

    Examples
    --------
    >>> registry = new_registry()
    >>> Metrics(registry).posts.labels(outcome="matched").inc(3)
    >>> b'siaga_posts_total{outcome="matched"} 3.0' in render(registry)
    True
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        receivers: Iterable[str] = (),
        reject_reasons: Iterable[str] = Rejection,
        brands: Iterable[str] = (),
    ) -> None:
        prometheus_client.disable_created_metrics()  # they double the page and nobody reads them
        self._registry = registry
        self.shown_brands = frozenset(brands)
        self._intake(tuple(reject_reasons))
        self._flow()
        self._brands(tuple(sorted(self.shown_brands)))
        self._incidents(tuple(receivers))
        self._health()

    def _intake(self, reject_reasons: tuple[str, ...]) -> None:
        self.post_records = self._counter(
            "post_records", "Records read from the posts topic; one record holds one or many posts."
        )
        self.posts = self._counter(
            "posts", "Posts by what became of them.", outcome=("matched", "unmatched", "rejected")
        )
        self.posts_rejected = self._counter(
            "posts_rejected", "Posts and records put on posts-rejected.", reason=reject_reasons
        )
        self.platform_posts = self._counter(
            "platform_posts", "Accepted posts by platform.", platform=PLATFORMS
        )
        self.posts_cut = self._counter("posts_cut", "Accepted posts whose text was longer than the limit.")
        self.slab_posts = self._histogram(
            "slab_posts", "Posts handled in one step; grows by itself with the load.", _SLAB_POSTS
        )
        self.intake_latency = self._bulk_histogram(
            "intake_latency_seconds",
            "From a post's creation to its arrival in Kafka, for posts about a brand.",
            _INTAKE_SECONDS,
        )
        self.scoring_latency = self._bulk_histogram(
            "scoring_latency_seconds",
            "From a post record's arrival in Kafka to its confirmed mentions.",
            _LATENCY_SECONDS,
        )

    def _flow(self) -> None:
        self.mentions = self._counter(
            "mentions",
            "Mentions scored; a post about two brands is two mentions.",
            polarity=POLARITIES,
        )
        self.mention_records = self._counter(
            "mention_records", "Records read from the mentions topic; ticks are among them."
        )
        self.mentions_outcome = self._counter(
            "mentions_outcome",
            "Mentions by what counting did with them.",
            outcome=("counted", "late", "duplicate", "ignored"),
        )
        self.platform_mentions = self._counter(
            "platform_mentions",
            "Mentions by platform and what counting did with them.",
            platform=PLATFORMS,
            outcome=("counted", "late", "duplicate"),
        )
        self.late = self._bulk_histogram(
            "late_seconds", "By how much late mentions came after their bucket had closed.", _LATE_SECONDS
        )
        self.stage_seconds = self._histogram(
            "stage_seconds", "Time spent on one slab in one stage.", _STAGE_SECONDS, stage=STAGES
        )
        self.gaps = self._counter(
            "gap_records", "Offsets inside the log that Kafka no longer has.", topic=OFFSET_TOPICS
        )
        self.expired = self._counter(
            "expired_records", "Records that retention deleted before they were read.", topic=OFFSET_TOPICS
        )
        self.lag = self._gauge(
            "lag_records", "Records of a partition that are not handled yet.", topic=(), partition=()
        )
        self.watermark = self._gauge(
            "watermark_timestamp_seconds",
            "Event time up to which a mentions partition is complete.",
            partition=(),
        )
        self.watermark_delay = self._gauge(
            "watermark_delay_seconds",
            "By how much a mentions partition is behind, beyond the allowed lateness; 0 while nothing waits.",
            partition=(),
        )
        self.standstill = self._gauge(
            "standstill_seconds",
            "For how long records of a topic have waited without any being handled.",
            topic=OFFSET_TOPICS,
        )
        self.catching_up = self._gauge(
            "catching_up",
            "1 while a mentions partition counts posts that are over two minutes old, else 0.",
            partition=(),
        )
        self.left_out_partitions = self._gauge(
            "left_out_partitions",
            "Posts partitions without a word for 10 min, for which a mentions partition waits no more.",
            partition=(),
        )

    def _brands(self, shown: tuple[str, ...]) -> None:
        labels = (*shown, OTHER_BRANDS)
        self.brand_mentions = self._counter(
            "brand_mentions", "Counted mentions of a brand.", brand=labels, polarity=POLARITIES
        )
        self.brand_polarity = self._counter(
            "brand_polarity",
            "Sum of the polarities of counted mentions, 0 to 1 each, apart by their sign.",
            brand=labels,
            sign=("negative", "positive"),
        )
        self.brand_coverage = self._counter(
            "brand_coverage",
            "Sum of the coverage of counted mentions: the share of each text that the scorer knows.",
            brand=labels,
        )
        self.window_observed = self._gauge(
            "window_observed", "What a brand's newest judged window holds.", brand=(), signal=()
        )
        self.window_expected = self._gauge(
            "window_expected", "What is normal for that window; absent while warming up.", brand=(), signal=()
        )
        self.window_upper = self._gauge(
            "window_upper",
            "The most that is no spike in that window; absent while warming up.",
            brand=(),
            signal=(),
        )

    def _incidents(self, receivers: tuple[str, ...]) -> None:
        self.open_incidents = self._gauge(
            "open_incidents", "Incidents open now, on this worker's partitions.", severity=tuple(Severity)
        )
        self.silent_platforms = self._gauge(
            "silent_platforms",
            "Brands that are not heard on a platform any more, although the rest is.",
            platform=PLATFORMS,
        )
        self.incident_revisions = self._counter(
            "incident_revisions", "Incident revisions sent and confirmed.", change=tuple(Change)
        )
        self.alarms_kept_back = self._counter(
            "alarms_kept_back", "Alarms that did not go out, by what held them back.", reason=tuple(Hold)
        )
        self.alerts = self._counter(
            "alerts", "Alerts by receiver and outcome.", receiver=receivers, outcome=ALERT_OUTCOMES
        )
        self.alerts_skipped = self._counter(
            "alerts_skipped",
            "Revisions that a receiver was not told of, by the reason.",
            receiver=receivers,
            reason=SKIP_REASONS,
        )
        self.alerts_waiting = self._gauge(
            "alerts_waiting", "Incidents that wait for their turn at a receiver.", receiver=receivers
        )
        self.receiver_circuit_open = self._gauge(
            "receiver_circuit_open",
            "1 while a receiver fails and is tried only now and then, else 0.",
            receiver=receivers,
        )
        self.detection_latency = self._histogram(
            "detection_latency_seconds",
            "From the deciding mention's arrival in Kafka to the confirmed incident revision.",
            _LATENCY_SECONDS,
        )
        self.delivery_latency = self._histogram(
            "delivery_latency_seconds",
            "From the incident revision's arrival in Kafka to its acceptance by a receiver.",
            _LATENCY_SECONDS,
        )

    def _health(self) -> None:
        self.kafka_connected = self._gauge("kafka_connected", "1 while Kafka answers, else 0.")
        self.rebalancing = self._gauge("rebalancing", "1 while partitions move between workers, else 0.")
        self.state_restored = self._gauge("state_restored", "1 once the state has been read back, else 0.")
        self.last_look = self._gauge(
            "last_look_timestamp_seconds", "When the watchdog looked last; it looks every 5 s."
        )
        self.state_records = self._gauge(
            "state_records", "Records of this worker's state, by table.", table=TABLES
        )
        self.state_bytes = self._gauge(
            "state_bytes", "Size of this worker's state in memory, keys and values, by table.", table=TABLES
        )
        self.restore_seconds = self._histogram(
            "restore_seconds",
            "From the loss of all partitions, or the start, to their restored state.",
            _RESTORE_SECONDS,
        )
        self.build_info = self._gauge("build_info", "1, labelled with the version that runs.", version=())
        self.build_info.labels(version=installed_version()).set(1)

    def _counter(self, name: str, text: str, **labels: tuple[str, ...]) -> Counter:
        return _with_zeros(Counter(f"siaga_{name}", text, tuple(labels), registry=self._registry), labels)

    def _gauge(self, name: str, text: str, **labels: tuple[str, ...]) -> Gauge:
        return _with_zeros(Gauge(f"siaga_{name}", text, tuple(labels), registry=self._registry), labels)

    def _histogram(
        self, name: str, text: str, buckets: tuple[float, ...], **labels: tuple[str, ...]
    ) -> Histogram:
        metric = Histogram(f"siaga_{name}", text, tuple(labels), registry=self._registry, buckets=buckets)
        return _with_zeros(metric, labels)

    def _bulk_histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> BulkHistogram:
        return BulkHistogram(f"siaga_{name}", text, registry=self._registry, buckets=buckets)


def _with_zeros(metric: M, labels: dict[str, tuple[str, ...]]) -> M:
    for values in product(*labels.values()) if labels else ():
        metric.labels(*values)
    return metric
