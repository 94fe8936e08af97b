"""What a stream of so many posts a second needs, derived from what a post was measured to cost."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from agents.settings.load import Settings
from bench.document import table
from bench.material import PARTITIONS
from bench.past import read_mentions, state_with_a_past
from detector.clock import Millis
from detector.mention import Cover, pack, position

RATES = (10_000, 100_000, 1_000_000)
# A worker is one process on one core; what is above is for bursts and for catching up.
BUSY = 0.7
REPLICAS = 3
# Full slabs of a posts partition: at most twenty a second, each split over all mentions partitions.
SLABS_A_SECOND = 20


def mention_bytes(settings: Settings, posts: Sequence[bytes], now: Millis) -> float:
    """Return the bytes of a mention in a record of a few thousand."""
    mentions = read_mentions(settings, posts, now)[:5_000]
    cover = Cover(0, 1, 0, position(len(posts)), now)
    return len(pack(cover, mentions)) / len(mentions)


def state_bytes(
    settings: Settings, posts: Sequence[bytes], brands: Sequence[str], now: Millis
) -> tuple[float, float]:
    """Return the bytes in the state topic of a brand's baseline, and of one of its kept minutes."""
    state = state_with_a_past(settings, posts, brands, now)
    entries = [entry for home in range(PARTITIONS) for entry in state[home]]
    baselines = sum(len(value) for key, value in entries if "/baseline/" in key)
    minutes = [(key, value) for key, value in entries if "/minute/" in key]
    kept = len({key.split("/")[2] for key, _ in minutes})
    return baselines / len(brands), sum(len(value) for _, value in minutes) / (kept * len(brands))


def needs(cpu_s_per_million: float, post_bytes: float, a_mention: float) -> str:
    """Return a table of what some rates need, one brand a post."""
    rows = []
    for rate in RATES:
        cores = rate * cpu_s_per_million / 1e6
        workers = ceil(cores / BUSY)
        homes = partitions_for(workers)
        per_record = rate / (homes * SLABS_A_SECOND * homes)
        rows.append(
            (
                f"{rate:,} posts/s",
                f"{cores:.1f}",
                workers,
                homes,
                f"{rate * post_bytes / 1e6:.0f}",
                f"{rate * a_mention / 1e6:.0f}",
                f"{rate * (post_bytes + a_mention) * REPLICAS / 1e6:.0f}",
                f"{rate * (post_bytes + a_mention) / 1e6:.0f}",
                f"{homes * homes:,}",
                f"{per_record:.1f}",
            )
        )
    heads = (
        "stream", "cores", f"workers, {BUSY:.0%} busy", "partitions", "posts MB/s", "mentions MB/s",
        f"brokers write MB/s, {REPLICAS} replicas", "brokers send MB/s", "ticks/s when quiet",
        "mentions a record",
    )  # fmt: skip
    return table(heads, rows)


def partitions_for(workers: int) -> int:
    """Return the power of two that gives each worker one to three partitions, at least four."""
    return max(4, 1 << (2 * workers - 1).bit_length() - 1) if workers > 1 else 4
