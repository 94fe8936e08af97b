"""The judge of speed: it fails what became slower, and what it does not know."""

import time

import pytest

from bench.smoke import RECORDED, TOLERANCE, judge, measure
from detector.codec import from_json


def test_a_stage_is_slower_only_beyond_the_tolerance():
    recorded = {"decode": 0.1, "match": 0.05}
    met = judge({"decode": 0.1 * TOLERANCE, "match": 0.01}, recorded)
    assert [one.is_met for one in met] == [True, True]
    slower = judge({"decode": 0.1 * TOLERANCE + 0.001, "match": 0.05}, recorded)
    assert [one.is_met for one in slower] == [False, True]


def test_a_stage_that_was_never_recorded_is_an_error_that_says_what_to_do():
    with pytest.raises(ValueError, match=r"got sort in one only; .*--record"):
        judge({"decode": 0.1, "sort": 0.1}, {"decode": 0.1})


def test_a_stage_that_does_twice_the_work_takes_about_twice_the_reference():
    def work(times):
        return lambda turn: sum(range(20_000 * times))

    found = measure({"same": work(1), "twice": work(2)}, work(1), turns=7)
    assert found["same"] == pytest.approx(1.0, rel=0.25)
    assert found["twice"] == pytest.approx(2.0, rel=0.25)


def test_time_that_is_only_waited_is_no_cost():
    found = measure({"waits": lambda turn: time.sleep(0.002)}, lambda turn: sum(range(20_000)), turns=3)
    assert found["waits"] < 0.7


def test_what_is_recorded_is_a_ratio_of_every_stage():
    for version, ratios in from_json(RECORDED.read_bytes(), dict).items():
        assert version.startswith("3.")
        assert all(0 < ratio < 3 for ratio in ratios.values()), ratios
