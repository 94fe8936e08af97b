"""`siaga alert test`: a marked alert goes out and is ended, and what happened is said."""

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import jsonschema
import pytest
import structlog
from click.testing import CliRunner

from agents.commands.alert import command
from agents.exit_codes import ExitCode
from agents.trial_alert import send_trial, trial_revisions
from detector.alert import ReceiverRule
from detector.codec import to_json
from detector.incident_record import incident_schema
from detector.severity import Severity
from tests.unit.agents.endpoint import Endpoint, Reader
from tests.unit.alert_examples import NOW


@pytest.fixture(autouse=True)
def _log_as_before():
    """The command sets up the log of its process, which here is that of all tests."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


BRANDS = "brands: {biznet: {name: Biznet, aliases: [biznet]}}"


@contextmanager
def endpoint(status: int) -> Iterator[Endpoint]:
    """An endpoint in a thread of its own, for a command that has its own loop."""
    made, ready, loop = Endpoint(status=status), threading.Event(), asyncio.new_event_loop()

    def serve() -> None:
        loop.run_until_complete(made.start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(made.stop())

    thread = threading.Thread(target=serve)
    thread.start()
    ready.wait(10)
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def run(tmp_path, url: str, *words: str):
    (tmp_path / "brands.yml").write_text(BRANDS)
    alerts = f"receivers: [{{name: ops, type: webhook, url: '{url}', min_severity: critical, language: id}}]"
    (tmp_path / "alerts.yml").write_text(alerts)
    return CliRunner().invoke(
        command, ["test", "--config", str(tmp_path), "--receiver", *words], standalone_mode=False
    )


def test_it_opens_and_resolves_a_marked_incident(tmp_path):
    with endpoint(200) as there:
        result = run(tmp_path, there.url, "ops", "--severity", "info")
        assert result.return_value == ExitCode.OK
        told = [json.loads(body) for body in there.bodies]
        assert [(one["brand"], one["state"], one["severity"]) for one in told] == [
            ("test", "open", "info"),
            ("test", "resolved", "info"),
        ]
        assert told[0]["id"] == told[1]["id"]
        assert told[0]["id"].startswith("test-")
        lines = result.stdout.splitlines()
        assert lines == [
            f"opened    delivered: http://127.0.0.1:{there.port} answered 200",
            f"resolved  delivered: http://127.0.0.1:{there.port} answered 200",
        ]


def test_a_receiver_that_refuses_is_said_with_what_to_do(tmp_path):
    with endpoint(403) as there:
        result = run(tmp_path, there.url, "ops", "--json")
        assert result.return_value == ExitCode.CONFIG
        (step,) = json.loads(result.stdout)["steps"]
        assert (step["step"], step["outcome"]) == ("opened", "failed_permanently")
        assert step["detail"].endswith("set a token that may post")


def test_a_receiver_that_is_away_ends_with_69(tmp_path):
    result = run(tmp_path, "http://127.0.0.1:1/", "ops")
    assert result.return_value == ExitCode.UNAVAILABLE
    assert "cannot be reached" in result.stdout


def test_an_unknown_receiver_is_named_with_the_known_ones(tmp_path):
    result = run(tmp_path, "http://127.0.0.1:1/", "opps")
    assert str(result.exception) == ("no such receiver: got opps; expected one of ops; add it to alerts.yml")


def test_two_tests_of_one_minute_are_two_incidents():
    first, later = trial_revisions(Severity.INFO, NOW), trial_revisions(Severity.INFO, NOW + 1)
    assert first[0].id == first[1].id
    assert first[0].id != later[0].id


@pytest.mark.parametrize("severity", Severity)
def test_a_test_is_an_incident_as_any_other(severity):
    valid = jsonschema.Draft202012Validator(incident_schema())
    for revision in trial_revisions(severity, NOW):
        valid.validate(json.loads(to_json(revision)))


def test_a_test_speaks_as_the_receiver_will_be_spoken_to():
    reader, rule = Reader(), ReceiverRule(receiver="ops", language="id", zone="Asia/Jayapura")
    asyncio.run(send_trial(reader, rule, "info", NOW))
    assert len(reader.read) == 2
    assert all(" WIT tanggal " in text for text in reader.read)
