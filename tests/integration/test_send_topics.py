"""`siaga topics` and `siaga send` against a real broker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from detector.codec import from_json
from detector.intake import read_record

ROOT = Path(__file__).parents[2]
SIAGA = [sys.executable, "-c", "from agents.command_line import main; main()"]
POST = '{"platform":"x","id":"%d","created_at":"2025-07-21T15:05:00Z","text":"halo"}\n'


class Siaga:
    """The command line against one broker under one prefix, with a configuration of its own."""

    def __init__(self, folder: Path, bootstrap: str, prefix: str) -> None:
        self.folder = folder
        self.prefix = prefix
        (folder / "config").mkdir()
        (folder / "config/brands.yml").write_text("brands: {biznet: {name: B, aliases: [biznet]}}")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA_")}
        self.env = kept | {
            "PYTHONPATH": str(ROOT),
            "SIAGA_SERVICE_KAFKA_BROKERS": bootstrap,
            "SIAGA_SERVICE_TOPICS_PREFIX": prefix,
            "SIAGA_SERVICE_TOPICS_PARTITIONS_POSTS": "2",
            "SIAGA_SERVICE_TOPICS_PARTITIONS_MENTIONS": "3",
            "SIAGA_SERVICE_TOPICS_PARTITIONS_INCIDENTS": "5",
        }

    def __call__(self, *args: str, input: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*SIAGA, *args],
            input=input,
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def siaga(kafka, prefix, tmp_path):
    return Siaga(tmp_path, kafka.bootstrap, prefix)


@pytest.fixture
def admin(kafka):
    client = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    yield client
    client.close()


def settings_of(admin, topic: str) -> dict[str, str]:
    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
    return {name: config["value"] for name, config in found["topic"][topic].items()}


def partitions_of(admin, topic: str) -> int:
    (described,) = admin.describe_topics([topic])
    return len(described["partitions"])


def values(bootstrap: str, topic: str) -> list[bytes]:
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    parts = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic)]
    consumer.assign(parts)
    total = sum(consumer.end_offsets(parts).values())
    found: list[bytes] = []
    while len(found) < total:
        for records in consumer.poll(timeout_ms=1000).values():
            found += [record.value for record in records]
    consumer.close()
    return found


def test_topics_are_made_with_their_settings_and_only_once(siaga, admin, prefix):
    assert siaga("topics", "--check").returncode == 78
    assert not [t for t in admin.list_topics() if t.startswith(prefix)]

    made = siaga("topics")
    assert made.returncode == 0, made.stderr
    day = 86_400_000
    wanted = {
        "posts": (2, {}),
        "posts-rejected": (
            2,
            {"cleanup.policy": "delete", "retention.ms": str(14 * day), "max.message.bytes": "2097152"},
        ),
        "mentions": (
            3,
            {
                "cleanup.policy": "delete",
                "retention.ms": str(7 * day),
                "message.timestamp.type": "LogAppendTime",
            },
        ),
        "posts-late": (3, {"cleanup.policy": "delete", "retention.ms": str(14 * day)}),
        "siaga-state-changelog": (3, {"cleanup.policy": "compact"}),
        "incidents": (5, {"cleanup.policy": "compact"}),
        "siaga-alerts-changelog": (5, {"cleanup.policy": "compact"}),
        "responses": (5, {"cleanup.policy": "delete", "retention.ms": str(364 * day)}),
    }
    assert {t for t in admin.list_topics() if t.startswith(prefix)} == {prefix + name for name in wanted}
    for name, (partitions, settings) in wanted.items():
        assert partitions_of(admin, prefix + name) == partitions, name
        assert settings.items() <= settings_of(admin, prefix + name).items(), name

    again = siaga("topics", "--json")
    assert again.returncode == 0
    assert {report["status"] for report in from_json(again.stdout, list)} == {"ok"}
    assert siaga("topics", "--check").returncode == 0


def test_check_finds_a_deviation_and_mend_mends_it(siaga, admin, prefix):
    siaga("topics")
    topic = f"{prefix}mentions"
    admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, topic, {"message.timestamp.type": "CreateTime"})]
    )
    found = siaga("topics", "--check")
    assert found.returncode == 78
    assert found.stderr == (
        f"{topic}: message.timestamp.type differs: got CreateTime; expected LogAppendTime; "
        "run `siaga topics --mend`\n"
    )
    assert siaga("topics", "--mend").returncode == 0
    assert settings_of(admin, topic)["message.timestamp.type"] == "LogAppendTime"


def test_check_finds_another_number_of_partitions(siaga, admin, prefix):
    admin.create_topics({f"{prefix}posts": {"num_partitions": 1, "replication_factor": 1}})
    found = siaga("topics")
    assert found.returncode == 78
    assert found.stderr == (
        f"{prefix}posts: wrong number of partitions: got 1; expected 2; set topics.partitions.posts to 1 in "
        "service.yml, or begin anew with another topics.prefix\n"
    )
    assert partitions_of(admin, f"{prefix}posts") == 1


def test_what_kafka_refuses_is_one_line(siaga):
    siaga.env["SIAGA_SERVICE_TOPICS_REPLICATION"] = "3"
    refused = siaga("topics")
    assert refused.returncode == 78
    assert refused.stderr.count("\n") == 1
    assert refused.stderr.startswith("siaga: Kafka refuses: got InvalidReplicationFactorError from ")


def test_every_good_post_arrives_and_every_bad_one_is_told(siaga, kafka, prefix):
    siaga("topics")
    text = "".join(POST % i + ("{}\n" if i % 10 == 0 else "") for i in range(1000))
    sent = siaga("send", "-", "--json", input=text)
    assert sent.returncode == 65
    account = from_json(sent.stdout, dict)
    assert (account["read"], account["sent"], account["refused"]) == (1100, 1000, {"missing_field": 100})
    records = values(kafka.bootstrap, f"{prefix}posts")
    assert sorted(records) == sorted((POST % i).strip().encode() for i in range(1000))


def test_bundles_arrive_as_posts(siaga, kafka, prefix):
    siaga("topics")
    sent = siaga("send", "-", "--posts-per-record", "300", input="".join(POST % i for i in range(1000)))
    assert (sent.returncode, sent.stdout) == (0, "1000 sent, 0 refused\n")
    records = values(kafka.bootstrap, f"{prefix}posts")
    assert len(records) == 4
    ids = [
        accepted.post.id for record in records for accepted in read_record(record, 1_764_000_000_000).accepted
    ]
    assert sorted(map(int, ids)) == list(range(1000))


def test_without_topics_it_says_what_to_do(siaga, prefix):
    sent = siaga("send", "-", input=POST % 1)
    assert sent.returncode == 78
    assert sent.stderr == (
        f"siaga: no topic {prefix}posts: got none of that name; expected it in Kafka; run `siaga topics`\n"
    )


@pytest.mark.parametrize("command", [["topics"], ["send", "-"]], ids=" ".join)
def test_without_kafka_it_gives_up_in_time_with_one_line(tmp_path, command):
    siaga = Siaga(tmp_path, "127.0.0.1:1", "")
    ended = siaga(*command, "--wait", "1s", input=POST % 1)
    assert ended.returncode == 69
    assert (ended.stdout, ended.stderr) == (
        "",
        "siaga: Kafka does not answer: got KafkaTimeoutError from 127.0.0.1:1 within 1s; expected a broker "
        "there; start it or correct kafka.brokers in service.yml\n",
    )


def test_kafka_that_dies_in_between_ends_the_sending(own_broker, tmp_path):
    broker = own_broker()
    siaga = Siaga(tmp_path, broker.bootstrap, "x-")
    assert siaga("topics").returncode == 0
    command = [*SIAGA, "send", "-", "--rate", "500", "--wait", "2s"]
    with subprocess.Popen(
        command,
        env=siaga.env,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdin.write("".join(POST % i for i in range(200)))
        process.stdin.flush()
        while not values(broker.bootstrap, "x-posts"):
            pass
        broker.kill()
        out, error = process.communicate("".join(POST % i for i in range(200, 5_000)), timeout=60)
    assert process.returncode == 69, error
    assert out == ""
    assert error.startswith("siaga: Kafka stopped answering: got ")
    assert error.count("\n") == 1
