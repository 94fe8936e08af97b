import math
import random

import pytest

from detector.drivers import DRIVERS, drivers_of


def names(*args) -> list[str]:
    return [driver.term for driver in drivers_of(*args)]


def test_what_is_said_much_more_than_usual_comes_first() -> None:
    texts = [{"mati", "internet"}] * 10 + [{"internet"}] * 3 + [{"paket"}] * 4
    usual = {"internet": 60.0, "paket": 25.0, "mati": 1.0}
    assert names(texts, usual, 100.0) == ["mati"]


def test_the_statistic_is_that_of_monroe_et_al() -> None:
    """Equations 15, 20 and 22, written out for one term."""
    (driver,) = drivers_of([{"mati"}] * 6 + [{"x"}] * 4, {"mati": 10.0, "x": 90.0}, 100.0)
    prior, prior_total = 1.0, 10.0
    here = math.log((6 + prior) / (10 + prior_total - 6 - prior))
    there = math.log((10 + prior) / (100 + prior_total - 10 - prior))
    z = (here - there) / math.sqrt(1 / (6 + prior) + 1 / (10 + prior))
    assert driver.z == pytest.approx(z, abs=1e-4)


def test_a_pair_stands_for_its_words() -> None:
    texts = [{"internet", "mati", "internet mati"}] * 8 + [{"halo"}] * 3
    assert names(texts, {"halo": 30.0}, 100.0) == ["internet mati"]


def test_a_word_that_is_mostly_without_its_pair_stays() -> None:
    texts = [{"internet", "mati", "internet mati"}] * 4 + [{"mati"}] * 12
    assert names(texts, {}, 100.0)[0] == "mati"


def test_what_one_post_says_drives_nothing() -> None:
    assert names([{"unik"}, {"lain"}, {"beda"}], {}, 100.0) == []


def test_at_most_five_and_equal_ones_by_the_alphabet() -> None:
    texts = [{f"w{i}" for i in range(9)}] * 6
    assert names(texts, {}, 100.0) == [f"w{i}" for i in range(DRIVERS)]


def test_without_a_background_what_most_say_is_told() -> None:
    assert names([{"mati"}] * 9 + [{"x"}], {}, 0.0) == ["mati"]


@pytest.mark.parametrize("texts", [0, 1, 7, 200])
def test_any_counts_give_finite_numbers(texts: int) -> None:
    for usual in (0.0, 0.3, 5.0, 1e6):
        found = drivers_of([{"w"}] * texts, {"w": usual}, usual)
        assert all(math.isfinite(driver.z) for driver in found)


def test_posts_as_usual_have_few_drivers() -> None:
    """Words drawn as in the background: of what is tested one in forty may pass."""
    rng = random.Random(5)
    words = [f"w{i}" for i in range(40)]
    weights = [1 / (1 + i) for i in range(40)]

    def post() -> set[str]:
        return set(rng.choices(words, weights, k=6))

    posts = [post() for _ in range(400)]
    usual = {word: float(sum(word in p for p in posts)) for word in words}
    found = [len(drivers_of([post() for _ in range(30)], usual, 400.0)) for _ in range(100)]
    assert sum(found) / len(found) < 1.0
