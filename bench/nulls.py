"""Streams in which nothing happens, or only what is no crisis: every alarm on them is a false one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.series import WEEK_MIN, Series, alarms
from detector.budget import DEFAULT_BUDGET, OperatingPoint, operating_point
from detector.detector_settings import DetectorSettings, ShareSettings
from detector.rank_tail import RankTail
from detector.share_rise import ShareRise
from detector.spike import Detector, Signal

START = 24_000_000
DAY = 1_440
RATES = (0.02, 0.06, 0.2, 2.0, 20.0)
SHARE = 0.3


def every_signal(point: OperatingPoint | None = None) -> list[Detector]:
    """Return the detectors of a brand as they are shipped, or at another operating point."""
    at = point or operating_point(DEFAULT_BUDGET)
    settings = DetectorSettings(rank_p=at.rank_p, tail_p=at.tail_p)
    return [
        RankTail(Signal.NEGATIVE_COUNT, settings),
        RankTail(Signal.TOTAL_COUNT, settings),
        ShareRise(ShareSettings(p=at.share_p)),
    ]


def stream(seed: Sequence[int], rate: float, days: int, bursty: bool) -> tuple[list[int], list[int]]:
    """Return posts and negatives a minute.

    Bursty: a day's wave, quiet weekends, and a level that is drawn anew each hour from a gamma
    distribution of shape 4, so that hours differ by a factor of two.
    """
    random = np.random.default_rng(seed)
    minutes = np.arange(days * DAY)
    level = np.full(minutes.size, rate)
    if bursty:
        level *= 1 + 0.6 * np.sin(2 * np.pi * minutes / DAY)
        level *= np.where(minutes // DAY % 7 >= 5, 0.7, 1.0)
        level *= np.repeat(random.gamma(4.0, 0.25, minutes.size // 60), 60)
    return _counts(random, level)


def _counts(random: np.random.Generator, level: np.ndarray) -> tuple[list[int], list[int]]:
    posts = random.poisson(level)
    return posts.tolist(), random.binomial(posts, SHARE).tolist()


def rate_of_alarms(
    rate: float, bursty: bool, brands: int, days: int, point: OperatingPoint | None = None
) -> float:
    """Return the alarms of all signals together, a brand-week."""
    sent = 0
    for brand in range(brands):
        posts, negatives = stream([brand, int(rate * 100), bursty], rate, days, bursty)
        sent += len(alarms(every_signal(point), START, posts, negatives))
    return sent / (brands * days * DAY / WEEK_MIN)


def after_a_step(rate: float, factor: float, brands: int) -> float:
    """Return the alarms in the ten days after a level was multiplied for good, per brand."""
    sent = 0
    for brand in range(brands):
        random = np.random.default_rng([brand, int(rate * 100), int(factor)])
        level = np.full(24 * DAY, rate)
        level[14 * DAY :] *= factor
        posts, negatives = _counts(random, level)
        found = alarms(every_signal(), START, posts, negatives)
        sent += sum(alarm.minute >= START + 14 * DAY for alarm in found)
    return sent / brands


def around_a_gap(rate: float, brands: int) -> tuple[int, int]:
    """Return the alarms from a day without data on, and those of the same stream without the gap."""
    totals = [0, 0]
    for brand in range(brands):
        posts, negatives = stream([brand, int(rate * 100), 7], rate, 24, bursty=True)
        for which, gap in enumerate((range(20 * DAY, 21 * DAY), range(0))):
            series = Series(every_signal())
            for i, (p, n) in enumerate(zip(posts, negatives, strict=True)):
                known = i not in gap
                found = series.close(START + i, p if known else 0, n if known else 0, known)
                totals[which] += len(found) if i >= 20 * DAY else 0
    return totals[0], totals[1]


def around_a_clock_change(rate: float, brands: int) -> tuple[int, int]:
    """Return the alarms in the week after people got up an hour earlier, and those without that."""
    totals = [0, 0]
    for brand in range(brands):
        for which, shift in enumerate((60, 0)):
            random = np.random.default_rng([brand, int(rate * 100), 9])
            minutes = np.arange(28 * DAY)
            shifted = np.where(minutes >= 21 * DAY, minutes + shift, minutes) % DAY
            # Nights are silent, the day begins steeply at seven.
            level = rate * np.where((shifted >= 420) & (shifted < 1_380), 1.5, 0.05)
            posts, negatives = _counts(random, level)
            found = alarms(every_signal(), START, posts, negatives)
            totals[which] += sum(alarm.minute >= START + 21 * DAY for alarm in found)
    return totals[0], totals[1]
