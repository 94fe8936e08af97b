"""Makes the core's parts from the settings, for the service and for the commands alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agents.settings import Settings
from agents.settings.lexicon import own_words
from detector.brand import Brand, BrandMatcher
from detector.budget import looser_point
from detector.rank_tail import RankTail
from detector.reading import Reader
from detector.sentiment import Scorer
from detector.sentiment.own_words import NO_WORDS
from detector.sentiment.registry import ScorerName, make_scorer
from detector.shard import Shard
from detector.share_rise import ShareRise
from detector.spike import Detector, Signal


def new_reader(settings: Settings, partitions: int) -> Reader:
    """Return hop one's core for so many mentions partitions."""
    ignored: dict[str, Sequence[str]] = {b.key: ignored_words(settings, b) for b in settings.brands}
    key = settings.pseudonym_key.reveal().encode() if settings.pseudonym_key else b""
    own = {
        brand: new_scorer(settings, brand)
        for brand, entry in settings.lexicon.brands.items()
        if own_words(entry) != NO_WORDS
    }
    return Reader(BrandMatcher(settings.brands), new_scorer(settings), partitions, key, ignored, own)


def new_scorer(settings: Settings, brand: str | None = None, name: ScorerName | None = None) -> Scorer:
    """Return a scorer (the configured one) with the configured words: those of all brands, and of one."""
    words = own_words(settings.lexicon)
    if brand in settings.lexicon.brands:
        words = own_words(settings.lexicon.brands[brand]).over(words)
    return make_scorer(name or settings.detector.scorer, words)


def ignored_words(settings: Settings, brand: Brand) -> Sequence[str]:
    """Return what says nothing about a brand: its name, its aliases, and what is configured."""
    entry = settings.lexicon.brands.get(brand.key)
    return (brand.name, *brand.aliases, *(entry.ignore if entry else ()))


def detectors_of(settings: Settings) -> Callable[[str], Sequence[Detector]]:
    """Return what makes the detectors of a brand."""
    wanted, share = settings.detector_settings, settings.share_settings
    looser = looser_point(settings.detector.alerts_per_brand_week)

    def make(_brand: str) -> Sequence[Detector]:
        counts = [RankTail(signal, wanted, looser) for signal in (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT)]
        return [*counts, ShareRise(share, looser)]

    return make


def new_shard(settings: Settings, partition: int, partitions: int) -> Shard:
    """Return hop two's core for one mentions partition, without any state."""
    lateness_ms = int(settings.detector.allowed_lateness)
    return Shard(partition, partitions, detectors_of(settings), settings.incident_settings, lateness_ms)
