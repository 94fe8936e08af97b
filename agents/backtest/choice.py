"""Which detectors a backtest runs: those of the service, or one to compare them with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from agents.assembly import detectors_of
from agents.settings import Settings
from detector.last_hour import LastHour
from detector.spike import Detector, Signal
from detector.zscore import ZScore

Make = Callable[[str], Sequence[Detector]]
COUNTS = (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT)


class Choice(Struct, frozen=True):
    """One column of a comparison: a name, the settings, and the detectors that judge."""

    name: str
    settings: Settings
    detectors: Make


def _zscore(settings: Settings) -> Make:
    wanted = settings.detector_settings
    return lambda _brand: [ZScore(signal, settings=wanted) for signal in COUNTS]


def _last_hour(settings: Settings) -> Make:
    wanted = settings.detector_settings
    return lambda _brand: [LastHour(signal, settings=wanted) for signal in COUNTS]


DETECTORS: dict[str, Callable[[Settings], Make]] = {
    "default": detectors_of,
    "zscore": _zscore,
    "last_hour": _last_hour,
}


def choose(detector: str, settings: Settings, name: str = "") -> Choice:
    """Return the choice of a detector by its name."""
    return Choice(name or detector, settings, DETECTORS[detector](settings))
