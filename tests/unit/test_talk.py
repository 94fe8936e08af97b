import random

from detector.gist import Sample
from detector.talk import Talk

NOON = 29_218_500


def sample(post: int, text: str, near: int = 0) -> Sample:
    return Sample(post, 0, 1, -5_000, near, "Kopi Senja", text)


def usual_talk() -> Talk:
    talk = Talk("kopi-senja")
    for hour in range(80):
        if talk.is_due(NOON + 60 * hour):
            talk.learn(NOON + 60 * hour, [sample(hour, "kopi senja antri sebentar, enak")])
    return talk


def test_what_stands_out_is_told_and_what_is_usual_is_not() -> None:
    complaints = [sample(i, f"kopi senja keracunan massal di cabang {'abcdefghij'[i] * 3}") for i in range(8)]
    assert usual_talk().drivers([*complaints, *(sample(50 + i, "antri, enak") for i in range(4))]) == (
        "keracunan massal",
        "cabang",
    )


def test_copies_of_one_text_count_once() -> None:
    copies = [sample(i, "promo palsu kopi senja", near=7) for i in range(20)]
    others = [sample(100 + i, f"hari {word} biasa") for i, word in enumerate(("cerah", "hujan", "mendung"))]
    assert "promo palsu" not in usual_talk().drivers([*copies, *others])


def test_the_order_of_posts_does_not_matter() -> None:
    samples = [sample(i, f"keracunan massal {'abc'[i % 3] * 4} parah", near=i % 5) for i in range(20)]
    talk = usual_talk()
    shuffled = random.Random(1).sample(samples, len(samples))
    assert talk.drivers(shuffled) == talk.drivers(samples)
    one, other = usual_talk(), usual_talk()
    one.learn(NOON + 9_000, samples)
    other.learn(NOON + 9_000, shuffled)
    assert one.background == other.background


def test_it_goes_on_after_a_restart() -> None:
    talk, again = usual_talk(), Talk("kopi-senja")
    again.restore(talk.background)
    assert [again.is_due(NOON + m) for m in range(5_000)] == [talk.is_due(NOON + m) for m in range(5_000)]


def test_of_a_brand_without_a_background_what_most_say_is_told() -> None:
    assert Talk("kopi-senja").drivers([sample(i, "keracunan massal") for i in range(9)]) == (
        "keracunan massal",
    )
