"""A step that holds everything up is said, with how long it took."""

import asyncio

import pytest
from structlog.testing import capture_logs

from agents import loop_watch
from agents.loop_watch import HELD_S, LOOK_S, LoopWatch


@pytest.fixture
def looks(monkeypatch):
    """Look at given times; return what was found, and what was said."""

    def at(*times):
        passing = iter(times)
        monkeypatch.setattr(loop_watch, "monotonic", lambda: next(passing))
        spent = iter(range(100, 200))
        monkeypatch.setattr(loop_watch, "cpu_s", lambda: next(spent))
        watch = LoopWatch()
        with capture_logs() as said:
            found = [asyncio.run(watch.look()) for _ in times]
        return found, said

    return at


def test_looks_in_time_say_nothing(looks):
    found, said = looks(7.0, 7.25, 7.75, 7.5 + LOOK_S + HELD_S)
    assert max(found) < HELD_S
    assert said == []


def test_a_long_step_is_said_once(looks):
    found, said = looks(7.0, 7.25, 12.5, 12.75)
    assert found == [0.0, 0.0, 5.0, 0.0]
    (line,) = said
    assert (line["event"], line["log_level"]) == ("the event loop was held", "warning")
    assert (line["seconds"], line["cpu_seconds"]) == (5.0, 1)
