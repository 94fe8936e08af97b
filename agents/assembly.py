"""Makes the core's parts from the settings, for the service and for the commands alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agents.settings import Settings
from detector.brand import BrandMatcher
from detector.rank_tail import RankTail
from detector.reading import Reader
from detector.sentiment.registry import make_scorer
from detector.shard import Shard
from detector.spike import Detector, Signal


def new_reader(settings: Settings, partitions: int) -> Reader:
    """Return hop one's core for so many mentions partitions."""
    ignored: dict[str, Sequence[str]] = {b.key: (b.name, *b.aliases) for b in settings.brands}
    key = settings.pseudonym_key.reveal().encode() if settings.pseudonym_key else b""
    scorer = make_scorer(settings.detector.scorer)
    return Reader(BrandMatcher(settings.brands), scorer, partitions, key, ignored)


def detectors_of(settings: Settings) -> Callable[[str], Sequence[Detector]]:
    """Return what makes the detectors of a brand."""
    wanted = settings.detector_settings

    def make(_brand: str) -> Sequence[Detector]:
        return [RankTail(signal, wanted) for signal in (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT)]

    return make


def new_shard(settings: Settings, partition: int, partitions: int) -> Shard:
    """Return hop two's core for one mentions partition, without any state."""
    return Shard(partition, partitions, detectors_of(settings), settings.incident_settings)
