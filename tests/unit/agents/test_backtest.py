from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.backtest import replay_counts, summaries
from agents.command_line import siaga
from agents.settings import load_settings
from agents.sources.files import Count
from detector.clock import MINUTE_MS, from_rfc3339, to_rfc3339
from detector.codec import from_json, to_json
from detector.severity import Severity
from detector.spike import Signal

START = from_rfc3339("2025-07-01T00:00:00Z")


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/brands.yml").write_text("brands: {biznet: {name: Biznet, aliases: [biznet]}}")
    return tmp_path


@pytest.fixture
def backtest(config):
    return lambda *args, **kwargs: CliRunner().invoke(siaga, ["backtest", *args], **kwargs)


def crisis() -> bytes:
    """Two quiet days, one post an hour; then forty angry people within ten minutes; then two quiet hours."""
    quiet = [(START + hour * 60 * MINUTE_MS, "pakai biznet", f"q{hour}") for hour in range(48)]
    begin = START + 48 * 60 * MINUTE_MS
    angry = [(begin + i * 15_000, "biznet mati total, kecewa parah!", f"a{i}") for i in range(40)]
    after = [(begin + hour * 60 * MINUTE_MS, "biznet", f"z{hour}") for hour in range(1, 4)]
    posts = [
        {"platform": "x", "id": str(i), "created_at": at, "text": text, "author": {"id": author}}
        for i, (at, text, author) in enumerate(quiet + angry + after)
    ]
    return b"".join(to_json(post) + b"\n" for post in posts)


def test_a_crisis_in_posts(backtest):
    result = backtest("-", "--json", "-", input=crisis())
    assert result.exit_code == 0, result.stderr
    document = from_json(result.stdout, dict)
    (incident,) = document["incidents"]
    assert (incident["brand"], incident["opened_at"]) == ("biznet", "2025-07-03T00:01:00Z")
    assert incident["resolved_at"] is not None
    assert incident["severity"] in ("warning", "critical")
    assert document["posts"] == {"read": 91, "rejected": 0, "unmatched": 0, "matched": 91}
    assert document["mentions"] == {"counted": 91, "duplicate": 0, "late": 0}
    assert document["brand_weeks"] == pytest.approx(51 / 168, rel=0.01)
    assert document["alarms"] >= 1


def test_the_same_input_gives_the_same_bytes(backtest):
    first, second = (backtest("-", "--json", "-", input=crisis()).stdout for _ in range(2))
    assert first == second


def test_people_read_a_line_an_incident(backtest, config):
    (config / "posts.jsonl").write_bytes(crisis())
    result = backtest("posts.jsonl")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("2025-07-03T00:01:00Z  ")
    assert lines[-3].startswith("incidents: 1, alarms: ")
    assert lines[-2] == "posts: 91 read, 0 rejected, 0 unmatched, 91 matched"
    assert lines[-1] == "mentions: 91 counted, 0 duplicate, 0 late"


def test_several_files_are_one_stream(backtest, config):
    lines = crisis().splitlines(keepends=True)
    (config / "a.jsonl").write_bytes(b"".join(lines[:60]))
    (config / "b.jsonl").write_bytes(b"".join(lines[60:]))
    whole = backtest("-", "--json", "-", input=crisis()).stdout
    assert backtest("a.jsonl", "b.jsonl", "--json", "-").stdout == whole


def test_refused_posts_end_with_65(backtest):
    result = backtest("-", input=crisis() + b"{}\n")
    assert result.exit_code == 65
    assert "posts: 92 read, 1 rejected" in result.stdout


def test_csv(backtest):
    result = backtest("-", input="ts,text\n2025-07-21T15:05:00Z,biznet lemot\n")
    assert result.exit_code == 0
    assert "posts: 1 read, 0 rejected, 0 unmatched, 1 matched" in result.stdout


def volume(spike_at: int = 700, length: int = 800) -> list[Count]:
    return [
        Count(START + i * 5 * MINUTE_MS, 80.0 if spike_at <= i < spike_at + 3 else 3.0 + i % 3)
        for i in range(length)
    ]


def test_counts(backtest, config):
    rows = [f"{to_rfc3339(c.at)},{c.value:g}" for c in volume()]
    (config / "My Volume.csv").write_text("\n".join(["timestamp,value", *rows]))
    result = backtest("My Volume.csv", "--counts", "total", "--json", "out.json")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "counts: 800 intervals"
    document = from_json((config / "out.json").read_text(), dict)
    (incident,) = document["incidents"]
    assert (incident["brand"], incident["severity"]) == ("my-volume", "info")
    assert incident["opened_at"] == to_rfc3339(START + 700 * 5 * MINUTE_MS)
    assert document["intervals"] == 800


def test_counts_of_negatives_can_be_a_crisis(config):
    past = replay_counts(volume(), "b", Signal.NEGATIVE_COUNT, load_settings("config", {}))
    (incident,) = summaries(past.revisions)
    assert incident.severity is not Severity.INFO
    assert past.alarms >= 1


def test_an_outage_of_the_source_is_no_zero(config):
    """After a day without rows the usual volume is as usual as before."""
    counts = [
        c if i < 400 else Count(c.at + 24 * 60 * MINUTE_MS, c.value) for i, c in enumerate(volume(2000))
    ]
    assert replay_counts(counts, "b", Signal.TOTAL_COUNT, load_settings("config", {})).revisions == []


def test_no_counts_at_all(backtest):
    result = backtest("-", input="timestamp,value\n")
    assert (result.exit_code, result.stdout) == (0, "incidents: 0, alarms: 0\n")


def test_counts_out_of_order_end_with_65_and_one_line(backtest):
    result = backtest("-", input="timestamp,value\n2025-07-21 15:05:00,1\n2025-07-21 15:00:00,1\n")
    assert result.exit_code == 65
    assert result.stderr == (
        "siaga: -: line 3: not in time order: got 2025-07-21 15:00:00; expected it after the line before; "
        "sort the file\n"
    )


def test_the_indonesian_outage(shared, config, backtest):
    path = next(Path(shared / "data/streams").glob("biznet*.csv"))
    document = from_json(backtest(str(path), "--json", "-").stdout, dict)
    assert [i["opened_at"] for i in document["incidents"]] == ["2025-07-21T15:05:00Z"]
