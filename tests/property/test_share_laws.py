"""A share that rises is found by the whole partition, the same however often the worker dies."""

import random
from collections.abc import Sequence

import pytest

from detector.clock import MINUTE_MS
from detector.detector_settings import ShareSettings
from detector.shard import Shard
from detector.share_rise import ShareRise
from detector.spike import Detector, Signal
from tests.crowd_logs import CROWD, QUICK, Sent, detectors_of, log_of, put
from tests.mention_logs import START, Store, replay

SHARE = ShareSettings(window_min=20, min_authors=10, min_history=50)
SEEDS = range(4)


def _detectors_of(brand: str) -> Sequence[Detector]:
    return [*detectors_of(brand), ShareRise(SHARE)]


def new_shard() -> Shard:
    return Shard(0, 1, _detectors_of, QUICK)


def souring(seed: int) -> list[Sent]:
    """Two brands with as many posts as ever, of which one turns bad in the third hour; once a crowd."""
    rng = random.Random(seed)
    posts: list[Sent] = []
    for minute in range(260):
        for brand in ("fair", "sour"):
            bad = brand == "sour" and 150 <= minute < 190
            for _ in range(CROWD if (brand, minute) == ("sour", 100) else 2):
                label = -1 if rng.random() < (0.9 if bad else 0.2) else 1
                created_at = START + minute * MINUTE_MS + rng.randrange(MINUTE_MS)
                delay = rng.choice([0, 0, rng.randrange(4 * MINUTE_MS)])
                posts.append((created_at + delay, len(posts), created_at, brand, label, rng.randrange(900)))
    return sorted(posts)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_souring_brand_is_told_and_a_restart_changes_nothing(seed):
    log, rng = log_of(souring(seed), sources=2), random.Random(seed)
    whole = replay(log, new_shard())[1].revisions
    opened = [r for r in whole if r.change == "opened" and r.signal is Signal.NEGATIVE_SHARE]
    assert [r.brand for r in opened] == ["sour"]
    assert opened[0].verdict.minute - START // MINUTE_MS in range(150, 175)
    store, shard, revisions = Store(), new_shard(), {}
    deaths = sorted(rng.sample(range(len(log)), 20))
    at = 0
    while at < len(log):
        shard.apply(*log[at])
        for r in shard.take().revisions:
            assert revisions.setdefault((r.id, r.revision), r) == r
        put(store, shard.checkpoint())
        at += 1
        if deaths and at > deaths[0]:
            deaths.pop(0)
            shard = store.into(new_shard())
            at = shard.next_offset or 0
    assert list(revisions.values()) == whole
