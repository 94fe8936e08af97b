"""The example receiver, run as people run it, gets an alert from the real webhook."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agents.receivers import Outcome, WebhookReceiver, WebhookSettings
from detector.alert import Alert
from detector.codec import to_json
from tests.unit.alert_examples import incident, resolved

EXAMPLE = Path(__file__).parents[3] / "examples" / "receive_alerts.py"


@pytest.mark.timeout(20)
def test_the_example_prints_each_alert_once():
    async def tell(url: str) -> list[Outcome]:
        receiver = WebhookReceiver(WebhookSettings(name="example", url=url))
        told = [incident(), incident(), resolved()]
        outcomes = [(await receiver.deliver(Alert(one, to_json(one), "en"))).outcome for one in told]
        await receiver.close()
        return outcomes

    with subprocess.Popen([sys.executable, EXAMPLE, "0"], stdout=subprocess.PIPE, text=True) as example:
        try:
            greeting = example.stdout.readline()
            url = re.fullmatch(r"waiting for alerts on (http://127\.0\.0\.1:\d+/)\n", greeting)[1]
            assert asyncio.run(tell(url)) == [Outcome.DELIVERED] * 3
            reason = "37 negative posts in 15 min, 2.1 expected, at most 6 normal"
            assert (
                example.stdout.readline() == f"critical biznet opened since 2025-07-21T14:58:00Z: {reason}\n"
            )
            assert (
                example.stdout.readline() == f"warning biznet resolved since 2025-07-21T14:58:00Z: {reason}\n"
            )
        finally:
            example.terminate()


def test_the_example_is_short_and_needs_nothing_installed():
    source = EXAMPLE.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 36
    imported = re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE)
    assert set(imported) <= set(sys.stdlib_module_names)
