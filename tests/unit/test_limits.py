import random

import pytest

from detector.limits import Limits, milestone
from detector.spike import Limit, Reason, Signal
from detector.voices import Voices

LENGTH = 3


class Stub:
    """Counts all posts; each minute has a floor and a limit of its own."""

    signal, window_min, lag_min, at_close = Signal.TOTAL_COUNT, LENGTH, 9, False

    def __init__(self, rng: random.Random) -> None:
        self.limits = {minute: rng.choice([None, 3, 9, 20, 20, 40]) for minute in range(60)}
        self.asked = 0

    def floor(self, minute):
        least = self.limits[minute]
        return None if least is None else max(least - minute % 4, 1)

    def limit(self, minute):
        self.asked += 1
        least = self.limits[minute]
        return Limit(minute, least, Reason.WARMING_UP if least is None else Reason.SPIKE)


@pytest.mark.parametrize("seed", range(30))
def test_no_look_is_missed_and_none_is_made_in_vain(seed):
    """Against a comparison of every window with its limit after every single mention."""
    rng = random.Random(seed)
    detector, voices, open_ = Stub(rng), Voices((LENGTH,)), set()
    limits, calm = Limits(detector, voices), 0
    for closed in range(-1, 40):
        for _ in range(rng.choice([0, 5, 20, 60])):
            minute = closed + 1 + min(int(rng.expovariate(1)), 5)
            first = minute not in open_
            open_.add(minute)
            voices.add(rng.randrange(200), minute)
            if first:
                limits.begin(minute, learnt=max(closed, 0))
            if limits.passes():
                found, calm = [], calm + 1
            else:
                found = limits.reached_by(minute, first, open_, learnt=max(closed, 0))
            assert found == [
                end for end in sorted(open_)
                if minute <= end < minute + LENGTH and _is_due(detector, voices, end, first and end == minute)
            ]  # fmt: skip
        voices.close(closed + 1)
        limits.close(closed + 1)
        open_.discard(closed + 1)
    assert calm > 50
    assert detector.asked <= 60


def _is_due(detector: Stub, voices: Voices, end: int, first: bool) -> bool:
    value, least = voices.count(end, LENGTH), detector.limits[end]
    return least is not None and value >= least and (first or value == milestone(value, least))
