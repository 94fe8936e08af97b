import pytest

from detector.codec import from_msgpack, to_msgpack
from detector.usual import HALF_LIFE_MIN, Usual, is_above_usual

NOON = 29_218_500


def test_a_brand_of_which_nothing_is_known_is_taken_to_be_like_others() -> None:
    assert Usual().share == 0.25


def test_the_share_is_that_of_the_voices_once_there_are_many() -> None:
    usual = Usual()
    for minute in range(1_000):
        usual.learn(NOON + minute, 10, 6)
    assert usual.share == pytest.approx(0.6, abs=0.01)


def test_a_week_ago_counts_half() -> None:
    usual = Usual()
    usual.learn(NOON, 1_000, 1_000)
    usual.learn(NOON + HALF_LIFE_MIN, 500, 0)
    assert (usual.voices, usual.negatives) == (1_000.0, 500.0)


def test_a_restart_goes_on_with_the_same_bits() -> None:
    usual = Usual()
    for minute in range(0, 500, 7):
        usual.learn(NOON + minute, 1 + minute % 5, minute % 2)
    again = from_msgpack(to_msgpack(usual), Usual)
    for each in (usual, again):
        each.learn(NOON + 900, 3, 1)
    assert again == usual


@pytest.mark.parametrize(
    ("share", "usual", "voices", "above"),
    [
        (1.0, 0.25, 7, True),
        (0.5, 0.25, 7, False),  # four of seven: chance
        (0.35, 0.25, 30, False),
        (0.45, 0.25, 30, True),
        (0.66, 0.65, 10_000, False),  # no chance, but no difference either
        (0.71, 0.65, 10_000, True),
        (0.8, 0.8, 10, False),
        (1.0, 1.0, 100, False),
        (1.0, 0.5, 0, False),
    ],
)
def test_above_usual_is_more_than_chance_and_more_than_nothing(
    share: float, usual: float, voices: int, above: bool
) -> None:
    assert is_above_usual(share, usual, voices) is above
