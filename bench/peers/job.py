"""What all peers share: the limit, what is negative, and how CPU and wall time are taken."""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import NamedTuple

# vaderSentiment's README: typical threshold values.
NEGATIVE = -0.05
# So many negative posts of a brand in one minute are an alarm.
LIMIT = 30
MINUTE_S = 60
# How long a minute waits for late posts: for all of them what siaga is set to here.
LATENESS_S = 60


class Orders(NamedTuple):
    """What a peer is told: where Kafka is, what to read and write, and how many posts there are."""

    broker: str
    posts: str
    alarms: str
    count: int
    folder: str


def orders() -> Orders:
    """Return the orders given on the command line."""
    parser = argparse.ArgumentParser()
    for name in ("broker", "posts", "alarms"):
        parser.add_argument(name)
    parser.add_argument("count", type=int)
    parser.add_argument("folder")
    return Orders(**vars(parser.parse_args()))


class Meter:
    """Takes the time from the first post to the end: CPU of all threads and children, and wall."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._count = count
        self._cpu = self._wall = 0.0

    def is_last(self) -> bool:
        """Count a post; tell whether it was the last one."""
        if self._left == self._count:
            self._cpu, self._wall = cpu_now(), time.monotonic()
        self._left -= 1
        return self._left == 0

    def end(self) -> None:
        """Say on standard output what it took, as the last line."""
        took = {"cpu_s": cpu_now() - self._cpu, "wall_s": time.monotonic() - self._wall, "left": self._left}
        print(json.dumps(took), flush=True)


def cpu_now() -> float:
    """Return the CPU seconds of this process, all threads, and of its ended children."""
    return sum(os.times()[:4])
