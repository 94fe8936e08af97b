"""Runs files of posts through the whole core, from intake to incidents, as `siaga backtest` does."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from pathlib import Path

from agents.settings.detector import DetectorFile
from agents.sources.csv_posts import ALIASES, csv_posts
from detector.brand import Brand, BrandMatcher
from detector.detector_settings import DetectorSettings
from detector.incident_record import Change, Incident
from detector.pipeline import Pipeline
from detector.rank_tail import RankTail
from detector.reading import Reader
from detector.sentiment.registry import make_scorer
from detector.share_rise import ShareRise
from detector.spike import Detector, Signal
from detector.watch import IncidentSettings

LATENESS_MS = 300_000
SHIPPED_SCORER = DetectorFile().scorer
# Received long after they were written: nothing is from the future.
NOW = 2_000_000_000_000


def shipped(_brand: str = "") -> Sequence[Detector]:
    """Return the detectors of a brand as they are shipped."""
    settings = DetectorSettings()
    counts = [RankTail(signal, settings) for signal in (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT)]
    return [*counts, ShareRise()]


def counts_only(signal: Signal) -> Callable[[str], Sequence[Detector]]:
    """Return what makes the shipped detector of one signal, and no other."""
    return lambda _brand: [RankTail(signal)]


def new_pipeline(
    names: Sequence[str],
    detectors: Callable[[str], Sequence[Detector]] = shipped,
    scorer: str = SHIPPED_SCORER,
) -> Pipeline:
    """Return the core for brands that are named in a column of their own."""
    brands = [Brand(key_of(name), name, (name,)) for name in names]
    reader = Reader(BrandMatcher(brands), make_scorer(scorer), 1, b"k" * 32, {})
    return Pipeline(reader, detectors, IncidentSettings(), LATENESS_MS)


def key_of(name: str) -> str:
    """Return the key of a brand's name."""
    return name.lower().replace(" ", "-")


def posts_of(path: Path) -> Iterator[bytes]:
    """Yield the posts of a file as JSON, their brands by key."""
    with path.open(newline="") as file:
        lines = iter(file.readlines())
    header = next(csv.reader([next(lines)]))
    columns = [ALIASES.get(name, name) for name in header]
    at = columns.index("brands")

    def keyed() -> Iterator[list[str]]:
        for row in csv.reader(lines):
            row[at] = key_of(row[at])
            yield row

    for row in keyed():
        for line in csv_posts(_as_lines(columns, row), columns, "x"):
            yield line.data


def _as_lines(columns: list[str], row: list[str]) -> list[str]:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerow(row)
    return out.getvalue().splitlines(keepends=True)


def incidents_of(
    path: Path,
    names: Sequence[str],
    scorer: str = SHIPPED_SCORER,
    detectors: Callable[[str], Sequence[Detector]] = shipped,
) -> list[Incident]:
    """Return all incident revisions of a file of posts."""
    pipeline = new_pipeline(names, detectors, scorer)
    for data in posts_of(path):
        pipeline.send(data, NOW)
    pipeline.finish(NOW)
    return pipeline.outcome.revisions


def is_alarm(revision: Incident) -> bool:
    """Return whether a person is called."""
    return revision.change in (Change.OPENED, Change.ESCALATED)
