"""Logging in to Kafka: certificates, and a knock at the door that tells a refusal from silence.

The clients try a refused log-in again and again, and then say that nobody answered. One try of our own
says why.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any

from aiokafka import errors
from aiokafka.conn import create_conn

from agents.errors import CommandError, MismatchError, RefusedError
from agents.settings import Settings

_TIMEOUT_MS = 5_000
_REFUSED = (
    errors.SaslAuthenticationFailed,
    errors.AuthenticationFailedError,
    errors.IllegalSaslStateError,
)
_MECHANISM = (errors.UnsupportedSaslMechanismError, errors.AuthenticationMethodNotSupported)


def tls(settings: Settings) -> ssl.SSLContext:
    """Return what Kafka's certificate is checked with, and ours if there is one.

    Raises
    ------
    MismatchError
        When a file of `kafka.security` cannot be read or holds something else.
    """
    security = settings.service.kafka.security
    key = "ca_file"
    try:
        ca = settings.file_of(security.ca_file) if security.ca_file else None
        context = ssl.create_default_context(cafile=ca)
        if security.certificate_file and security.key_file:
            key = "certificate_file or key_file"
            certificate, private = (
                settings.file_of(p) for p in (security.certificate_file, security.key_file)
            )
            context.load_cert_chain(certificate, private)
    except OSError as error:  # ssl.SSLError is one
        raise MismatchError(
            f"no use of {key}: got {error.strerror or error}; expected readable files in PEM format; correct "
            "kafka.security in service.yml"
        ) from error
    return context


def check_login(settings: Settings) -> None:
    """Try the log-in once, if there is one.

    Raises
    ------
    CommandError
        Kafka refuses it, or is not who it should be. Silence raises nothing: the client will see.
    """
    if (problem := asyncio.run(refusal(settings))) is not None:
        raise problem


async def refusal(settings: Settings) -> CommandError | None:
    """Return why Kafka does not let us in; None when it does, when nobody answers, or anybody may come in."""
    security = settings.service.kafka.security
    if security.protocol == "plaintext":
        return None
    given: dict[str, Any] = {"security_protocol": security.protocol.upper()}
    if security.protocol.endswith("ssl"):
        given["ssl_context"] = tls(settings)
    if security.mechanism and settings.kafka_password:
        given |= {
            "sasl_mechanism": security.mechanism.upper(),
            "sasl_plain_username": security.username,
            "sasl_plain_password": settings.kafka_password.reveal(),
        }
    logging.getLogger("aiokafka.conn").setLevel(logging.CRITICAL)  # what it would say is in the result
    for broker in settings.service.kafka.brokers:
        host, _, port = broker.rpartition(":")
        try:
            connection = await create_conn(
                host.strip("[]"), int(port), client_id="siaga", request_timeout_ms=_TIMEOUT_MS, **given
            )
        except (errors.KafkaError, OSError, TimeoutError, ValueError) as error:
            if (problem := explained(error, broker, security.mechanism)) is not None:
                return problem
            continue
        connection.close()
        return None
    return None


def explained(error: Exception, broker: str, mechanism: str | None) -> CommandError | None:
    """Return what a failed log-in means for people; None when it only means that nobody answered.

    >>> str(explained(errors.SaslAuthenticationFailed(), "k:9093", "plain"))[:50]
    'Kafka refuses the log-in: got SaslAuthenticationFa'
    >>> explained(ConnectionRefusedError(), "k:9093", "plain") is None
    True
    """
    name = type(error).__name__
    if isinstance(error, _REFUSED):
        return RefusedError(
            f"Kafka refuses the log-in: got {name} from {broker}; expected the user and password of "
            "kafka.security; correct them in service.yml"
        )
    if isinstance(error, _MECHANISM):
        return RefusedError(
            f"Kafka refuses the log-in: got no mechanism {mechanism} at {broker}; expected one that it has; "
            "correct kafka.security.mechanism in service.yml"
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return MismatchError(
            f"Kafka's certificate is not trusted: got {error.verify_message or name} from {broker}; expected "
            "one for this name, signed by kafka.security.ca_file; correct it in service.yml"
        )
    if isinstance(error, ssl.SSLError):
        return MismatchError(
            f"no TLS with Kafka: got {error.reason or name} from {broker}; expected a listener with TLS; "
            "correct kafka.brokers or kafka.security.protocol in service.yml"
        )
    return None
