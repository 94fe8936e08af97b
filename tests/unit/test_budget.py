from itertools import pairwise

import pytest

from detector.budget import DEFAULT_BUDGET, TABLE, operating_point
from detector.detector_settings import DetectorSettings, ShareSettings


def test_the_default_is_that_of_the_detectors() -> None:
    point = operating_point(DEFAULT_BUDGET)
    assert (point.rank_p, point.tail_p) == (DetectorSettings().rank_p, DetectorSettings().tail_p)
    assert point.share_p == ShareSettings().p


def test_a_larger_budget_never_demands_more() -> None:
    assert list(TABLE) == sorted(TABLE)
    for one, other in pairwise(TABLE):
        assert all(a < b for a, b in zip(one[1], other[1], strict=True))


@pytest.mark.parametrize(
    ("budget", "row"),
    [(0.01, 0), (0.1, 0), (0.249, 0), (0.25, 1), (1.0, 2), (1.99, 2), (2.0, 3), (5.0, 4), (100.0, 4)],
)
def test_the_point_keeps_within_the_budget(budget: float, row: int) -> None:
    assert operating_point(budget) == TABLE[row][1]
