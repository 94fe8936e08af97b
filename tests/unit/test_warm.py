"""What history taught is there at once, whatever crashes; between history and now there is no silence."""

from __future__ import annotations

import random
from functools import cache

import pytest

from detector.checkpoint import baseline_entry
from detector.clock import MINUTE_MS, from_rfc3339
from detector.incident import Change
from detector.mention import Cover, MentionRecord, position
from detector.shard import Shard
from detector.spike import Reason
from tests.mention_logs import LATENESS_MS, START, Store, mention, new_shard

MINUTE = START // MINUTE_MS
# Ten hours of one post every twenty minutes, and some of which nothing is known before the log begins.
HISTORY, GAP = 600, 400


def entry(number: int, minutes: list[int], clock: int, brand: str = "a") -> tuple[int, int, MentionRecord]:
    """Return a record of one posts partition; minutes and clock count from START."""
    rows = [
        mention(brand, 1000 * number + i, START + m * MINUTE_MS, position(number, i), -1, 1000 * number + i)
        for i, m in enumerate(minutes)
    ]
    cover = Cover(0, 1, position(number), position(number + 1), START + clock * MINUTE_MS - LATENESS_MS)
    return number, START + number, MentionRecord(cover, rows)


@cache
def _learnt() -> dict[str, bytes]:
    """Return a changelog that holds what history taught, and no header."""
    history, store = new_shard(), Store()
    begin = -HISTORY - GAP
    for number, minute in enumerate(range(begin, -GAP, 20)):
        history.apply(*entry(number, [minute], minute))
    history.apply(*entry(number + 1, [], -GAP + LATENESS_MS // MINUTE_MS))
    track = history.tracks["a"]
    track.learn_silence(history.closed_to)
    store.put([baseline_entry(0, "a", track)])
    return store.entries


def learnt() -> Store:
    store = Store()
    store.entries = dict(_learnt())
    return store


def burst() -> list[tuple[int, int, MentionRecord]]:
    quiet = [entry(n, [n * 3], n * 3) for n in range(4)]
    loud = [entry(4 + n, [12 + n // 6] * 3, 12 + n // 6) for n in range(24)]
    return [*quiet, *loud, *(entry(28 + n, [], 20 + n) for n in range(90))]


def openings(shard: Shard) -> list[str]:
    return [r.opened_at for r in shard.take().revisions if r.change is Change.OPENED]


def run(shard: Shard, log) -> Shard:
    for one in log:
        shard.apply(*one)
    return shard


def test_a_warmed_brand_is_judged_at_once_and_a_new_one_is_not():
    assert openings(run(new_shard(), burst())) == []
    (opened,) = openings(run(learnt().restored(), burst()))
    assert 12 <= (from_rfc3339(opened) - START) / MINUTE_MS <= 15


def test_between_the_history_and_the_first_closed_minute_nothing_is_learnt():
    shard = run(learnt().restored(), burst()[:4])
    track = shard.tracks["a"]
    assert track.learnt >= MINUTE - 1
    verdict = track.detectors[0].judge(track.window(track.learnt + 1, 15))
    assert verdict.numbers["exposure_min"] == pytest.approx(HISTORY, abs=30)
    assert verdict.reason is not Reason.WARMING_UP


@pytest.mark.parametrize("seed", range(4))
def test_a_crash_between_any_two_writes_changes_nothing(seed):
    """What history taught is written before the first header; after it nothing tells of the gap."""
    rng, log = random.Random(seed), burst()
    whole = learnt().restored()
    expected = run(whole, log).take().revisions
    store, at, shard, revisions = learnt(), 0, learnt().restored(), {}
    deaths = sorted({0, 1, *rng.sample(range(len(log)), 5)})
    while at < len(log):
        shard.apply(*log[at])
        revisions |= {(r.id, r.revision): r for r in shard.take().revisions}
        writes = shard.checkpoint()
        order = [] if writes is None else [*writes.before, writes.header, *writes.after]
        dies = bool(deaths) and at >= deaths[0]
        store.put(order[: rng.randrange(len(order) + 1)] if dies else order)
        at += 1
        if dies:
            deaths.pop(0)
            shard = store.restored()
            at = shard.next_offset or 0
    assert list(revisions.values()) == expected
    assert [d.dump() for d in shard.tracks["a"].detectors] == [d.dump() for d in whole.tracks["a"].detectors]


def test_posts_that_the_history_held_already_are_counted_and_neither_judged_nor_learnt_again():
    shard, store = new_shard(), Store()
    for n, minute in enumerate(range(0, HISTORY, 20)):
        shard.apply(*entry(n, [minute], minute))
    shard.apply(*entry(n + 1, [], HISTORY))
    track = shard.tracks["a"]
    track.learn_silence(shard.closed_to)
    before = track.learnt
    store.put([baseline_entry(0, "a", track)])
    again = store.restored()
    log = [entry(n, [HISTORY - 300 + n // 4], HISTORY - 300 + n // 4) for n in range(80)]
    run(again, log)
    found = again.take()
    assert found.revisions == []
    assert found.counts["counted"] == 80
    assert again.tracks["a"].learnt == before
    run(again, [entry(80 + n, [HISTORY + 30 + n // 6] * 3, HISTORY + 30 + n // 6) for n in range(24)])
    assert len(openings(again)) == 1
