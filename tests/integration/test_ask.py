"""Warm, why and verify against a running service on a real broker."""

import json

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource

from tests.integration.installation import Installation, installed, wait_for

START_MS = 1_760_000_040_000
DAY_MS = 86_400_000
WORDS = {"kunang": "kunang fiber", "camar": "camar air", "rimba": "rimba kopi"}


def post(brand: str, at: int, name: str, text: str = "{} biasa saja") -> dict:
    return {
        "platform": "x", "id": f"{brand}-{name}", "created_at": at, "text": text.format(WORDS[brand]),
        "author": {"id": name},
    }  # fmt: skip


def history(brand: str, end: int, days: int = 2) -> bytes:
    posts = [post(brand, at, f"h{at}") for at in range(end - days * DAY_MS, end, 1_800_000)]
    return b"".join(json.dumps(one).encode() + b"\n" for one in reversed(posts))


def outage(brand: str, at: int, name: str) -> list[dict]:
    # Shorter than the allowed lateness and a minute: whichever partition is read first, no post is late.
    text = "{} mati total, kecewa parah!"
    return [post(brand, at + i * 2_500, f"{name}{i}", text) for i in range(40)]


def incidents(siaga: Installation) -> dict[str, dict]:
    return {r.key.decode(): json.loads(r.value) for r in siaga.records("incidents") if r.value}


def brands_with_incidents(siaga: Installation) -> set[str]:
    return {one["brand"] for one in incidents(siaga).values()}


@pytest.fixture
def siaga(kafka, prefix, tmp_path):
    with installed(kafka.bootstrap, prefix, tmp_path) as installation:
        yield installation


def answer(siaga: Installation, *words: str) -> dict:
    return json.loads(siaga.command("why", *words, "--json").stdout)["answer"]


def test_history_warms_and_what_is_asked_is_answered(siaga):
    # A new installation: one brand of three is warmed, half a day before the service begins.
    warmed = siaga.command("warm", "-", stdin=history("kunang", START_MS - DAY_MS // 2)).stdout.decode()
    assert "kunang: warmed: 9" in warmed
    assert "camar: no posts of it in the history" in warmed
    worker = siaga.worker()
    assert b"the service runs: got 1 members" in siaga.command("warm", "-", stdin=b"", expect=75).stderr
    sent = [one for brand in WORDS for one in outage(brand, START_MS, "o")]
    siaga.send(sent)
    siaga.close_minutes(START_MS + 400_000)
    wait_for("the warmed brand's incident", lambda: incidents(siaga))
    wait_for("the receiver to be told", lambda: siaga.webhook.received)
    assert brands_with_incidents(siaga) == {"kunang"}

    def is_told() -> bool:
        return answer(siaga, "kunang")["receivers"][0]["reason"] == "already_delivered"

    wait_for("the ledger to know it", is_told)
    told = answer(siaga, "kunang")
    assert told["because"] == "incident_open"
    assert told["incident"]["id"] in incidents(siaga)
    cold = answer(siaga, "camar")
    assert (cold["because"], cold["receivers"]) == ("warming_up", [])
    at_start = answer(siaga, "kunang", "--at", "2025-10-09T08:54:00Z")
    assert at_start["at"] == "2025-10-09T08:54:00Z"
    (id,) = incidents(siaga)
    assert b"agrees" in siaga.command("verify", id).stdout

    # The service stops; a second brand learns what happened up to there, and nothing of what comes after.
    assert worker.end() == 0
    later = START_MS + 3_600_000
    late = history("camar", later)
    result = siaga.command("warm", "--brand", "camar", "-", stdin=late, expect=0)
    assert b"camar: kept" not in result.stdout
    assert b"posts are left to the service" in result.stderr
    siaga.worker()
    siaga.send([one for brand in ("camar", "rimba") for one in outage(brand, later, "p")])
    siaga.close_minutes(later + 400_000)
    wait_for("the second brand's incident", lambda: "camar" in brands_with_incidents(siaga))
    wait_for("its incident to be open", lambda: answer(siaga, "camar")["because"] == "incident_open")
    assert brands_with_incidents(siaga) == {"kunang", "camar"}
    assert answer(siaga, "rimba")["because"] == "warming_up"
    wait_for(
        "a baseline in the state",
        lambda: b"/baseline/" in b" ".join(r.key for r in siaga.records("siaga-state-changelog")),
    )
    kept = json.loads(siaga.command("warm", "--dry-run", "--mentions", "--json").stdout)
    assert {one["brand"]: one["status"] for one in kept}["kunang"] == "kept"


def test_what_a_command_cannot_decompress_it_says_with_what_to_do(kafka, siaga):
    """Siaga compresses nothing, but a topic may be set to."""
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    topic = ConfigResource("TOPIC", siaga.topic("incidents"), configs={"compression.type": "lz4"})
    admin.alter_configs([topic])
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)

    def refusal() -> str | None:
        # The broker follows a new setting a moment later.
        for partition in range(4):
            producer.send(siaga.topic("incidents"), b"{}", b"x", partition=partition).get(20)
        try:
            done = siaga.command("verify", "kunang-20250721T1505Z-negative_count", expect=78)
        except AssertionError:
            return None
        return done.stderr.decode()

    refused = wait_for("a compressed record", refusal)
    producer.close()
    assert "got lz4 from" in refused
    assert "run `pip install lz4`" in refused
