import random
from collections import Counter

import pytest

from detector.bucket import SAMPLES, SHORT_TEXT, Bucket, OpenBuckets, Tally
from detector.clock import MINUTE_MS
from detector.gist import gist_of
from tests.mention_logs import START, mention

MINUTE = START // MINUTE_MS


def add(buckets, one):
    return buckets.add(one, one.created_at // MINUTE_MS)


def test_a_post_is_counted_once_in_all_open_minutes():
    buckets = OpenBuckets()
    assert add(buckets, mention("a", 7, START, 0)) is True
    assert add(buckets, mention("a", 7, START + 1, 1)) is None
    assert add(buckets, mention("a", 7, START + MINUTE_MS, 2)) is None
    assert add(buckets, mention("a", 8, START, 3)) is False
    assert {m: b.tally.posts for m, b in buckets.minutes.items()} == {MINUTE: 2}


def test_a_closed_minute_forgets_its_posts_and_no_others():
    buckets = OpenBuckets()
    add(buckets, mention("a", 7, START, 0))
    add(buckets, mention("a", 8, START + MINUTE_MS, 1))
    assert buckets.close(MINUTE).tally.posts == 1
    assert buckets.close(MINUTE) is None
    assert add(buckets, mention("a", 8, START + MINUTE_MS, 2)) is None
    assert add(buckets, mention("a", 7, START + MINUTE_MS, 3)) is False


def test_samples_are_those_with_the_least_hashes_in_any_order():
    mentions = [mention("a", post, START, post) for post in range(1, 60)]
    for seed in range(5):
        bucket = Bucket()
        for one in random.Random(seed).sample(mentions, len(mentions)):
            bucket.add(one)
        assert [m.post for m in bucket.samples(negative=True)] == list(range(1, SAMPLES + 1))
        assert bucket.samples(negative=False) == []


@pytest.mark.parametrize("seed", range(4))
def test_sums_are_the_same_however_often_they_are_asked_for(seed):
    rng = random.Random(seed)
    mentions = [mention("a", post, START, post, label=rng.choice([-1, 0, 1])) for post in range(1, 90)]
    mentions = [one._replace(coverage=rng.choice([0, 50]), near=rng.randrange(9)) for one in mentions]
    waited, asked = Bucket(), Bucket()
    for one in mentions:
        waited.add(one)
        asked.add(one)
        assert asked.tally.posts == one.post
    assert gist_of(waited) == gist_of(asked)
    assert (
        waited.tally
        == asked.tally
        == Tally(
            posts=len(mentions),
            negatives=sum(one.label < 0 for one in mentions),
            positives=sum(one.label > 0 for one in mentions),
            polarity=sum(one.polarity for one in mentions),
            covered=sum(one.coverage > 0 for one in mentions),
            reach=sum(one.reach for one in mentions),
        )
    )
    long = [one for one in mentions if one.near and len(one.text) > SHORT_TEXT]
    for negative in (True, False):
        assert waited.texts(negative) == Counter(one.near for one in long if (one.label < 0) is negative)
    assert waited.platforms == Counter(one.platform for one in mentions)
