"""History through the shipped settings, up to what the service restores; Kafka is in tests/integration."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.assembly import detectors_of
from agents.command_line import siaga
from agents.settings import load_settings
from agents.sources.line import Line
from agents.warm import History, Home, entry_of
from detector.clock import MINUTE_MS, from_rfc3339, minute_of
from detector.codec import to_json
from detector.shard import Shard
from detector.state import read_state
from detector.why import Because, feed_of, why

ROOT = Path(__file__).parents[3]
START = from_rfc3339("2025-07-01T00:00:00Z")
BRAND = "kunang-fiber"


@pytest.fixture(scope="module")
def settings():
    return load_settings(ROOT / "config", {})


def lines(hours: int = 30) -> list[Line]:
    """One post about the brand every ten minutes."""
    times = range(START, START + hours * 60 * MINUTE_MS, 10 * MINUTE_MS)
    return [
        Line(
            n,
            to_json(
                {
                    "platform": "x",
                    "id": str(n),
                    "created_at": at,
                    "text": "kunang fiber",
                    "author": {"id": str(n)},
                }
            ),
        )
        for n, at in enumerate(times)
    ]


def test_what_history_taught_is_restored_and_answers(settings):
    history = History(settings, None)
    history.read_posts(lines(), START + 90 * 1_440 * MINUTE_MS)
    warmed, track = history.learnt(BRAND, Home(0, None, False), None)
    assert (warmed.status, warmed.unwatched_min, history.left) == ("warmed", 0, 0)
    assert warmed.posts > 150
    _, key, value = entry_of(Home(0, None, False), BRAND, track)
    shard = Shard(0, 1, detectors_of(settings), settings.incident_settings)
    shard.restore(read_state(0, 1, {key: value}))
    restored = shard.tracks[BRAND]
    assert shard.forgotten == []
    assert restored.feeds == {}
    answer = why(
        BRAND, restored, restored.learnt + 1, restored.learnt, settings.incident_settings,
        feed_of(shard.clocks, 0, None),
    )  # fmt: skip
    assert answer.because is Because.NO_SPIKE
    assert {look.signal for look in answer.looks} == {"negative_count", "total_count", "negative_share"}


def test_what_the_service_has_yet_to_read_is_left_to_it(settings):
    closed_to = minute_of(START) + 20 * 60
    history = History(settings, closed_to)
    history.read_posts(lines(), START + 90 * 1_440 * MINUTE_MS)
    assert history.left == 59
    home = Home(0, closed_to + 300, False)
    warmed, track = history.learnt(BRAND, home, None)
    assert (warmed.unwatched_min, track.learnt) == (300, closed_to + 300)


def test_a_brand_that_is_not_in_the_history(settings):
    history = History(settings, None)
    history.read_posts(lines(1), START + 90 * 1_440 * MINUTE_MS)
    warmed, track = history.learnt("camar-air", Home(0, None, False), None)
    assert (warmed.status, track) == ("no posts", None)


def test_a_dry_run_over_files_needs_no_kafka(tmp_path):
    (tmp_path / "brands.yml").write_text("brands: {kunang-fiber: {name: Kunang, aliases: [kunang fiber]}}")
    (tmp_path / "service.yml").write_text("kafka: {brokers: ['127.0.0.1:1']}")
    words = ["warm", "-", "--config", str(tmp_path), "--wait", "100ms"]
    data = b"\n".join([*(line.data for line in lines()), b"{}"])
    result = CliRunner().invoke(siaga, [*words, "--dry-run"], input=data)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("kunang-fiber: would learn: 1")
    assert result.stderr.startswith("as if no brand had a baseline, for Kafka cannot be asked: ")
    assert result.stderr.splitlines()[1:] == [
        "1 posts were refused; `siaga send --dry-run` with these files says why"
    ]
    assert CliRunner().invoke(siaga, words, input=data).exit_code == 69
