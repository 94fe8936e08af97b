import random

import pytest

import detector.heard
from detector.heard import Heard


@pytest.mark.parametrize("fresh", [5, 30, 1_024])
@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_a_plain_recount(seed: int, fresh: int, monkeypatch) -> None:
    """Wherever authors are kept: in the dictionary, or most of them in arrays."""
    monkeypatch.setattr(detector.heard, "FRESH", fresh)
    rng = random.Random(seed)
    heard, said = Heard(horizon=30), []
    minute = 1_000
    for _ in range(200):
        minute += rng.choice([1, 1, 1, 2, 7, 45])
        authors = {rng.randrange(40) + 2**63 for _ in range(rng.choice([0, 0, 1, 4, 9]))}
        plain = rng.choice([0, 0, 2])
        last = {author: at for at, spoke, _ in said for author in spoke if at > minute - 30}
        assert heard.find(authors, minute - 29) == {a: last[a] for a in authors & last.keys()}
        assert sorted(heard.add(minute, authors, plain)) == sorted(last[a] for a in authors & last.keys())
        said.append((minute, authors, plain))
        for length in (30, 10, 1):
            assert heard.count(minute, length) == _recount(said, minute, length)
    assert heard.count(minute + 29, 30) == _recount(said, minute + 29, 30)
    assert heard.count(minute + 30, 30) == 0


def _recount(said, minute: int, length: int) -> int:
    inside = [(authors, plain) for at, authors, plain in said if minute - length < at <= minute]
    return len(set().union(*(authors for authors, _ in inside))) + sum(plain for _, plain in inside)


def test_who_is_long_silent_takes_no_room():
    heard = Heard(horizon=60)
    for minute in range(5_000):
        heard.add(minute, {minute + 1}, 0)
    assert heard.count(4_999, 60) == 60
    assert len(heard._last) < 200
