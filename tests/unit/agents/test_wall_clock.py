from __future__ import annotations

import time

from agents import wall_clock


def test_now_is_epoch_milliseconds():
    before = time.time()
    at = wall_clock.now_ms()
    assert isinstance(at, int)
    assert before - 1 < at / 1000 < time.time() + 1


def test_monotonic_does_not_go_back():
    assert wall_clock.monotonic() <= wall_clock.monotonic()
