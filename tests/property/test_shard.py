"""Laws of a mentions partition: findings depend on the log alone, however it is cut or restored."""

import random

import pytest

from detector.checkpoint import Writes
from detector.incident_record import Incident
from tests.mention_logs import Store, crisis_log, new_shard, replay


def newest(revisions: list[Incident]) -> dict[tuple[str, int], Incident]:
    """Return what a reader of the topic knows: repeats of a revision must be equal."""
    known: dict[tuple[str, int], Incident] = {}
    for revision in revisions:
        key = (revision.id, revision.revision)
        assert known.setdefault(key, revision) == revision
    return known


@pytest.fixture(scope="module")
def log():
    return crisis_log(seed=1)


@pytest.fixture(scope="module")
def undisturbed(log):
    return replay(log)[1]


def test_the_log_is_worth_testing(undisturbed):
    assert {"opened"} <= {r.change for r in undisturbed.revisions}
    assert undisturbed.counts["late"] > 20
    assert undisturbed.counts["duplicate"] > 10


@pytest.mark.parametrize("seed", range(20))
def test_any_cutting_into_batches_gives_the_same_incidents(log, undisturbed, seed):
    rng, shard, store = random.Random(seed), new_shard(), Store()
    revisions, late, at = [], [], 0
    while at < len(log):
        size = rng.choice([1, 1, 2, 7, 60, 300])
        for entry in log[at : at + size]:
            shard.apply(*entry)
        found = shard.take()
        revisions += found.revisions
        late += found.late
        at += size
        writes = shard.checkpoint()
        if writes is not None:
            store.put([*writes.before, writes.header, *writes.after])
    assert revisions == undisturbed.revisions
    assert late == undisturbed.late


@pytest.mark.parametrize("seed", range(20))
def test_a_crash_at_any_write_changes_nothing(log, undisturbed, seed):
    """The worker dies between any two writes, 12 times; the successor begins at the committed mark."""
    rng = random.Random(seed)
    deaths = sorted(rng.sample(range(len(log)), 12))
    store, shard = Store(), new_shard()
    revisions, late, at = [], [], 0
    while at < len(log):
        size = rng.choice([1, 5, 40])
        for entry in log[at : at + size]:
            shard.apply(*entry)
        at += size
        found = shard.take()
        revisions += found.revisions
        late += found.late
        writes = shard.checkpoint()
        if deaths and at > deaths[0]:
            deaths.pop(0)
            if writes is not None:
                _write_some(rng, store, writes)
            shard = store.restored()
            at = shard.next_offset or 0
        elif writes is not None:
            store.put([*writes.before, writes.header, *writes.after])
    assert newest(revisions) == newest(undisturbed.revisions)
    assert set(late) == set(undisturbed.late)


def _write_some(rng: random.Random, store: Store, writes: Writes) -> None:
    everything = [*writes.before, writes.header, *writes.after]
    store.put(everything[: rng.randrange(len(everything) + 1)])


def test_state_stays_small(log):
    shard, store = new_shard(), Store()
    for entry in log:
        shard.apply(*entry)
        writes = shard.checkpoint()
        if writes is not None:
            store.put([*writes.before, writes.header, *writes.after])
    minutes = [key for key in store.entries if "/minute/" in key]
    assert len(minutes) < 160  # an hour until the baseline is written, an hour of spreading, one window
