"""`siaga why --at`: the answer is about the time that was asked, or there is none."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from agents.brand_state import from_kafka
from agents.command_line import siaga
from agents.errors import DataError
from agents.settings import load_settings
from detector.clock import MINUTE_MS, from_rfc3339, minute_of, to_rfc3339
from detector.codec import from_json, to_json
from detector.mention import Cover, pack, position
from tests.mention_logs import mention

START = from_rfc3339("2025-07-01T00:00:00Z")
HOUR_MS = 60 * MINUTE_MS


@pytest.fixture
def config(tmp_path):
    (tmp_path / "brands.yml").write_text("brands: {biznet: {name: Biznet, aliases: [biznet]}}")
    return tmp_path


@pytest.fixture
def why(config):
    def run(*args: str):
        posts = [
            {"platform": "x", "id": str(at), "created_at": at, "text": "biznet"}
            for at in (START, START + HOUR_MS, START + 5 * HOUR_MS)
        ]
        data = b"".join(to_json(post) + b"\n" for post in posts)
        words = ["why", "biznet", "--config", str(config), "--posts", "-", "--json", *args]
        return CliRunner().invoke(siaga, words, input=data)

    return run


@pytest.mark.parametrize("after_min", [0, 61, 180, 299, 300])
def test_files_answer_for_the_time_that_was_asked(why, after_min):
    at = to_rfc3339(START + after_min * MINUTE_MS)
    result = why("--at", at)
    assert result.exit_code == 0, result.stderr
    assert from_json(result.stdout, dict)["answer"]["at"] == at


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (
            "2025-06-30T23:59:00Z",
            "siaga: --at lies before the posts: got 2025-06-30T23:59:00Z; expected 2025-07-01T00:00:00Z or "
            "later, for none is older; ask about a later time\n",
        ),
        (
            "2025-07-01T05:01:00Z",
            "siaga: --at lies after the posts: got 2025-07-01T05:01:00Z; expected at most "
            "2025-07-01T05:00:59.999Z, for none is newer; ask about that, or leave out --at\n",
        ),
    ],
)
def test_a_time_outside_the_posts_has_no_answer(why, at, text):
    result = why("--at", at)
    assert (result.exit_code, result.stdout, result.stderr) == (65, "", text)


class Log:
    """A Kafka of one partition, of which only the records of `mentions` are read."""

    def __init__(self, settings, times) -> None:
        lateness_ms = int(settings.detector.allowed_lateness)
        self._records = []
        for n, at in enumerate(times):
            cover = Cover(0, 1, position(n), position(n + 1), at - lateness_ms)
            value = pack(cover, [mention("biznet", n, at, position(n))])
            self._records.append(SimpleNamespace(offset=n, timestamp=at, value=value))

    def partitions(self, _topic: str) -> int:
        return 1

    def table(self, _topic: str, _partition: int) -> dict[str, bytes]:
        return {}

    def read(self, _topic: str, _partition: int, begin: int = 0):
        yield from self._records[begin:]


def test_a_gap_in_kafka_does_not_close_the_minute_that_is_asked_about(config):
    settings = load_settings(config, {})
    log = Log(settings, (START, START + 5 * HOUR_MS))
    at = START + 2 * HOUR_MS
    shard = from_kafka(log, settings, "biznet", at).shard
    assert shard.closed_to < minute_of(at)
    (track,) = shard.tracks.values()
    assert max(track.open.minutes, default=0) <= minute_of(at)


def test_a_time_before_what_kafka_holds_has_no_answer(config):
    settings = load_settings(config, {})
    with pytest.raises(
        DataError, match=r"--at lies before the posts: got 2025-06-30T23:59:00Z; expected 2025-07"
    ):
        from_kafka(Log(settings, (START,)), settings, "biznet", START - MINUTE_MS)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00"])
def test_a_time_that_nobody_can_mean_is_a_wrong_command_line(why, at):
    result = why("--at", at)
    assert result.exit_code == 64
    assert f"time out of range: got {at}; expected 1970 to 9999; correct it" in result.stderr


def test_refused_posts_are_said(config):
    data = to_json({"platform": "x", "id": "1", "created_at": START, "text": "biznet"}) + b"\n{}\n"
    words = ["biznet", "--config", str(config), "--posts", "-"]
    result = CliRunner().invoke(siaga, ["why", *words], input=data)
    assert "2 posts of files (1 refused: `siaga send --dry-run` says why)" in result.stdout
