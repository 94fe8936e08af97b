"""Has any stage become slower? Ratios, never seconds: `make bench-smoke`, in CI.

    python -m bench.smoke [--record]

Each stage is measured against vaderSentiment's own scorer, which never changes, on the same posts in the same
process, in turns of a few milliseconds, by CPU time; the median of the turns counts. A ratio more than 30 %
above the recorded one fails, after it was measured three times. ``--record`` writes the ratios of this run.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from msgspec import Struct
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from agents.assembly import new_reader
from agents.settings.load import Settings
from bench.material import bare_settings, brands, make_posts
from bench.past import PAST_MIN, read_mentions, with_a_past
from detector.brand import BrandMatcher
from detector.clock import MINUTE_MS, minute_of
from detector.codec import from_json, pretty_json
from detector.intake import read_record
from detector.mention import Cover, Mention, MentionRecord, pack, position, unpack
from detector.sentiment.registry import SCORER_NAMES, make_scorer
from detector.text import near_copy, redact

RECORDED = Path(__file__).with_name("smoke.json")
TOLERANCE = 1.3
TURNS, PER_TURN = 30, 200
TRIES = 3
NOW = 1_790_000_000_000
Stage = Callable[[int], Any]


class Judged(Struct, frozen=True):
    """A stage's ratio to the reference, the recorded one, and whether it may pass."""

    stage: str
    ratio: float
    recorded: float

    @property
    def is_met(self) -> bool:
        """Tell whether the stage is no slower than it may be."""
        return self.ratio <= self.recorded * TOLERANCE


def judge(ratios: dict[str, float], recorded: dict[str, float]) -> list[Judged]:
    """Hold ratios against the recorded ones.

    Raises
    ------
    ValueError
        When the stages are not those that were recorded.
    """
    if ratios.keys() != recorded.keys():
        apart = ", ".join(sorted(ratios.keys() ^ recorded.keys()))
        raise ValueError(
            f"stages and {RECORDED.name} differ: got {apart} in one only; expected the same stages; "
            "run `python -m bench.smoke --record` on a quiet machine"
        )
    return [Judged(stage, ratio, recorded[stage]) for stage, ratio in ratios.items()]


def measure(stages: dict[str, Stage], reference: Stage, turns: int = TURNS) -> dict[str, float]:
    """Return the median over all turns of what a stage takes, in times what the reference takes then."""
    found: dict[str, list[float]] = {name: [] for name in stages}
    gc.collect()
    gc.disable()
    try:
        for turn in range(turns):
            before = _spent(reference, turn)
            costs = {name: _spent(stage, turn) for name, stage in stages.items()}
            # Before and after, so that a change of speed on the way weighs on both.
            beside = (before + _spent(reference, turn)) / 2
            for name, cost in costs.items():
                found[name].append(cost / beside)
    finally:
        gc.enable()
    return {name: median(ratios) for name, ratios in found.items()}


def _spent(stage: Stage, turn: int) -> float:
    began = time.process_time()
    stage(turn)
    return time.process_time() - began


def make_stages(settings: Settings) -> tuple[dict[str, Stage], Stage]:
    """Return what is measured, each on the posts of a turn, and the reference."""
    count = TURNS * PER_TURN
    records = make_posts(count, NOW - MINUTE_MS, about=brands(len(settings.brands)))
    posts = [read_record(record, NOW).accepted[0].post for record in records]
    texts = [post.text for post in posts]
    mentions = read_mentions(settings, records, NOW)
    packed = [pack(_cover(turn), part) for turn, part in _parts(mentions)]

    def each(work: Callable[[Any], object], values: Sequence[Any]) -> Stage:
        return lambda turn: [work(value) for value in values[turn * PER_TURN : (turn + 1) * PER_TURN]]

    scorers = {f"score, {name}": each(make_scorer(name).score, texts) for name in SCORER_NAMES}
    parts = [part for _, part in _parts(mentions)]
    read = new_reader(settings, 1).read
    stages: dict[str, Stage] = {
        "decode": each(lambda record: read_record(record, NOW), records),
        "match": each(BrandMatcher(settings.brands).match, texts),
        **scorers,
        "redact": each(redact, texts),
        "near copies": each(near_copy, texts),
        "hop 1": lambda turn: read(enumerate(records[turn * PER_TURN : (turn + 1) * PER_TURN]), NOW),
        "encode": lambda turn: pack(_cover(turn), parts[turn]),
        "decode mentions": lambda turn: unpack(packed[turn]),
        "hop 2": _hop_two(settings, mentions),
    }
    return stages, each(SentimentIntensityAnalyzer().polarity_scores, texts)


def _parts(mentions: Sequence[Mention]) -> list[tuple[int, Sequence[Mention]]]:
    return [(turn, mentions[turn * PER_TURN : (turn + 1) * PER_TURN]) for turn in range(TURNS)]


def _cover(turn: int, at: int = 0, clock: int = 0) -> Cover:
    return Cover(0, 1, position(at + turn * PER_TURN), position(at + (turn + 1) * PER_TURN), clock)


def _hop_two(settings: Settings, mentions: Sequence[Mention]) -> Stage:
    """Return what counts, decides, closes and saves, for brands that have a past; each turn once."""
    first = minute_of(mentions[0].created_at)
    shard, _, at = with_a_past(settings, mentions, [brand.key for brand in settings.brands], first)

    def run(turn: int) -> None:
        part = [
            mention._replace(position=position(at + turn * PER_TURN + i))
            for i, mention in enumerate(mentions[turn * PER_TURN : (turn + 1) * PER_TURN])
        ]
        clock = max(first * MINUTE_MS, part[-1].created_at - MINUTE_MS)
        shard.apply(PAST_MIN + turn, clock, MentionRecord(_cover(turn, at, clock), part))
        shard.take()
        shard.checkpoint()

    return run


def ratios() -> dict[str, float]:
    """Return the ratio of each stage."""
    with tempfile.TemporaryDirectory() as folder:
        settings = bare_settings(Path(folder), brands(40))
    return measure(*make_stages(settings))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="has any stage become slower?")
    parser.add_argument("--record", action="store_true", help=f"write the ratios to {RECORDED.name}")
    options = parser.parse_args(arguments)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    recorded = from_json(RECORDED.read_bytes(), dict) if RECORDED.exists() else {}
    if options.record:
        tries = [ratios() for _ in range(TRIES)]
        recorded[version] = {stage: round(median(one[stage] for one in tries), 4) for stage in tries[0]}
        RECORDED.write_text(pretty_json(recorded))
        print(f"recorded for Python {version}: {recorded[version]}")
        return 0
    if version not in recorded:
        print(f"nothing is recorded for Python {version}: run `python -m bench.smoke --record`")
        return 0
    least = ratios()
    for _ in range(TRIES - 1):
        if all(one.is_met for one in judge(least, recorded[version])):
            break
        again = ratios()
        least = {stage: min(ratio, again[stage]) for stage, ratio in least.items()}
    judged = judge(least, recorded[version])
    print("CPU time, in times vaderSentiment's on the same posts")
    for one in judged:
        said = "" if one.is_met else f"  SLOWER by more than {TOLERANCE - 1:.0%}"
        print(f"  {one.stage:18} {one.ratio:7.3f}  recorded {one.recorded:7.3f}{said}")
    if any(one.ratio * TOLERANCE < one.recorded for one in judged):
        print("some are much quicker than recorded: run `python -m bench.smoke --record`")
    return 0 if all(one.is_met for one in judged) else 1


if __name__ == "__main__":
    sys.exit(main())
