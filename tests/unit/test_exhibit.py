import random

import pytest

from detector.bucket import Bucket
from detector.clock import MINUTE_MS
from detector.exhibit import evidence_of
from detector.gist import Past, gist_of, pack_gist, unpack_gist
from detector.usual import Usual
from tests.mention_logs import START, mention

MINUTE = START // MINUTE_MS


def crowd(count: int = 80):
    rng = random.Random(count)
    return [
        mention("a", post, START + rng.randrange(2 * MINUTE_MS), post, rng.choice([-1, 0, 1]), post % 9)
        for post in range(1, count)
    ]


def shown(mentions, authors=9, negative_authors=9, closed=False, minute=MINUTE + 1, length=15):
    buckets: dict[int, Bucket] = {}
    for one in mentions:
        buckets.setdefault(one.created_at // MINUTE_MS, Bucket()).add(one)
    gists = {at: (bucket.tally, gist_of(bucket)) for at, bucket in buckets.items()}
    if closed:
        for at, bucket in buckets.items():
            packed = pack_gist(gist_of(bucket, whole=False))
            gists[at] = (bucket.tally, unpack_gist(Past(bucket.tally, 0, 0, packed)))
    return evidence_of(gists, minute, length, authors, negative_authors, usual=Usual())


@pytest.mark.parametrize("seed", range(5))
def test_equal_sets_of_mentions_give_equal_evidence_in_any_order(seed):
    mentions = crowd()
    assert shown(random.Random(seed).sample(mentions, len(mentions))) == shown(mentions)


def test_evidence_of_nothing():
    evidence = shown([], 0, 0)
    assert (evidence.posts, evidence.mean_polarity, evidence.coverage) == (0, 0.0, 0.0)
    assert (evidence.origins, evidence.amplified_share, evidence.negative_voices_share) == (0, 0.0, 0.0)


@pytest.mark.parametrize("closed", [False, True])
def test_sums_are_those_of_the_mentions_open_or_closed(closed):
    mentions = crowd()
    evidence = shown(mentions, closed=closed)
    assert evidence.posts == len(mentions)
    assert evidence.negatives == sum(m.label < 0 for m in mentions)
    assert evidence.positives == sum(m.label > 0 for m in mentions)
    assert evidence.reach == sum(m.reach for m in mentions)
    assert sum(evidence.platforms.values()) == sum(evidence.languages.values()) == len(mentions)
    assert evidence.usual_negative_share == 0.25


def test_minutes_outside_of_the_window_are_not_in_its_evidence():
    mentions = [mention("a", 1 + i, START + i * MINUTE_MS, i) for i in range(30)]
    evidence = shown(mentions, minute=MINUTE + 19, length=15)
    assert evidence.posts == 15
    assert (evidence.from_at, evidence.to_at) == ("2025-02-19T21:25:00Z", "2025-02-19T21:40:00Z")


def test_near_copies_are_no_origins_and_posts_without_letters_are_no_copies():
    posts = []
    for post in range(4):
        posts.append(mention("a", post, START, post)._replace(near=5))
        posts.append(mention("a", 10 + post, START, 10 + post)._replace(near=0))
    evidence = shown(posts, authors=8, negative_authors=8)
    assert evidence.near_copies == 3
    assert (evidence.origins, evidence.negative_origins) == (5, 5)
    assert evidence.amplified_share == 0.375


@pytest.mark.parametrize("closed", [False, True])
def test_copies_are_recognised_across_minutes(closed):
    posts = [mention("a", 1 + i, START - i * MINUTE_MS, i)._replace(near=5) for i in range(10)]
    evidence = shown(posts, authors=10, negative_authors=10, closed=closed)
    assert (evidence.near_copies, evidence.negative_origins, evidence.amplified_share) == (9, 1, 0.9)


def test_one_author_is_one_origin_however_much_they_write():
    posts = [mention("a", 1 + i, START + i, i, author=7)._replace(near=100 + i) for i in range(20)]
    evidence = shown(posts, authors=1, negative_authors=1)
    assert (evidence.near_copies, evidence.origins, evidence.amplified_share) == (0, 1, 0.95)


def test_a_text_that_is_negative_here_and_neutral_there_is_one_text():
    posts = [mention("a", 1 + i, START + i, i, label=-(i % 2))._replace(near=5) for i in range(6)]
    evidence = shown(posts, authors=6, negative_authors=3)
    assert (evidence.near_copies, evidence.origins, evidence.negative_origins) == (5, 1, 1)
