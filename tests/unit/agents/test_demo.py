"""The demonstration without its broker: how posts are cut, what is drawn, and what counts as a failure."""

from collections import deque
from itertools import pairwise

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from agents.command_line import siaga
from agents.demo.gauge import Point
from agents.demo.inbox import Delivered
from agents.demo.scene import Scene, Sent
from agents.demo.script import Event, Script, own, story
from agents.demo.summary import Account, delay_ms, faults
from agents.demo.view import chart
from agents.demo.words import ENGLISH, INDONESIAN
from agents.errors import DataError
from detector.clock import MINUTE_MS, from_rfc3339, to_rfc3339
from detector.codec import from_json
from detector.incident_record import Change
from detector.severity import Severity
from tests.unit.alert_examples import incident

NOW = from_rfc3339("2026-03-01T09:00:00Z")
CRISIS = Event("crisis", NOW - 300 * MINUTE_MS, NOW)
JOKE = Event("joke", NOW - 2_000 * MINUTE_MS, NOW - 1_700 * MINUTE_MS)
WHOLE = Account(10, 2, 1, 7, 6, 1, 0)


@pytest.fixture(scope="module")
def told():
    return story(seed=3, now=NOW)


def test_a_story_sends_each_post_once_and_in_order_up_to_now(told):
    posts = [from_json(line, dict) for step in told.steps for line in step.posts]
    times = [from_rfc3339(post["created_at"]) for post in posts]
    assert len(posts) == told.posts == len({post["id"] for post in posts})
    assert times == sorted(times)
    assert told.steps[-1].until == NOW >= times[-1]


def test_steps_are_short_only_where_something_happens(told):
    ends = [step.until for step in told.steps]
    lengths = [(b - a) / MINUTE_MS for a, b in pairwise(ends)]
    during = [n for n, end in zip(lengths, ends, strict=False) if told.events["crisis"].holds(end)]
    assert max(during) == 2
    assert max(lengths) == 240
    assert {step.scene for step in told.steps} == {"quiet", "joke", "crisis"}


def test_own_posts_are_sorted_and_what_is_broken_is_sent_too(tmp_path):
    file = tmp_path / "posts.jsonl"
    lines = [
        f'{{"platform":"x","id":"{n}","created_at":"2026-02-28T10:{n:02}:00Z","text":"kunang {n}"}}'
        for n in range(20)
    ]
    file.write_text("\n".join([*reversed(lines), '{"platform":"x"}']))
    script = own(file, NOW)
    sent = [line.decode() for step in script.steps for line in step.posts]
    assert sorted(sent) == sorted([*lines, '{"platform":"x"}'])
    assert [line for line in sent if line in lines] == lines
    assert script.posts == 21


@pytest.mark.parametrize(
    ("text", "said"), [("timestamp,value\n2026-01-01,3\n", "got counts"), ('{"a":1}\n', "no post")]
)
def test_a_file_without_posts_is_refused(tmp_path, text, said):
    file = tmp_path / "posts"
    file.write_text(text)
    with pytest.raises(DataError, match=said):
        own(file, NOW)


def test_a_folder_that_is_not_there_is_said_before_anything_starts(tmp_path):
    done = CliRunner().invoke(siaga, ["demo", "--html", str(tmp_path / "none" / "page.html")])
    assert done.exit_code == 64
    assert "no folder for the picture" in done.output


def opened(at, change=Change.OPENED, severity=Severity.WARNING):
    return replace(incident(), opened_at=to_rfc3339(at), change=change, severity=severity, revision=1)


def scene(*alerts, events=(CRISIS, JOKE)):
    script = Script([], {event.name: event for event in events}, 10)
    delivered = [Delivered(alert, 1.0) for alert in alerts]
    return Scene(script, sent_posts=10, delivered=delivered, revisions=list(alerts))


OUTAGE = opened(CRISIS.onset + 6 * MINUTE_MS)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (scene(OUTAGE), []),
        (scene(OUTAGE, replace(OUTAGE, change=Change.ESCALATED)), []),
        (scene(), [("no_alert", 0)]),
        (scene(OUTAGE, OUTAGE), [("twice", 2)]),
        (scene(opened(JOKE.onset), OUTAGE), [("joke", 0)]),
        (scene(events=()), []),
    ],
)
def test_a_story_fails_when_people_are_called_wrongly(seen, expected):
    assert faults(seen, WHOLE) == expected
    assert all(key in words.bad for key, _ in expected for words in (ENGLISH, INDONESIAN))


@pytest.mark.parametrize("broken", [replace(WHOLE, received=9), replace(WHOLE, counted=5)])
def test_a_post_that_is_not_accounted_for_is_a_failure(broken):
    assert ("counts", 1) in faults(scene(OUTAGE), broken)


def test_delay_and_latency():
    seen = scene(OUTAGE)
    seen.sent += [Sent(CRISIS.onset, 0.25), Sent(CRISIS.onset + 8 * MINUTE_MS, 0.75), Sent(NOW, 3.0)]
    assert delay_ms(seen) == 6 * MINUTE_MS
    assert seen.latency_s(seen.delivered[0]) == 0.25


def test_a_chart_is_as_wide_as_asked_and_coloured_by_severity():
    points = deque([Point(0, 2, 1.0, 8, 0.1), Point(1, 40, 1.0, 8, -0.5, Severity.CRITICAL)])
    lines = chart(points, 20)
    assert {len(line.plain) for line in lines} == {26}
    assert lines[0].plain.rstrip().endswith("█")
    assert any("red" in str(span.style) for span in lines[0].spans)
    assert "┈" in "".join(line.plain for line in lines)
