"""The producer behind `siaga send`: Kafka confirms every record, or the command says how far it came."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from kafka import errors

from agents.errors import MismatchError, UnavailableError
from agents.kafka_client import admin_client, explained, new_producer
from agents.settings import Settings


class KafkaOutlet:
    """Sends records to the posts topic.

    Parameters
    ----------
    settings
        Where Kafka is.
    wait_s
        How long Kafka may be silent.

    Raises
    ------
    CommandError
        Kafka does not answer, refuses, or has no such topic.
    """

    def __init__(self, settings: Settings, wait_s: float) -> None:
        self._settings = settings
        self._wait_s = wait_s
        self._topic = settings.service.topic("posts")
        self._failures: list[Exception] = []
        self._confirmed: list[int] = []
        with admin_client(settings, wait_s) as client:  # the producer would wait long for a missing topic
            if self._topic not in client.list_topics():
                raise MismatchError(
                    f"no topic {self._topic}: got none of that name; expected it in Kafka; run `siaga topics`"
                )
        self._producer: Any = new_producer(settings, wait_s)

    def send(self, value: bytes, posts: int) -> None:
        """Hand over one record of so many posts; raises when an earlier one failed."""
        self._stop_at_failure()
        try:
            future = self._producer.send(self._topic, value=value)
        except errors.KafkaError as error:
            self._failures.append(error)
            self._stop_at_failure()
            return
        future.add_callback(lambda _: self._confirmed.append(posts))
        future.add_errback(self._failures.append)

    def finish(self) -> None:
        """Wait until all is confirmed."""
        try:
            self._producer.flush(timeout=self._wait_s + 1)
        except errors.KafkaError as error:
            self._failures.append(error)
        self._stop_at_failure()
        self.close()

    def close(self) -> None:
        """Let go of the connection, without waiting for what is unconfirmed."""
        with suppress(errors.KafkaError):  # it complains of what is unconfirmed
            self._producer.close(timeout=0)

    def _stop_at_failure(self) -> None:
        if not self._failures:
            return
        self.close()
        why = explained(self._failures[0], self._settings, self._wait_s)
        if not isinstance(why, UnavailableError):
            raise why
        raise UnavailableError(
            f"Kafka stopped answering: got {sum(self._confirmed)} posts confirmed, then nothing for "
            f"{self._wait_s:g}s; expected all; send the input again when Kafka is back: what comes twice "
            "counts once"
        )
