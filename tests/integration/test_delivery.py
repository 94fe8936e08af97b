"""Alerts on a real Kafka: receivers that are down or hang, a worker that is killed, and people's data."""

import itertools
import json
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.alertmanager import Alertmanager
from tests.integration.crisis import MINUTE, Crisis
from tests.integration.installation import Installation, Webhook, installed, wait_for
from tests.integration.recount import wait_until_closed
from tests.planted import TEMPLATES, core_of, planted

READER = Path(__file__).parents[2] / "examples/read_incidents.py"


@pytest.fixture
def webhooks():
    """Make receivers: ``webhooks()``."""
    made: list[Webhook] = []

    def make() -> Webhook:
        made.append(Webhook())
        return made[-1]

    yield make
    for webhook in made:
        webhook.close()


def entry(name: str, webhook: Webhook, **changes: object) -> dict:
    return {
        "name": name,
        "type": "webhook",
        "url": webhook.url,
        "min_severity": "info",
        "max_age": "0s",
        **changes,
    }


def brands(count: int) -> dict:
    return {f"merek{n}": {"name": f"Merek {n}", "aliases": [f"merek{n}x"]} for n in range(count)}


def crises(siaga: Installation, names: list[str], at: int, serial: str = "") -> None:
    """A small crisis of each brand within three minutes."""
    posts = []
    for (b, name), n in itertools.product(enumerate(names), range(9)):
        posts.append(
            {
                "platform": "x",
                "id": f"{serial}{name}-{n}",
                "created_at": at + n * 15_000 + b,
                "text": f"{name}x parah mati total, sudah {n} jam gangguan lagi {n * 7} kali",
                "author": {"id": f"{name}-{n}"},
            }
        )
    siaga.send(sorted(posts, key=lambda post: post["created_at"]))


def watched(siaga: Installation, names: list[str], hours: int = 4) -> int:
    """Let each brand be watched for some hours; return the time afterwards."""
    begin = (int(time.time() * 1_000) - (hours + 3) * 60 * MINUTE) // MINUTE * MINUTE
    siaga.send(
        {"platform": "x", "id": f"h{n}", "created_at": begin, "text": f"{name}x baru pasang"}
        for n, name in enumerate(names)
    )
    siaga.close_minutes(begin)
    last = begin + hours * 60 * MINUTE
    siaga.close_minutes(last)
    wait_until_closed(siaga, last - MINUTE)
    return last + siaga.lateness_ms + 3 * MINUTE


def newest(siaga: Installation) -> dict[str, int]:
    found: dict[str, int] = {}
    for record in siaga.records("incidents"):
        if record.value is not None:
            incident = json.loads(record.value)
            found[incident["id"]] = max(found.get(incident["id"], 0), incident["revision"])
    return found


def test_all_receivers_down_and_a_kill_in_the_middle_lose_nothing(kafka, prefix, tmp_path, webhooks):
    names = [f"merek{n}" for n in range(8)]
    second = webhooks()
    with installed(
        kafka.bootstrap, prefix, tmp_path, brands=brands(8), receivers=[entry("second", second)]
    ) as siaga:
        worker = siaga.worker()
        at = watched(siaga, names)
        siaga.webhook.refuse = second.refuse = 503
        crises(siaga, names[:4], at)
        wait_for("failures", lambda: worker.metric("siaga_alerts_total", outcome="failed") >= 2, 40)
        worker.end(signal.SIGKILL)
        crises(siaga, names[4:], at + 4 * MINUTE)
        worker = siaga.worker()
        wait_for("failures again", lambda: worker.metric("siaga_alerts_total", outcome="failed") >= 2, 40)
        wait_for("eight incidents", lambda: len(newest(siaga)) == 8, 40)
        siaga.webhook.refuse = second.refuse = 0
        for hook in (siaga.webhook, second):
            wait_for("every newest revision", lambda hook=hook: told(hook) == newest(siaga), 60, every_s=0.5)
            # Each revision once: whoever saw a key before, may drop it.
            assert len(hook.keys) == len(set(hook.keys))


def told(hook: Webhook) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in list(hook.received):
        found[one["id"]] = max(found.get(one["id"], 0), one["revision"])
    return found


def test_a_receiver_that_hangs_delays_no_other(kafka, prefix, tmp_path, webhooks):
    names = [f"merek{n}" for n in range(24)]
    hanging = webhooks()
    patient = entry("hanging", hanging, timeout="60s")
    with installed(kafka.bootstrap, prefix, tmp_path, brands=brands(24), receivers=[patient]) as siaga:
        worker = siaga.worker()
        at = watched(siaga, names)
        before = delays(siaga, names[:12], at)
        hanging.hang.clear()
        during = delays(siaga, names[12:], at + 5 * MINUTE)
        # The first call that hangs was not even given up: nobody has waited for it.
        assert worker.metric("siaga_alerts_total", receiver="hanging", outcome="failed") == 0
        assert worker.metric("siaga_alerts_waiting", receiver="hanging") > 0
        assert len(hanging.received) < 24
        print(f"from topic to webhook, median: {before:.3f} s, with one that hangs {during:.3f} s")
        wait_for("nothing to wait", lambda: worker.metric("siaga_alerts_waiting", receiver="hook") == 0)


def delays(siaga: Installation, names: list[str], at: int) -> float:
    """Return the median of seconds from the incident's record to the webhook."""
    crises(siaga, names, at)
    wait_for("all told", lambda: {one["brand"] for one in list(siaga.webhook.received)} >= set(names), 40)
    sent = {}
    for record in siaga.records("incidents"):
        if record.value is not None:
            incident = json.loads(record.value)
            sent[f"{incident['id']}/{incident['revision']}"] = record.timestamp / 1_000
    arrived = dict(zip(siaga.webhook.keys, siaga.webhook.times, strict=False))
    return statistics.median(arrived[key] - sent[key] for key in arrived if key.split("-")[0] in names)


def test_nothing_of_a_thousand_people_is_in_what_goes_out(kafka, prefix, tmp_path, alertmanager, webhooks):
    room = webhooks()
    instance: Alertmanager = alertmanager(
        "route: {receiver: room, group_by: [incident], group_wait: 0s, group_interval: 1s}\n"
        f"receivers: [{{name: room, webhook_configs: [{{url: '{room.url}'}}]}}]\n"
    )
    am = {"name": "am", "type": "alertmanager", "url": instance.url, "min_severity": "info", "max_age": "0s"}
    people = planted()
    with installed(kafka.bootstrap, prefix, tmp_path, receivers=[am]) as siaga:
        worker = siaga.worker(env={"SIAGA_PSEUDONYM_KEY": "0123456789abcdef"})
        crisis = Crisis(siaga)
        crisis.history()
        posts = []
        for n, person in enumerate(people):
            posts.append(
                {
                    "platform": ("x", "tiktok")[n % 2],
                    "id": f"p{n}",
                    "created_at": crisis.at + n * 300,
                    "text": TEMPLATES[n % 3].format(brand="kunang fiber", it=person),
                    "url": f"https://x.example/{core_of(person)}/1".replace(" ", ""),
                    "author": {"id": person, "followers": 10},
                }
            )
        siaga.send(posts)
        crisis.at += 6 * MINUTE
        crisis.advance(30)
        wait_for("alerts by both ways", lambda: siaga.webhook.received and room.received, 40)
        out = [
            json.dumps(siaga.webhook.received, ensure_ascii=False),
            json.dumps(room.received, ensure_ascii=False),
        ]
        out += [worker.get("/metrics")[1], worker.log.read_text()]
        for topic in ("incidents", "mentions", "siaga-state-changelog", "siaga-alerts-changelog"):
            for record in siaga.records(topic):
                parts = [record.key, record.value, *(value for _, value in record.headers or ())]
                out += [part.decode("utf-8", "replace") for part in parts if part]
        everything = "\n".join(out).lower()
        examples = [one["text"] for told in siaga.webhook.received for one in told["evidence"]["examples"]]
        assert any(mark in text for text in examples for mark in ("@…", "[email]", "[phone]", "[number]"))
        assert [person for person in people if core_of(person).lower() in everything] == []


def test_the_example_reads_each_incident_once(kafka, prefix, tmp_path):
    with installed(kafka.bootstrap, prefix, tmp_path) as siaga:
        siaga.worker()
        crisis = Crisis(siaga)
        crisis.history()
        crisis.wave(9)
        wait_for("an incident", lambda: newest(siaga), 40)
        reader = subprocess.Popen(
            [sys.executable, READER, siaga.bootstrap, siaga.topic("incidents")],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            line = reader.stdout.readline()
        finally:
            reader.terminate()
            reader.wait(10)
        assert line.startswith("siaga.incident.opened.v1 open warning kunang ")
