"""A look at Kafka before the start: whether it is there, and its topics as the worker needs them."""

from __future__ import annotations

import asyncio
import logging

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from msgspec import Struct

from agents.errors import CommandError
from agents.faust_app import credentials
from agents.kafka_login import refusal
from agents.settings.load import Settings

_TIMEOUT_MS = 5_000


class KafkaView(Struct, frozen=True):
    """What a look at Kafka showed: the partitions of each topic, or why there was nothing to see.

    `refused` is what people have to mend; `problem` is waited for.
    """

    partitions: dict[str, int] = {}
    problem: str | None = None
    refused: CommandError | None = None


def look_at_kafka(settings: Settings) -> KafkaView:
    """Return what Kafka says of its topics; never raises, takes a few seconds at most."""
    loggers = [logging.getLogger("aiokafka"), logging.getLogger("aiokafka.conn")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)  # what it would say is in the result
    try:
        return asyncio.run(_look(settings))
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


async def _look(settings: Settings) -> KafkaView:
    if (refused := await refusal(settings)) is not None:
        return KafkaView(problem=str(refused), refused=refused)
    client = AIOKafkaClient(
        bootstrap_servers=list(settings.service.kafka.brokers),
        request_timeout_ms=_TIMEOUT_MS,
        **credentials_to_aiokafka_auth(credentials(settings)),
    )
    try:
        await client.bootstrap()
        cluster = await client.fetch_all_metadata()
        return KafkaView({t: len(cluster.partitions_for_topic(t) or ()) for t in cluster.topics()})
    except (KafkaError, OSError) as error:
        return KafkaView(problem=str(error) or type(error).__name__)
    finally:
        await client.close()


def unfit_topics(settings: Settings, partitions: dict[str, int]) -> list[str]:
    """Return what is wrong with the topics for a worker; nothing when it can start."""
    service = settings.service
    fields = ("posts", "posts_rejected", "mentions", "posts_late", "incidents")
    needed = [service.topic(field) for field in fields]
    wrong = [f"topic {topic} is missing" for topic in needed if topic not in partitions]
    pairs = (
        (service.topic("mentions"), service.state_topic, service.topics.partitions.mentions),
        (
            service.topic("incidents"),
            service.alerts_topic,
            service.topics.partitions.incidents,
        ),
    )
    for topic, changelog, configured in pairs:
        if changelog not in partitions:
            wrong.append(f"topic {changelog} is missing")
        for name in (topic, changelog):
            if name in partitions and partitions[name] != configured:
                wrong.append(f"topic {name} has {partitions[name]} partitions; expected {configured}")
    return wrong
