"""The topics that siaga needs, and how Kafka's differ from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from agents.settings import ServiceFile

# A refused record of 1 MiB and its headers must fit, whatever it is.
REJECTED_MAX_BYTES = 2 * 1024 * 1024


class TopicPlan(Struct, frozen=True):
    """One topic as it must be; `key` is where `service.yml` says how many partitions it has."""

    name: str
    partitions: int
    key: str
    configs: dict[str, str] = {}

    @property
    def policy(self) -> str:
        """What Kafka does with old records, for people."""
        return self.configs.get("cleanup.policy", "the broker's")


class Found(Struct, frozen=True):
    """One topic as it is in Kafka."""

    partitions: int
    replication: int
    configs: Mapping[str, str | None]


class Difference(Struct, frozen=True):
    """What differs; `config` is the Kafka setting that would have to change, None for what cannot change."""

    text: str
    config: str | None = None


def plan_topics(service: ServiceFile) -> list[TopicPlan]:
    """Return all topics in the order of the flow.

    The changelogs have as many partitions as the topic that their table is read beside. `posts` belongs to
    the user: only its partitions matter here.
    """
    count, keep = service.topics.partitions, service.topics.keep

    def kept(for_ms: int, **more: str) -> dict[str, str]:
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(int(for_ms)),
            **{k.replace("_", "."): v for k, v in more.items()},
        }

    compact = {"cleanup.policy": "compact"}
    plans = [
        TopicPlan(service.topic("posts"), count.posts, "posts"),
        TopicPlan(
            service.topic("posts_rejected"),
            count.posts,
            "posts",
            kept(keep.posts_rejected, max_message_bytes=str(REJECTED_MAX_BYTES)),
        ),
        TopicPlan(
            service.topic("mentions"),
            count.mentions,
            "mentions",
            # Live time is measured by the broker's clock, one clock for all producers.
            kept(keep.mentions, message_timestamp_type="LogAppendTime"),
        ),
        TopicPlan(service.topic("posts_late"), count.mentions, "mentions", kept(keep.posts_late)),
        TopicPlan(service.state_topic, count.mentions, "mentions", compact),
        TopicPlan(service.topic("incidents"), count.incidents, "incidents", compact),
        TopicPlan(service.alerts_topic, count.incidents, "incidents", compact),
        TopicPlan(service.topic("responses"), count.incidents, "incidents", kept(keep.responses)),
    ]
    return [_safe(plan, service.topics.replication) for plan in plans]


def differences(plan: TopicPlan, found: Found, replication: int) -> Iterator[Difference]:
    """Yield what differs between a plan and Kafka, each with what to do about it."""
    if found.partitions != plan.partitions:
        yield Difference(
            f"{plan.name}: wrong number of partitions: got {found.partitions}; expected {plan.partitions}; "
            f"set topics.partitions.{plan.key} to {found.partitions} in service.yml, or begin anew with "
            "another topics.prefix"
        )
    if found.replication < replication:
        yield Difference(
            f"{plan.name}: too few replicas: got {found.replication}; expected {replication}; let Kafka's "
            "kafka-reassign-partitions add them, or lower topics.replication in service.yml"
        )
    for name, value in plan.configs.items():
        if found.configs.get(name) != value:
            yield Difference(
                f"{plan.name}: {name} differs: got {found.configs.get(name)}; expected {value}; "
                "run `siaga topics --mend`",
                name,
            )


def _safe(plan: TopicPlan, replication: int) -> TopicPlan:
    """Return a plan that loses nothing when one of three replicas is lost."""
    if replication < 3:
        return plan
    return TopicPlan(plan.name, plan.partitions, plan.key, plan.configs | {"min.insync.replicas": "2"})
