"""kafka-python for the commands: connected within a bounded time, and errors in siaga's own words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import kafka
from kafka import errors

from agents.errors import CommandError, MismatchError, RefusedError, UnavailableError
from agents.settings import Settings

_LOGIN = (errors.SaslAuthenticationFailedError, errors.UnsupportedSaslMechanismError)

# What kafka-python reads each compression with. It does not know cramjam, with which the worker reads all.
_CODECS = {"snappy": "python-snappy", "lz4": "lz4", "zstd": "zstandard"}


def options(settings: Settings, wait_s: float) -> dict[str, Any]:
    """Return the arguments of kafka-python's clients."""
    security = settings.service.kafka.security
    made: dict[str, Any] = {
        "bootstrap_servers": list(settings.service.kafka.brokers),
        "client_id": "siaga",
        "bootstrap_timeout_ms": int(wait_s * 1000),
        "security_protocol": security.protocol.upper(),
    }
    files = {
        "ssl_cafile": security.ca_file,
        "ssl_certfile": security.certificate_file,
        "ssl_keyfile": security.key_file,
    }
    made |= {name: str(settings.file_of(path)) for name, path in files.items() if path}
    if security.mechanism and settings.kafka_password:
        made["sasl_mechanism"] = security.mechanism.upper()
        made["sasl_plain_username"] = security.username
        made["sasl_plain_password"] = settings.kafka_password.reveal()
    return made


@contextmanager
def admin_client(settings: Settings, wait_s: float) -> Iterator[Any]:
    """Yield an admin client; what fails inside comes out in siaga's words.

    Raises
    ------
    CommandError
        Kafka does not answer within `wait_s` seconds, or refuses.
    """
    with in_own_words(settings, wait_s):
        client = kafka.KafkaAdminClient(**options(settings, wait_s))
        try:
            yield client
        finally:
            client.close()


def new_producer(settings: Settings, wait_s: float, linger_ms: int = 20) -> Any:
    """Return a producer that confirms each record and gives one up after `wait_s` seconds without Kafka."""
    wait_ms = int(wait_s * 1000)
    with in_own_words(settings, wait_s):
        return kafka.KafkaProducer(
            **options(settings, wait_s),
            acks="all",
            linger_ms=linger_ms,
            batch_size=262_144,
            max_request_size=2_097_152,
            allow_auto_create_topics=False,
            max_block_ms=max(wait_ms, 1_000),
            request_timeout_ms=max(wait_ms, 1_000),
            delivery_timeout_ms=max(wait_ms, 1_000) + linger_ms,
        )


@contextmanager
def in_own_words(settings: Settings, wait_s: float) -> Iterator[None]:
    """Turn kafka-python's errors into siaga's."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # one line tells it, not a hundred
    if settings.service.kafka.security.protocol != "plaintext":
        from agents.kafka_login import check_login

        check_login(settings)
    try:
        yield
    except errors.KafkaError as error:
        raise explained(error, settings, wait_s) from error


def explained(error: Exception, settings: Settings, wait_s: float) -> CommandError:
    """Return an error of kafka-python as one of siaga's."""
    brokers = ",".join(settings.service.kafka.brokers)
    name = type(error).__name__
    if isinstance(error, _LOGIN):
        return RefusedError(
            f"Kafka refuses the log-in: got {name} from {brokers}; expected the user and password of "
            "kafka.security; correct them in service.yml"
        )
    if isinstance(error, errors.AuthorizationError):
        return RefusedError(
            f"Kafka refuses the access: got {name} from {brokers}; expected the right to do this; "
            "let an administrator grant it"
        )
    if isinstance(error, errors.RetriableError):
        return UnavailableError(
            f"Kafka does not answer: got {name} from {brokers} within {wait_s:g}s; expected a broker there; "
            "start it or correct kafka.brokers in service.yml"
        )
    if isinstance(error, errors.UnsupportedCodecError):
        codec = next((one for one in _CODECS if one in str(error)), "")
        package = _CODECS.get(codec, ", ".join(_CODECS.values()))
        return MismatchError(
            f"records are compressed by what commands cannot read: got {codec or error} from {brokers}; "
            f"expected none or gzip; run `pip install {package}` beside siaga (the worker needs nothing), or "
            "set compression.type of siaga's topics to producer"
        )
    return MismatchError(
        f"Kafka refuses: got {name} from {brokers}; expected settings that it accepts; correct service.yml "
        f"({' '.join(map(str, error.args))})"
    )
