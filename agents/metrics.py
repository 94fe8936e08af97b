"""Every number that siaga publishes, in one object; the only user of prometheus_client.

Names, types, labels and label values are a contract: `tests/golden/contracts/metrics.txt` holds them and
`docs/metrics.md` explains them. Labels are bounded: no brand, author, text or post id is ever one.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from typing import TypeVar

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase

from detector.alert import TOLD, AlertReason
from detector.incident import Change
from detector.post import PLATFORMS
from detector.rejection import Rejection
from detector.severity import Severity

M = TypeVar("M", bound=MetricWrapperBase)

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST

STAGES = ("decode", "match", "score", "pack", "count", "decide", "state", "deliver")
OFFSET_TOPICS = ("posts", "mentions")
ALERT_OUTCOMES = ("delivered", "renewed", "failed", "skipped")
SKIP_REASONS = tuple(str(reason) for reason in AlertReason if reason not in TOLD)

# From a single post on an idle system (microseconds) to the slab that a backlog makes (seconds).
_STAGE_SECONDS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
_SLAB_POSTS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000)
# Promise: seconds. Idle measures 0.02 s a hop; minutes mean catching up or a slow source.
_LATENCY_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800)
_LATE_SECONDS = (1, 10, 60, 300, 900, 3_600, 21_600, 86_400)


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
    ) -> None:
        prometheus_client.disable_created_metrics()  # they double the page and nobody reads them
        self._registry = registry
        self._intake(tuple(reject_reasons))
        self._flow()
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
        self.posts_cut = self._counter("posts_cut", "Accepted posts whose text was longer than the limit.")
        self.slab_posts = self._histogram(
            "slab_posts", "Posts handled in one step; grows by itself with the load.", _SLAB_POSTS
        )

    def _flow(self) -> None:
        self.mentions = self._counter(
            "mentions",
            "Mentions scored; a post about two brands is two mentions.",
            polarity=("negative", "neutral", "positive"),
        )
        self.mentions_outcome = self._counter(
            "mentions_outcome",
            "Mentions by what counting did with them.",
            outcome=("counted", "late", "duplicate", "ignored"),
        )
        self.late = self._histogram(
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
            "From the deciding post's arrival in Kafka to the confirmed incident revision.",
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


def _with_zeros(metric: M, labels: dict[str, tuple[str, ...]]) -> M:
    for values in product(*labels.values()) if labels else ():
        metric.labels(*values)
    return metric
