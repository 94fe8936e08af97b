import random

import pytest

from detector.heard import Heard


@pytest.mark.parametrize("seed", range(8))
def test_counts_are_those_of_a_plain_recount(seed: int) -> None:
    rng = random.Random(seed)
    heard, said = Heard(length=30), []
    minute = 1_000
    for _ in range(400):
        minute += rng.choice([1, 1, 1, 2, 7, 45])
        authors = {rng.randrange(12) for _ in range(rng.choice([0, 0, 1, 4]))}
        plain = rng.choice([0, 0, 2])
        before = _recount(said, minute)
        came = heard.add(minute, authors, plain)
        said.append((minute, authors, plain))
        assert heard.count(minute) == _recount(said, minute)
        assert came == _recount(said, minute) - before
    assert heard.count(minute + 29) >= len(said[-1][1]) + said[-1][2]
    assert heard.count(minute + 30) == 0


def _recount(said, minute: int) -> int:
    inside = [(authors, plain) for at, authors, plain in said if minute - 30 < at <= minute]
    return len(set().union(*(authors for authors, _ in inside))) + sum(plain for _, plain in inside)
