"""Topics in Kafka: looked at, made and mended through kafka-python's admin client."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kafka import errors
from kafka.admin import ConfigResource, ConfigResourceType

from agents.topic_plan import Found, TopicPlan

_EXISTS = errors.TopicAlreadyExistsError.errno


def look(client: Any, names: Sequence[str]) -> dict[str, Found]:
    """Return those of the topics that exist, as they are."""
    there = sorted(set(names) & set(client.list_topics()))
    if not there:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in there]
    configs = client.describe_configs(resources, config_filter="all").get("topic", {})
    return {
        topic["name"]: Found(
            partitions=len(topic["partitions"]),
            replication=min((len(p["replica_nodes"]) for p in topic["partitions"]), default=0),
            configs={name: config["value"] for name, config in configs.get(topic["name"], {}).items()},
        )
        for topic in client.describe_topics(there)
    }


def create(client: Any, plans: Iterable[TopicPlan], replication: int) -> None:
    """Make topics and wait until they can be used; one that appeared meanwhile is fine."""
    wanted = {
        plan.name: {
            "num_partitions": plan.partitions,
            "replication_factor": replication,
            "configs": plan.configs,
        }
        for plan in plans
    }
    if not wanted:
        return
    made = client.create_topics(wanted, raise_errors=False)
    for topic in made["topics"]:
        if topic["error_code"] not in (0, _EXISTS):
            raise errors.for_code(topic["error_code"])(f"{topic['name']}: {topic.get('error_message')}")
    client.wait_for_topics(list(wanted))


def mend(client: Any, configs: dict[str, dict[str, str]]) -> None:
    """Set topic settings, given by topic."""
    client.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, wanted) for name, wanted in configs.items()]
    )
