from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.backtest.choice import choose
from agents.backtest.past import summaries
from agents.backtest.posts import replay_posts
from agents.command_line import siaga
from agents.exit_codes import ExitCode
from agents.settings import load_settings
from agents.simulation.draft import NATURAL_MIX, Voice
from agents.simulation.names import DEFAULT_BRAND, names_of
from agents.simulation.phrases import LANGUAGES, Topic, phrases
from agents.simulation.plan import KINDS, STORY_MS, Request
from agents.simulation.season import DAY_MS, HOUR_MS, season, wib_hour
from agents.simulation.simulate import Simulation
from agents.sources.line import Line
from detector.brand import BrandMatcher
from detector.clock import MINUTE_MS, from_rfc3339
from detector.codec import from_json
from detector.intake import read_record
from detector.sentiment.registry import make_scorer
from detector.severity import Severity
from detector.text import near_copy

ROOT = Path(__file__).parents[3]
START = from_rfc3339("2025-06-02T00:00:00+07:00")
VOICE = Voice(names_of(DEFAULT_BRAND), NATURAL_MIX)


def simulation(kind, seed=1, *, duration=7 * DAY_MS, disorder_ms=0, voice=VOICE, start=START, **more):
    wanted = Request(kind, start, STORY_MS if kind == "story" else duration, **more)
    return Simulation(wanted, seed, DEFAULT_BRAND.key, voice, disorder_ms)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIAGA_CONFIG", str(ROOT / "config"))
    return lambda *args: CliRunner().invoke(siaga, ["simulate", *args])


@pytest.mark.parametrize(("language", "least"), [("id", 200), ("en", 150), ("mix", 80)])
def test_there_are_so_many_sentences_and_each_names_the_brand_once(language, least):
    of_topics = phrases(language).sentences
    sentences = [text for texts in of_topics.values() for text in texts]
    assert set(of_topics) == set(Topic)
    assert len(set(sentences)) == len(sentences) >= least
    assert [text for text in sentences if text.count("{brand}") != 1] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_post_is_taken_and_is_about_the_brand(kind):
    matcher = BrandMatcher([DEFAULT_BRAND])
    ids = set()
    for line in simulation(kind, disorder_ms=2 * MINUTE_MS).lines():
        intake = read_record(line, START + 30 * DAY_MS)
        (accepted,) = intake.accepted
        assert intake.rejected == []
        assert "{" not in accepted.post.text
        assert [match.brand for match in matcher.match(accepted.post.text)] == [DEFAULT_BRAND.key]
        ids.add((accepted.post.platform, accepted.post.id))
    assert len(ids) > 1_000


def test_near_copies_are_rare_unless_wanted():
    def share(copies):
        drafts = [d for name, d in simulation("crisis", copies=copies).drafts() if name == "crisis"]
        return 1 - len({near_copy(draft.text) for draft in drafts}) / len(drafts)

    assert share(0.0) < 0.03
    assert 0.2 < share(0.4) < 0.45


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_language_alone(language):
    drafts = simulation("quiet", voice=Voice(VOICE.names, {language: 1.0}), duration=DAY_MS).drafts()
    assert {draft.language for _, draft in drafts} == {language}


def labels(kind, stream):
    """Count labels of what is meant as a complaint, and of what is not, over three seeds."""
    scorer = make_scorer("lexicon")
    ignored = (DEFAULT_BRAND.name, *DEFAULT_BRAND.aliases)
    found = {True: Counter(), False: Counter()}
    for seed in range(3):
        for name, draft in simulation(kind, seed, duration=2 * DAY_MS).drafts():
            if name == stream:
                found[draft.topic.negative][scorer.score(draft.text, ignored).label] += 1
    return {meant: {k: n / counts.total() for k, n in counts.items()} for meant, counts in found.items()}


def test_complaints_of_a_crisis_are_mostly_scored_negative():
    """Measured: 80 %. The sentences were written before they were scored, and not changed after."""
    found = labels("crisis", "crisis")
    assert found[True]["negative"] > 0.7
    assert found[False]["negative"] < 0.1


def test_a_joke_is_hardly_ever_scored_negative():
    """Measured: 2 % of what is no complaint."""
    assert labels("joke", "joke")[False].get("negative", 0.0) < 0.05


def within_chance(count, mean, deviations=4.5):
    return abs(count - mean) <= deviations * mean**0.5


@pytest.mark.parametrize("rate", [0.05, 1.0, 4.0])
def test_a_quiet_stream_has_the_rate_that_was_asked_for_and_is_poisson(rate):
    days = 7
    posts = list(simulation("quiet", 3, rate=rate, duration=days * DAY_MS).drafts())
    assert within_chance(len(posts), rate * days * 1440)
    hours = Counter((draft.at - START) // HOUR_MS for _, draft in posts)
    counts = [hours[hour] for hour in range(days * 24)]
    assert 0.6 < variance(counts) / (rate * 60) < 1.5


def variance(counts):
    mean = sum(counts) / len(counts)
    return sum((count - mean) ** 2 for count in counts) / (len(counts) - 1)


def test_over_dispersion_is_that_of_the_gamma_factor():
    posts = simulation("quiet", 5, rate=2.0, dispersion=0.25, duration=14 * DAY_MS).drafts()
    hours = Counter((draft.at - START) // HOUR_MS for _, draft in posts)
    counts = [hours[hour] for hour in range(14 * 24)]
    mean = sum(counts) / len(counts)
    assert mean == pytest.approx(120, rel=0.12)
    assert (variance(counts) - mean) / mean**2 == pytest.approx(0.25, abs=0.1)


def test_the_season_averages_to_one_over_a_week():
    week = [season(START + minute * MINUTE_MS) for minute in range(7 * 1440)]
    assert sum(week) / len(week) == pytest.approx(1, abs=0.01)
    assert wib_hour(from_rfc3339("2025-06-02T18:30:00+07:00")) == 18.5


def test_evenings_are_busy_nights_and_sundays_quiet():
    posts = [draft.at for _, draft in simulation("seasonal", rate=2.0, duration=14 * DAY_MS).drafts()]
    assert within_chance(len(posts), 2 * 14 * 1440, deviations=8)
    hours = Counter(int(wib_hour(at)) for at in posts)
    assert hours[20] > 6 * hours[3]
    days = Counter((at - START) // DAY_MS % 7 for at in posts)
    assert days[6] < 0.9 * days[1]


def test_a_crisis_has_the_share_of_complaints_and_copies_that_was_asked_for():
    told = simulation("crisis", 2, peak=20.0, negative_share=0.6, copies=0.3)
    during = [
        draft
        for name, draft in told.drafts()
        if name == "crisis" and draft.at < from_rfc3339(told.truth()["streams"][1]["mended_at"])
    ]
    negative = [draft for draft in during if draft.topic.negative]
    assert len(negative) / len(during) == pytest.approx(0.6, abs=0.04)
    assert sum(draft.copy for draft in negative) / len(negative) == pytest.approx(0.3, abs=0.04)


@pytest.mark.parametrize(("shape", "least", "most"), [("step", 0.9, 1.1), ("ramp", 0.05, 0.35)])
def test_the_onset_has_its_shape(shape, least, most):
    told = simulation("crisis", 4, peak=30.0, shape=shape)
    onset = from_rfc3339(told.truth()["streams"][1]["onset_at"])
    first = sum(name == "crisis" and draft.at < onset + 20 * MINUTE_MS for name, draft in told.drafts())
    assert least < first / (20 * 30) < most


def test_a_dusk_outage_begins_at_dusk():
    onset = from_rfc3339(simulation("crisis", shape="dusk").truth()["streams"][1]["onset_at"])
    assert wib_hour(onset) == pytest.approx(18 + 10 / 60)


def test_one_furious_author():
    posts = [draft for name, draft in simulation("author").drafts() if name == "author"]
    assert len(posts) > 20
    assert len({(draft.person.platform, draft.person.author.id) for draft in posts}) == 1
    assert all(draft.topic.negative for draft in posts)


@pytest.mark.parametrize("offset", [0, 5 * HOUR_MS, 17 * HOUR_MS + 123_456])
def test_a_story_has_two_quiet_weeks_then_the_joke_then_the_outage(offset):
    start = START + offset
    truth = simulation("story", start=start).truth()
    _, joke, crisis, author = truth["streams"]
    assert [s["name"] for s in truth["streams"]] == ["background", "joke", "crisis", "author"]
    joke_at, crisis_at, author_at = (from_rfc3339(s["onset_at"]) for s in (joke, crisis, author))
    assert joke_at >= start + 13 * DAY_MS
    assert crisis_at - joke_at >= 30 * HOUR_MS
    assert crisis_at < author_at < from_rfc3339(crisis["mended_at"])
    assert from_rfc3339(crisis["end_at"]) <= start + STORY_MS


def test_the_outage_of_a_story_is_caught_within_minutes_and_the_joke_opens_as_info():
    config = load_settings(str(ROOT / "config"), {"SIAGA_PSEUDONYM_KEY": "0123456789abcdef"})
    told = simulation("story", 2)
    lines = (Line(number, data) for number, data in enumerate(told.lines(), 1))
    (past,) = replay_posts(lines, [choose("default", config)], START + 30 * DAY_MS)
    joke, outage = summaries(past.revisions)
    first = next(revision for revision in past.revisions if revision.id == joke.id)
    onset = from_rfc3339(told.truth()["streams"][2]["onset_at"])
    assert first.severity is Severity.INFO
    assert outage.severity is not Severity.INFO
    assert 0 < from_rfc3339(outage.opened_at) - onset <= 10 * MINUTE_MS
    assert past.counts["counted"] == past.counts["read"] == told.truth()["posts"]


def test_without_disorder_posts_come_in_time_order():
    times = [from_rfc3339(post.created_at) for post in simulation("story").posts()]
    assert all(a <= b for a, b in pairwise(times))


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from([kind for kind in KINDS if kind != "story"]),
    seed=st.integers(0, 2**63),
    disorder_ms=st.integers(0, 10 * MINUTE_MS),
    start=st.integers(START, START + 400 * DAY_MS),
)
def test_disorder_is_bounded_loses_nothing_and_leaves_the_posts_alone(kind, seed, disorder_ms, start):
    def made(disorder):
        told = simulation(kind, seed, start=start, duration=2 * DAY_MS, rate=0.05, disorder_ms=disorder)
        return list(told.posts())

    shuffled = made(disorder_ms)
    newest = 0
    for post in shuffled:
        at = from_rfc3339(post.created_at)
        assert start // 1000 * 1000 <= at < start + 2 * DAY_MS
        assert newest - at <= disorder_ms + 1000
        newest = max(newest, at)
    assert sorted(shuffled, key=lambda post: int(post.id.split("-")[1])) == made(0)


def test_same_seed_same_bytes_in_any_process(run):
    args = ["simulate", "--kind", "crisis", "--duration", "1d", "--seed", "9"]
    code = f"import sys; from agents.command_line import main; sys.argv = {['siaga', *args]!r}; main()"
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1] == run(*args[1:]).stdout_bytes
    assert outputs[0] != run(*args[1:-1], "10").stdout_bytes


def test_ids_of_different_streams_differ():
    def ids(seed, kind, start=START):
        return {post.id for post in simulation(kind, seed, duration=DAY_MS, start=start).posts()}

    assert not ids(1, "quiet") & ids(2, "quiet")
    assert not ids(1, "quiet") & ids(1, "joke")
    assert not ids(1, "quiet") & ids(1, "quiet", START + DAY_MS)


def test_the_truth_tells_what_was_put_in(run, tmp_path):
    result = run("--kind", "joke", "--duration", "1d", "--out", "posts.jsonl", "--truth", "truth.json")
    assert (result.exit_code, result.output) == (0, "")
    truth = from_json((tmp_path / "truth.json").read_bytes(), dict)
    lines = (tmp_path / "posts.jsonl").read_bytes().splitlines()
    background, joke = truth["streams"]
    assert truth["posts"] == len(lines) == background["counts"]["posts"] + joke["counts"]["posts"]
    assert (truth["kind"], truth["seed"], truth["brand"]) == ("joke", 1, "kunang-fiber")
    assert joke["onset_at"] == "2025-06-02T03:30:00Z"


def test_another_brand_is_written_as_its_aliases(run):
    result = run("--kind", "quiet", "--duration", "6h", "--brand", "camar-air")
    assert result.exit_code == 0
    texts = [from_json(line, dict)["text"].lower() for line in result.stdout.splitlines()]
    assert all("camar air" in text or "camarair" in text for text in texts)


def test_only_a_named_brand_needs_the_configuration(run, monkeypatch):
    monkeypatch.setenv("SIAGA_CONFIG", "nowhere")
    assert run("--kind", "quiet", "--duration", "1h").exit_code == ExitCode.OK
    assert run("--kind", "quiet", "--duration", "1h", "--brand", "kunang-fiber").exit_code == ExitCode.CONFIG


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--kind", "quiet", "--rate", "nan"], "nan is no number"),
        (["--kind", "quiet", "--dispersion", "nan"], "nan is no number"),
        (["--kind", "story", "--duration", "1d"], "duration too short for story: got 1d; expected at least"),
        (["--kind", "crisis", "--duration", "1h"], "duration too short for crisis: got 1h; expected"),
        (["--start", "2025-06-02"], "time zone missing: got 2025-06-02T00:00:00"),
        (["--start", "1990-01-01T00:00:00Z"], "time out of range: got 631152000000"),
        (["--duration", "14"], "not a duration: got '14'"),
        (["--brand", "nobody"], "unknown brand: got 'nobody'; expected one of kunang-fiber, camar-air"),
        (["--copies", "2"], "2.0 is not in the range"),
    ],
)
def test_usage_errors_say_what_is_expected(run, args, told):
    result = run(*args)
    assert result.exit_code == ExitCode.USAGE
    assert told in result.stderr
    assert result.stdout == ""
