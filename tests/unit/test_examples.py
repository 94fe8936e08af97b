import random

from detector.clock import MINUTE_MS
from detector.evidence import Example
from detector.examples import EXAMPLES, examples_of
from detector.gist import Sample
from tests.mention_logs import START

END = START + 15 * MINUTE_MS


def sample(post: int, minute: float = 0, platform: int = 1, polarity: int = -5_000, text: str = "") -> Sample:
    at = START + round(minute * MINUTE_MS)
    return Sample(post, at, platform, polarity, post, "a", text or f"word{post} other{post} third{post}")


def shown(negative: list[Sample], other: list[Sample] | None = None) -> tuple[Example, ...]:
    return examples_of(negative, other or [], START, END)


def test_at_most_five_in_order_of_time_and_the_same_in_any_order() -> None:
    samples = [sample(post, minute=post % 15, platform=post % 3) for post in range(40)]
    examples = shown(samples)
    assert len(examples) == EXAMPLES
    assert [e.created_at for e in examples] == sorted(e.created_at for e in examples)
    for seed in range(5):
        assert shown(random.Random(seed).sample(samples, len(samples))) == examples


def test_they_are_spread_over_the_window() -> None:
    early = [sample(post, minute=1, polarity=-9_000) for post in range(10)]
    late = [sample(20 + post, minute=4 + 3 * post, polarity=-1_000) for post in range(3)]
    minutes = {example.created_at[14:16] for example in shown(early + late)}
    assert len(minutes) == 4


def test_they_are_spread_over_platforms() -> None:
    many = [sample(post, polarity=-9_000) for post in range(9)]
    assert "facebook" in {
        example.platform for example in shown([*many, sample(50, platform=2, polarity=-100)])
    }


def test_near_copies_are_shown_once() -> None:
    same = [Sample(post, START, 1, -1, 7, "a", f"t{post}") for post in range(4)]
    assert len(shown(same)) == 1


def test_posts_that_share_most_of_their_words_say_the_same() -> None:
    texts = [
        "internet mati lagi di Depok sejak pagi",
        "internet mati lagi di Bogor sejak pagi",
        "tagihan salah",
    ]
    assert len(shown([sample(post, text=text) for post, text in enumerate(texts)])) == 2


def test_others_are_shown_when_there_are_few_negative_ones() -> None:
    assert [e.polarity for e in shown([sample(1, minute=3)], [sample(2, minute=2, polarity=3_000)])] == [
        0.3,
        -0.5,
    ]
