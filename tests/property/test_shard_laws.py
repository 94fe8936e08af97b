"""Laws of a mentions partition on hard logs: crashed, recounted by a plain reference, shuffled, repeated."""

import random

import pytest
from hypothesis import HealthCheck, settings

from detector.clock import MINUTE_MS
from detector.mention import Cover, MentionRecord, position
from detector.shard import Shard
from detector.watch import IncidentSettings
from tests.crowd_logs import QuickStore, closed_posts, crowd_log, detectors_of, put, quick_shard
from tests.mention_logs import START, Entry, Store, mention, replay

SEEDS = range(6)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def logs():
    return {seed: crowd_log(seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def undisturbed(logs):
    return {seed: replay(log, quick_shard()) for seed, log in logs.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_logs_are_worth_testing(undisturbed, seed):
    found = undisturbed[seed][1]
    assert len({r.brand for r in found.revisions}) == 3
    assert {"opened", "updated", "resolved"} <= {r.change for r in found.revisions}
    assert found.counts["late"] > 20
    assert found.counts["duplicate"] > 10


@pytest.mark.parametrize("crash", range(6))
@pytest.mark.parametrize("seed", SEEDS)
def test_a_crash_at_any_write_changes_nothing(logs, undisturbed, seed, crash):
    """The worker dies 6 times between any two writes of a checkpoint; its successor goes on from the mark."""
    rng, log = random.Random(f"{seed}/{crash}"), logs[seed]
    deaths = sorted(rng.sample(range(len(log)), 6))
    store, everything, shard, at = QuickStore(), Store(), quick_shard(), 0
    revisions, late = {}, set()
    while at < len(log):
        size = rng.choice([1, 1, 3, 12])
        for entry in log[at : at + size]:
            shard.apply(*entry)
        at += size
        found, writes = shard.take(), shard.checkpoint()
        for revision in found.revisions:
            assert revisions.setdefault((revision.id, revision.revision), revision) == revision
        late |= {(one.partition, one.offset) for one in found.late}
        order = [] if writes is None else [*writes.before, writes.header, *writes.after]
        alive = not (deaths and at > deaths[0])
        done = order if alive else order[: rng.randrange(len(order) + 1)]
        store.put(done)
        everything.put((key, value) for key, value in done if value is not None)
        if not alive:
            deaths.pop(0)
            shard = store.restored()
            at = shard.next_offset or 0
    whole, expected = undisturbed[seed]
    assert list(revisions.values()) == expected.revisions
    assert late == {(one.partition, one.offset) for one in expected.late}
    assert shard.closed_to == whole.closed_to
    assert closed_posts(everything.entries) == _counted_undisturbed(log)


def _counted_undisturbed(log: list[Entry]) -> dict[tuple[str, int], int]:
    shard, store = quick_shard(), Store()
    for entry in log:
        shard.apply(*entry)
        writes = shard.checkpoint()
        if writes is not None:
            store.put(writes.before)
    return closed_posts(store.entries)


def _ticked(events: dict[int, list[tuple[int, int]]], minutes: range) -> list[Entry]:
    """Return a log of one source whose clock is at each minute; events are (post, milliseconds in minute)."""
    log: list[Entry] = []
    end = 0
    for minute in minutes:
        posts = events.get(minute, ())
        rows = [
            mention("b", post, START + minute * MINUTE_MS + ms, position(end + i))
            for i, (post, ms) in enumerate(posts)
        ]
        cover = Cover(0, 1, position(end), position(end + len(rows)), START + minute * MINUTE_MS)
        end += len(rows)
        log.append((len(log), START + minute * MINUTE_MS, MentionRecord(cover, rows)))
    return log


def _crashed_after(log: list[Entry], cut: int, new_shard):
    """Return the revisions when the worker dies after so many records, all of its writes done."""
    store, shard, revisions = Store(), new_shard(), {}
    for entry in log[:cut]:
        shard.apply(*entry)
        revisions |= {(r.id, r.revision): r for r in shard.take().revisions}
        put(store, shard.checkpoint())
    shard = store.into(new_shard())
    for entry in log[shard.next_offset or 0 :]:
        shard.apply(*entry)
        for r in shard.take().revisions:
            assert revisions.setdefault((r.id, r.revision), r) == r
        put(store, shard.checkpoint())
    return list(revisions.values())


def test_a_burst_after_silence_is_closed_alike_with_and_without_a_crash():
    """The restored baseline ends long before the burst: the silence between must be learnt first."""

    def short_lived():
        return Shard(0, 1, detectors_of, IncidentSettings(resolve_after_min=1, update_every_min=1))

    log = _ticked({0: [(1, 1)], 101: [(100 + i, i) for i in range(20)]}, range(130))
    whole = replay(log, short_lived())[1].revisions
    assert [r.change for r in whole][:2] == ["opened", "updated"]
    for cut in range(95, 110):
        assert _crashed_after(log, cut, short_lived) == whole
