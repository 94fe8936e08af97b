"""What detection costs: CPU seconds and resident memory."""

from __future__ import annotations

import random
import resource
import time
from pathlib import Path

from agents.backtest.choice import choose
from agents.backtest.counts import replay_counts
from agents.commands.options import loaded
from agents.sources.files import Count
from bench.nulls import START, stream
from bench.post_streams import NOW, new_pipeline, shipped
from detector.clock import MINUTE_MS, Minute
from detector.codec import to_json
from detector.mention import Mention
from detector.spike import Signal
from detector.track import Track

CONFIG = Path(__file__).resolve().parent.parent / "config"
_TEXTS = (
    "the network is down again, nobody answers",
    "internet mati total dari tadi pagi, parah banget",
    "thanks for the quick help today",
    "baru pasang kemarin, sejauh ini lancar",
    "how long until the shop opens?",
)


def counts(minutes: list[Minute], path: Path) -> tuple[int, float]:
    """Return the rows of a file of counts and the CPU seconds of their backtest."""
    with path.open() as file:
        values = [float(line.rpartition(",")[2]) for line in list(file)[1:]]
    rows = [Count(m * MINUTE_MS, value) for m, value in zip(minutes, values, strict=True)]
    choice = choose("default", loaded(str(CONFIG)))
    begin = time.process_time()
    replay_counts(rows, "brand", Signal.TOTAL_COUNT, choice)
    return len(rows), time.process_time() - begin


def memory(brands: int, days: int) -> float:
    """Return the resident megabytes of so many brands with one post in two minutes for so many days."""
    tracks = []
    before = 0.0
    for brand in range(-5, brands):
        if brand == 0:
            before = _resident()  # what is loaded once is not what a brand costs
        posts, _ = stream([brand + 5, 50], 0.5, days, bursty=True)
        track = Track(f"brand{brand}", lambda: shipped())
        rng = random.Random(brand)
        for i, number in enumerate(posts):
            for j in range(number):
                track.refill(_mention(f"brand{brand}", START + i, i * 50 + j, rng), START + i)
            track.close(START + i, in_incident=False)
        tracks.append(track)
    return _resident() - before


def _mention(brand: str, minute: Minute, post: int, rng: random.Random) -> Mention:
    values = {
        "brand": brand, "post": post, "author": rng.getrandbits(63), "created_at": minute * MINUTE_MS,
        "label": rng.choice((-1, 0, 0, 1)), "text": "", "alias": "",
    }  # fmt: skip
    return Mention(**{field: values.get(field, 0) for field in Mention._fields})


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def posts(number: int) -> tuple[int, float]:
    """Return how many posts went from JSON to incidents, and the CPU seconds; 20 brands, three days."""
    rng = random.Random(1)
    names = [f"brand{i}" for i in range(20)]
    span = 3 * 24 * 60 * MINUTE_MS
    times = sorted(rng.randrange(span) for _ in range(number))
    lines = [
        to_json(
            {
                "platform": "x", "id": str(i), "created_at": START * MINUTE_MS + at,
                "brands": [rng.choice(names)],
                "author": {"id": str(rng.randrange(50_000))}, "text": f"{rng.choice(_TEXTS)} {i % 1_000}",
            }
        )
        for i, at in enumerate(times)
    ]  # fmt: skip
    pipeline = new_pipeline(names)
    begin = time.process_time()
    for line in lines:
        pipeline.send(line, NOW)
    pipeline.finish(NOW)
    return number, time.process_time() - begin
