"""The Faust app: every setting of Faust that siaga relies on, in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faust

from agents.kafka_login import tls
from agents.settings.load import Settings


def make_app(settings: Settings) -> Any:
    """Return a Faust app without agents; nothing is opened before it starts."""
    service = settings.service
    session_s = service.kafka.session_timeout.seconds
    return faust.App(
        service.group,
        env_prefix="SIAGA_FAUST_",  # bare names in the environment would override what is set here
        broker=[f"kafka://{broker}" for broker in service.kafka.brokers],
        broker_credentials=credentials(settings),
        broker_session_timeout=session_s,
        # Each beat may be the last one of a session, or the one that tells the others: both cost its length.
        broker_heartbeat_interval=session_s / 20,
        broker_request_timeout=max(40.0, session_s + 1),
        broker_commit_interval=0.5,
        broker_max_poll_records=5_000,
        consumer_auto_offset_reset="earliest",
        # Partitions that are added to `posts` are noticed well within the usual lateness.
        consumer_metadata_max_age_ms=60_000,
        producer_linger=0,
        producer_acks=-1,
        producer_max_batch_size=262_144,
        producer_max_request_size=4_194_304,
        # What is not sent while the lease lasts must not be sent later.
        producer_request_timeout=session_s * 0.7,
        store="memory://",
        # A standby's fetch under way at a rebalance moves the position past what recovery then waits for.
        table_standby_replicas=0,
        datadir=Path(service.data_dir),
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=service.topics.partitions.mentions,
        key_serializer="raw",
        value_serializer="raw",
    )


class _Worker(faust.Worker):
    """Faust's worker, with siaga's log."""

    def _setup_logging(self) -> None:
        """Leave the log as it was set up."""


def make_worker(app: Any) -> faust.Worker:
    """Return what runs an app until a signal comes."""
    worker = _Worker(app, redirect_stdouts=False, quiet=True)
    worker.spinner = None
    return worker


def credentials(settings: Settings) -> Any:
    """Return what Faust logs in with, or None for a plain connection."""
    security = settings.service.kafka.security
    if security.protocol == "plaintext":
        return None
    context = tls(settings) if security.protocol in ("ssl", "sasl_ssl") else None
    if security.mechanism is None:
        return faust.SSLCredentials(context)
    return faust.SASLCredentials(
        username=security.username,
        password=settings.kafka_password.reveal() if settings.kafka_password else None,
        mechanism=security.mechanism.upper(),
        ssl_context=context,
    )
