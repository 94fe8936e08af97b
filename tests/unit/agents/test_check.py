from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.command_line import siaga
from detector.codec import from_json

ROOT = Path(__file__).parents[3]
KEY = {"SIAGA_PSEUDONYM_KEY": "0123456789abcdef"}


@pytest.fixture
def check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*args, env=None, **files):
        Path("c").mkdir(exist_ok=True)
        for name, text in files.items():
            Path(f"c/{name}.yml").write_text(text)
        return CliRunner().invoke(siaga, ["check", "--config", "c", *args], env=KEY | (env or {}))

    return run


def test_the_shipped_configuration_passes():
    result = CliRunner().invoke(siaga, ["check", "--config", str(ROOT / "config")], env=KEY)
    assert result.exit_code == 0
    assert "brands     kunang-fiber, camar-air\n" in result.stdout
    assert result.stdout.endswith("config is right\n")
    assert "warning: " in result.stderr


def test_it_says_what_is_loaded(check):
    result = check(
        brands="brands: {biznet: {name: B, aliases: [biznet]}}",
        alerts="receivers: [{name: ops, type: webhook, url: 'http://h/?token=s3cret'}]",
        env={"SIAGA_SERVICE_KAFKA_BROKERS": "k:9092"},
    )
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "brands     biznet",
        "detector   lexicon, lateness 5m, window 15m",
        "lexicon    0 words of your own",
        "receivers  ops",
        "kafka      k:9092 (plaintext)",
        "topics     posts (4), mentions (4), incidents (4 partitions)",
        "group      siaga",
        "web        127.0.0.1:6066",
        "defaults   detector.yml, lexicon.yml, service.yml",
        "overrides  SIAGA_SERVICE_KAFKA_BROKERS",
        "c is right",
    ]
    assert result.stderr == ""


def test_errors_end_with_78(check):
    result = check(brands="brands: {biznet: {name: B, aliases: [b1], alias: [x]}}", service="web: {port: 0}")
    assert result.exit_code == 78
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "error: c/brands.yml: brands.biznet.alias: unknown key: got 'alias'; "
        "expected name, aliases or exclude; did you mean aliases?",
        "error: c/service.yml: web.port: got 0; expected a whole number, 1 to 65535; choose a free port",
        "c: 2 errors",
    ]


def test_json_for_machines(check):
    result = check("--json", brands="brands: {biznet: {name: B, aliases: []}}")
    assert result.exit_code == 78
    assert from_json(result.stdout, dict) == {
        "ok": False,
        "config": "c",
        "errors": [
            {
                "where": "c/brands.yml",
                "key": "brands.biznet.aliases",
                "text": "got an empty list; expected 1 or more words; add one",
            }
        ],
        "warnings": [],
        "loaded": {},
    }
    result = check(
        "--json", brands="brands: {biznet: {name: B, aliases: [b1]}}", env={"SIAGA_PSEUDONYM_KEY": ""}
    )
    document = from_json(result.stdout, dict)
    assert (result.exit_code, document["ok"], document["errors"]) == (0, True, [])
    assert [warning["where"] for warning in document["warnings"]] == ["c/alerts.yml", "SIAGA_PSEUDONYM_KEY"]
    assert document["loaded"]["brands"] == "biznet"


def test_secrets_are_not_shown(check):
    result = check(
        "--json",
        brands="brands: {biznet: {name: B, aliases: [b1]}}",
        alerts="receivers: [{name: ops, type: webhook, url_env: HOOK, token_env: TOKEN}]",
        env={"HOOK": "https://h/s3cret", "TOKEN": "t0ken", "SIAGA_PSEUDONYM_KEY": "0123456789pseudonym"},
    )
    assert result.exit_code == 0
    for secret in ("s3cret", "t0ken", "0123456789pseudonym"):
        assert secret not in result.output
