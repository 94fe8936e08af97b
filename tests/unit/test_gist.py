import random

import pytest

from detector.bucket import Bucket
from detector.gist import (
    KEPT_NEGATIVE,
    KEPT_OTHER,
    KEPT_TEXTS,
    Past,
    Texts,
    gist_of,
    pack_gist,
    unpack_gist,
)
from tests.mention_logs import START, mention


def bucket_of(mentions) -> Bucket:
    bucket = Bucket()
    for one in mentions:
        bucket.add(one)
    return bucket


def crowd(posts: int, texts: int):
    return [
        mention("a", post, START + post, post, -1 if post % 2 else 1)._replace(near=1 + post % texts)
        for post in range(1, posts + 1)
    ]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_equal_sets_of_mentions_give_equal_gists_in_any_order(seed, whole):
    mentions = crowd(300, 100)
    shuffled = random.Random(seed).sample(mentions, len(mentions))
    one, other = (gist_of(bucket_of(order), whole) for order in (mentions, shuffled))
    assert one == other


def test_a_gist_survives_the_state():
    bucket = bucket_of(crowd(30, 9))
    gist = gist_of(bucket, whole=False)
    assert unpack_gist(Past(bucket.tally, 3, 2, pack_gist(gist))) == gist


def test_what_is_kept_of_a_closed_minute_is_small_whatever_was_said_in_it():
    bucket = bucket_of(m._replace(text="ü" * 280) for m in crowd(5_000, 5_000))
    kept = gist_of(bucket, whole=False)
    assert (len(kept.negative), len(kept.other)) == (KEPT_NEGATIVE, KEPT_OTHER)
    assert len(kept.negative_texts.numbers()) == len(kept.other_texts.numbers()) == KEPT_TEXTS
    assert len(pack_gist(kept)) < 4_000


def test_texts_beyond_the_kept_ones_are_still_counted_and_the_most_copied_are_kept():
    copies = [mention("a", 9_000 + i, START, i)._replace(near=77_777) for i in range(5)]
    kept = gist_of(bucket_of([*crowd(400, 400), *copies]), whole=False)
    assert 77_777 in kept.negative_texts.numbers()
    assert len(kept.negative_texts.numbers()) + kept.negative_texts.plain == 201


@pytest.mark.parametrize("same", [{"near": 0}, {"near": 5, "text": "internet mati lagi..."}])
def test_posts_of_few_words_or_none_are_no_copies_of_each_other(same):
    gist = gist_of(bucket_of(mention("a", post, START, post)._replace(**same) for post in range(4)))
    assert gist.negative_texts == Texts(b"", 4)


def test_a_short_text_with_a_link_is_a_copy():
    same = {"near": 5, "text": "parah a.example/…"}
    gist = gist_of(bucket_of(mention("a", post, START, post)._replace(**same) for post in range(4)))
    assert (gist.negative_texts.numbers(), gist.negative_texts.plain) == ([5], 0)


def test_a_minute_of_a_version_without_gists_counts_each_text_singly():
    bucket = bucket_of(crowd(30, 9))
    gist = unpack_gist(Past(bucket.tally, 3, 2, b""))
    assert (gist.negative_texts.plain, gist.other_texts.plain) == (15, 15)
    assert gist.platforms == {}
