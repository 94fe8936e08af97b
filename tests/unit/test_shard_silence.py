"""A platform stops while an incident is open: the incident says so, and is not called over."""

import pytest

from detector.clock import DAY_MIN, HOUR_MIN, MINUTE_MS
from detector.mention import Cover, MentionRecord, position
from detector.post import PLATFORMS
from detector.shard import Shard
from detector.watch import IncidentSettings
from tests.crowd_logs import detectors_of, put
from tests.mention_logs import START, Entry, Store, mention

X, FACEBOOK = PLATFORMS.index("x"), PLATFORMS.index("facebook")
STOPS = DAY_MIN + 30
LAST = STOPS + 3 * HOUR_MIN


def new_shard() -> Shard:
    return Shard(0, 1, detectors_of, IncidentSettings(update_every_min=10))


def entry(minute: int, posts: list[tuple[str, int]], begin: int) -> Entry:
    rows = [
        mention(brand, 100 * minute + i, START + minute * MINUTE_MS + i, position(begin + i))._replace(
            platform=platform
        )
        for i, (brand, platform) in enumerate(posts)
    ]
    clock = START + (minute - 5) * MINUTE_MS
    cover = Cover(0, 1, position(begin), position(begin + len(rows)), clock)
    return minute, START + minute * MINUTE_MS, MentionRecord(cover, rows)


def log(others: bool = True) -> list[Entry]:
    """Brand a speaks on two platforms, b keeps the partition live; at the peak of a crisis of a, x stops."""
    found, end = [], 0
    for minute in range(LAST):
        posts: list[tuple[str, int]] = []
        if minute < STOPS:
            posts += [("a", X)] * (minute % 2 == 0) + [("a", FACEBOOK)] * (minute % 20 == 0)
        if STOPS - 5 <= minute < STOPS:
            posts += [("a", X)] * 20
        if minute % 3 == 0 and (others or minute < STOPS):
            posts.append(("b", FACEBOOK))
        found.append(entry(minute, posts, end))
        end += len(posts)
    return found


def told(shard, entries):
    found = []
    for each in entries:
        shard.apply(*each)
        found += [r for r in shard.take().revisions if r.brand == "a"]
    return found


@pytest.fixture(scope="module")
def entries():
    return log()


@pytest.fixture(scope="module")
def whole(entries):
    shard = new_shard()
    return shard, told(shard, entries)


def test_the_incident_goes_on_and_says_that_a_platform_is_silent(whole):
    shard, revisions = whole
    assert revisions[0].change == "opened"
    assert revisions[0].silent_platforms == ()
    assert revisions[-1].change == "updated"
    assert revisions[-1].silent_platforms == ("x",)
    assert [one.platform for one in shard.silent("a")] == ["x"]
    assert shard.silent("b") == shard.silent("nobody") == ()


def test_when_everybody_falls_silent_the_incident_is_over_as_usual():
    shard = new_shard()
    revisions = told(shard, log(others=False))
    assert revisions[-1].change == "resolved"
    assert shard.silent("a") == ()


@pytest.mark.parametrize("cut", [STOPS - 700, STOPS + 7, LAST - 3])
def test_a_restart_changes_nothing(entries, whole, cut):
    store, shard, revisions = Store(), new_shard(), []
    for each in entries[:cut]:
        revisions += told(shard, [each])
        put(store, shard.checkpoint())
    shard = store.into(new_shard())
    after = told(shard, entries[shard.next_offset or 0 :])
    assert {(r.id, r.revision): r for r in revisions + after} == {(r.id, r.revision): r for r in whole[1]}
    assert shard.tracks["a"].feeds == whole[0].tracks["a"].feeds
    assert shard.pulse == whole[0].pulse
    assert shard.silent("a") == whole[0].silent("a")


def test_what_is_missing_because_of_our_own_outage_is_no_silence(whole, monkeypatch):
    shard = whole[0]
    monkeypatch.setattr(type(shard.clocks), "degraded", lambda self: [3])
    assert shard.silent("a") == ()
