"""The example receiver, run as people run it, gets an alert from the real webhook."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from agents.receivers import Outcome, WebhookReceiver, WebhookSettings
from detector.alert import Alert
from detector.codec import to_json
from detector.incident import Incident
from tests.unit.alert_examples import incident, resolved

EXAMPLE = Path(__file__).parents[3] / "examples" / "receive_alerts.py"


KEY = "0123456789abcdef"
NOW_MS = int(time.time() * 1_000)
REASON = "37 negative posts in 15 min, 2.1 expected, at most 6 normal"
LINES = [
    f"critical biznet opened since 2025-07-21T14:58:00Z: {REASON}\n",
    f"warning biznet resolved since 2025-07-21T14:58:00Z: {REASON}\n",
]


@contextmanager
def example(key: str = "") -> Iterator[tuple[str, IO[str]]]:
    """Run the example; give its address and what it prints."""
    env = {**os.environ, "SIAGA_WEBHOOK_KEY": key}
    command = [sys.executable, EXAMPLE, "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as run:
        try:
            greeting = run.stdout.readline()
            yield re.fullmatch(r"waiting for alerts on (http://127\.0\.0\.1:\d+/)\n", greeting)[1], run.stdout
        finally:
            run.terminate()


async def tell(url: str, told: list[Incident], key: str | None = None, at: int = NOW_MS) -> list[Outcome]:
    settings = WebhookSettings(name="example", url=url, signing_key=key)
    receiver = WebhookReceiver(settings, lambda: at)
    outcomes = [(await receiver.deliver(Alert(one, to_json(one), "en"))).outcome for one in told]
    await receiver.close()
    return outcomes


@pytest.mark.timeout(20)
def test_the_example_prints_each_alert_once():
    with example() as (url, printed):
        outcomes = asyncio.run(tell(url, [incident(), incident(), resolved()]))
        assert outcomes == [Outcome.DELIVERED] * 3
        assert [printed.readline(), printed.readline()] == LINES


@pytest.mark.timeout(20)
def test_the_example_takes_only_what_was_signed_with_its_key_not_long_ago():
    refused = [Outcome.FAILED_PERMANENTLY]
    now = int(time.time() * 1_000)  # not that of the import: on a busy machine it is minutes old
    with example(KEY) as (url, printed):
        assert asyncio.run(tell(url, [incident()])) == refused
        assert asyncio.run(tell(url, [incident()], "another key")) == refused
        assert asyncio.run(tell(url, [incident()], KEY, now - 301_000)) == refused
        assert asyncio.run(tell(url, [incident()], KEY, now + 330_000)) == refused
        assert asyncio.run(tell(url, [resolved()], KEY, now)) == [Outcome.DELIVERED]
        assert printed.readline() == LINES[1]


def test_the_example_is_short_and_needs_nothing_installed():
    source = EXAMPLE.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 60
    imported = re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE)
    assert set(imported) <= set(sys.stdlib_module_names)
