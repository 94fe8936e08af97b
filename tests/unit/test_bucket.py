import random

import pytest

from detector.bucket import EXAMPLES, Bucket, OpenBuckets, evidence_of
from detector.clock import MINUTE_MS
from tests.mention_logs import START, mention

MINUTE = START // MINUTE_MS


def crowd(count: int = 80):
    rng = random.Random(count)
    return [
        mention("a", post, START + rng.randrange(2 * MINUTE_MS), post, rng.choice([-1, 0, 1]), post % 9)
        for post in range(1, count)
    ]


def test_a_post_is_counted_once_in_all_open_minutes():
    buckets = OpenBuckets()
    assert buckets.add(mention("a", 7, START, 0)) is True
    assert buckets.add(mention("a", 7, START + 1, 1)) is None
    assert buckets.add(mention("a", 7, START + MINUTE_MS, 2)) is None
    assert buckets.add(mention("a", 8, START, 3)) is False
    assert {m: b.tally.posts for m, b in buckets.minutes.items()} == {MINUTE: 2}


def test_a_closed_minute_forgets_its_posts_and_no_others():
    buckets = OpenBuckets()
    buckets.add(mention("a", 7, START, 0))
    buckets.add(mention("a", 8, START + MINUTE_MS, 1))
    assert buckets.close(MINUTE).posts == 1
    assert buckets.close(MINUTE) is None
    assert buckets.add(mention("a", 8, START + MINUTE_MS, 2)) is None
    assert buckets.add(mention("a", 7, START + MINUTE_MS, 3)) is False


@pytest.mark.parametrize("seed", range(5))
def test_equal_sets_of_mentions_give_equal_evidence_in_any_order(seed):
    mentions = crowd()
    shuffled = random.Random(seed).sample(mentions, len(mentions))
    shown = []
    for order in (mentions, shuffled):
        buckets = OpenBuckets()
        for one in order:
            buckets.add(one)
        shown.append(evidence_of([buckets.minutes[m] for m in sorted(buckets.minutes)], 9))
    assert shown[0] == shown[1]
    assert len(shown[0].examples) == EXAMPLES


def test_evidence_of_nothing():
    shown = evidence_of([], 0)
    assert (shown.posts, shown.mean_polarity, shown.coverage, shown.examples) == (0, 0.0, 0.0, ())


def test_sums_are_those_of_the_mentions():
    mentions = crowd()
    bucket = Bucket()
    for one in mentions:
        bucket.add(one)
    shown = evidence_of([bucket], 9)
    assert shown.posts == len(mentions)
    assert shown.negatives == sum(m.label < 0 for m in mentions)
    assert shown.positives == sum(m.label > 0 for m in mentions)
    assert shown.reach == sum(m.reach for m in mentions)
    assert sum(shown.platforms.values()) == sum(shown.languages.values()) == len(mentions)


def test_near_copies_are_shown_once_and_posts_without_letters_are_none():
    bucket = Bucket()
    for post in range(4):
        bucket.add(mention("a", post, START, post)._replace(near=5))
        bucket.add(mention("a", 10 + post, START, 10 + post)._replace(near=0))
    shown = evidence_of([bucket], 1)
    assert shown.near_copies == 3
    assert len(shown.examples) == 5


def test_examples_show_the_worst_first_and_spread_over_platforms():
    bucket = Bucket()
    for post in range(9):
        bucket.add(mention("a", post, START, post)._replace(platform=1, near=100 + post, polarity=-9_000))
    bucket.add(mention("a", 50, START, 50)._replace(platform=2, near=500, polarity=-100))
    assert "facebook" in {example.platform for example in evidence_of([bucket], 1).examples}
