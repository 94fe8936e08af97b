from __future__ import annotations

from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from agents.command_line import siaga
from agents.errors import UnavailableError
from agents.settings import ServiceFile
from agents.settings.kinds import Duration
from agents.settings.service import Keep, Partitions, Topics
from agents.topic_plan import Found, differences, plan_topics
from detector.codec import from_json

SERVICE = ServiceFile(
    topics=Topics(
        prefix="t-",
        partitions=Partitions(posts=2, mentions=3, incidents=5),
        keep=Keep(mentions=Duration(3_600_000)),
    )
)


def plan(name):
    return next(plan for plan in plan_topics(SERVICE) if plan.name == name)


def test_the_plan():
    day = 86_400_000
    assert [(p.name, p.partitions, p.configs) for p in plan_topics(SERVICE)] == [
        ("t-posts", 2, {}),
        (
            "t-posts-rejected",
            2,
            {"cleanup.policy": "delete", "retention.ms": str(14 * day), "max.message.bytes": "2097152"},
        ),
        (
            "t-mentions",
            3,
            {
                "cleanup.policy": "delete",
                "retention.ms": "3600000",
                "message.timestamp.type": "LogAppendTime",
            },
        ),
        ("t-posts-late", 3, {"cleanup.policy": "delete", "retention.ms": str(14 * day)}),
        ("t-siaga-state-changelog", 3, {"cleanup.policy": "compact"}),
        ("t-incidents", 5, {"cleanup.policy": "compact"}),
        ("t-siaga-alerts-changelog", 5, {"cleanup.policy": "compact"}),
        ("t-responses", 5, {"cleanup.policy": "delete", "retention.ms": str(364 * day)}),
    ]


def test_three_replicas_of_which_two_must_confirm():
    plans = plan_topics(ServiceFile(topics=Topics(replication=3)))
    assert {p.configs["min.insync.replicas"] for p in plans} == {"2"}


def test_what_differs_is_said_with_what_to_do():
    found = Found(4, 1, {"cleanup.policy": "compact", "retention.ms": "3600000"})
    assert [d.text for d in differences(plan("t-mentions"), found, 3)] == [
        "t-mentions: wrong number of partitions: got 4; expected 3; set topics.partitions.mentions to 4 in "
        "service.yml, or begin anew with another topics.prefix",
        "t-mentions: too few replicas: got 1; expected 3; let Kafka's kafka-reassign-partitions add them, "
        "or lower topics.replication in service.yml",
        "t-mentions: cleanup.policy differs: got compact; expected delete; run `siaga topics --mend`",
        "t-mentions: message.timestamp.type differs: got None; expected LogAppendTime; "
        "run `siaga topics --mend`",
    ]


def test_more_replicas_and_other_settings_are_the_users_business():
    found = Found(2, 3, {"retention.ms": "1", "anything": "else"})
    assert list(differences(plan("t-posts"), found, 1)) == []


class Admin:
    """Kafka's topics in memory, through the calls of kafka-python's admin client that siaga uses."""

    def __init__(self) -> None:
        self.topics: dict[str, dict] = {}

    def list_topics(self):
        return list(self.topics)

    def describe_topics(self, names):
        return [
            {"name": name, "partitions": [{"replica_nodes": [1]}] * self.topics[name]["num_partitions"]}
            for name in names
        ]

    def describe_configs(self, resources, config_filter):
        assert config_filter == "all"
        return {
            "topic": {
                r.name: {k: {"value": v} for k, v in self.topics[r.name]["configs"].items()}
                for r in resources
            }
        }

    def create_topics(self, wanted, raise_errors):
        codes = {name: 36 if name in self.topics else 0 for name in wanted}
        self.topics = wanted | self.topics
        return {"topics": [{"name": name, "error_code": code} for name, code in codes.items()]}

    def wait_for_topics(self, names):
        assert set(names) <= set(self.topics)

    def alter_configs(self, resources):
        for resource in resources:
            self.topics[resource.name]["configs"] |= resource.configs


@pytest.fixture
def admin(monkeypatch):
    made = Admin()

    @contextmanager
    def client(settings, wait_s):
        yield made

    monkeypatch.setattr("agents.kafka_client.admin_client", client)
    return made


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/brands.yml").write_text("brands: {biznet: {name: B, aliases: [biznet]}}")
    return lambda *args: CliRunner().invoke(siaga, ["topics", *args])


def statuses(result):
    return {line.split()[0]: line.split()[-1] for line in result.stdout.splitlines()[1:]}


def test_topics_are_made_once(run, admin):
    result = run()
    assert result.exit_code == 0
    assert set(statuses(result).values()) == {"created"}
    assert len(admin.topics) == 8
    assert admin.topics["mentions"]["replication_factor"] == 1
    result = run()
    assert (result.exit_code, set(statuses(result).values())) == (0, {"ok"})


def test_check_changes_nothing(run, admin):
    result = run("--check")
    assert result.exit_code == 78
    assert set(statuses(result).values()) == {"missing"}
    assert admin.topics == {}
    assert result.stderr.splitlines()[0] == (
        "posts: missing: got no topic; expected 4 partitions; run `siaga topics`"
    )


def test_a_difference_is_found_and_mended_on_demand(run, admin):
    run()
    admin.topics["mentions"]["configs"]["message.timestamp.type"] = "CreateTime"
    for args in ([], ["--check"]):
        result = run(*args)
        assert result.exit_code == 78
        assert statuses(result)["mentions"] == "differs"
        assert result.stderr == (
            "mentions: message.timestamp.type differs: got CreateTime; expected LogAppendTime; "
            "run `siaga topics --mend`\n"
        )
    result = run("--mend")
    assert (result.exit_code, statuses(result)["mentions"], statuses(result)["posts"]) == (0, "mended", "ok")
    assert run("--check").exit_code == 0


def test_partitions_are_never_changed(run, admin):
    run()
    admin.topics["incidents"]["num_partitions"] = 6
    result = run("--mend")
    assert (result.exit_code, statuses(result)["incidents"]) == (78, "differs")
    assert admin.topics["incidents"]["num_partitions"] == 6


def test_json_for_machines(run, admin):
    run()
    del admin.topics["responses"]
    reports = from_json(run("--check", "--json").stdout, list)
    assert reports[-1] == {
        "topic": "responses",
        "partitions": 4,
        "policy": "delete",
        "status": "missing",
        "differences": ["responses: missing: got no topic; expected 4 partitions; run `siaga topics`"],
    }
    assert [report["status"] for report in reports[:-1]] == ["ok"] * 7


def test_kafka_that_does_not_answer(run, monkeypatch):
    @contextmanager
    def client(settings, wait_s):
        assert wait_s == 0.5
        raise UnavailableError("Kafka does not answer")
        yield

    monkeypatch.setattr("agents.kafka_client.admin_client", client)
    result = run("--wait", "500ms")
    assert (result.exit_code, result.stdout, result.stderr) == (69, "", "siaga: Kafka does not answer\n")
