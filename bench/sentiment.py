"""Prints how fast and how right the scorers are: `python -m bench.sentiment`.

It ends with 1 where a bar is missed.

Speed is CPU time on posts not seen before, rivals in turn, medians over chunks; real posts where
../shared/data (or SIAGA_SHARED) is present, else generated ones. Accuracy needs real texts, and for what a
model must not have seen, the tables that `make train` leaves in build/held_out.
"""

from __future__ import annotations

import sys

from bench.sentiment_accuracy import accuracy, differences, held_out
from bench.sentiment_bars import Bars
from bench.sentiment_speed import floods, footprint, speed
from tests.sentiment_texts import rule_dense_texts, shared_data, streams

GENERATED = 50_000


def main() -> int:
    bars = Bars()
    folder = shared_data()
    posts = [row["text"] for rows in streams(folder).values() for row in rows] if folder else []
    speed(posts or rule_dense_texts(20_000, seed=1), bars)
    floods(bars)
    footprint(bars)
    differences(folder, rule_dense_texts(GENERATED, seed=2), bars)
    if folder:
        accuracy(folder, bars)
        held_out(folder, bars)
    else:
        print("\nno accuracy: ../shared/data is absent and SIAGA_SHARED names no other place")
    return bars.report()


if __name__ == "__main__":
    sys.exit(main())
