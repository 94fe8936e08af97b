"""Which streams a kind of simulation is made of, and when its events are."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from msgspec import Struct

from agents.simulation.background import Background
from agents.simulation.draft import Stream
from agents.simulation.events import Crisis, FuriousAuthor, Joke, Onset
from agents.simulation.season import DAY_MS, HOUR_MS, latest
from detector.clock import MINUTE_MS, Millis
from detector.duration import format_duration
from detector.sent_post import YEAR_2000_MS

Kind: TypeAlias = Literal["quiet", "seasonal", "crisis", "joke", "author", "story"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# Two quiet weeks, the day of the joke, the day of the outage.
STORY_MS = 16 * DAY_MS
USUAL_MS = 7 * DAY_MS

_YEAR_2100_MS = 4_102_444_800_000

_DUSK = 18 + 10 / 60  # WIB
_MORNING = 10.5
_CALM_BEFORE_MS = 30 * HOUR_MS  # longer than the mute of an alarm
_MENDED_AFTER_MS, _OVER_AFTER_MS = 3 * HOUR_MS, 5 * HOUR_MS + 30 * MINUTE_MS
# A peak is this many times the usual rate, unless it is given.
_CRISIS_PEAK, _JOKE_PEAK = 20.0, 10.0


class Request(Struct, frozen=True):
    """What to simulate; `peak` in posts per minute, None for a multiple of the rate."""

    kind: Kind
    start: Millis
    duration: Millis
    rate: float = 0.2
    dispersion: float = 0.0
    shape: Onset = "step"
    peak: float | None = None
    negative_share: float = 0.85
    copies: float = 0.15


def plan(wanted: Request) -> list[Stream]:
    """Return the streams of a simulation.

    The event of a crisis, joke or author is at the last fitting time of day (dusk: 18:10 WIB, joke: 10:30)
    that leaves five and a half hours until the end; a step or ramp is that much before the end.

    Raises
    ------
    ValueError
        When the duration has no room for it.
    """
    end = wanted.start + wanted.duration
    if wanted.start < YEAR_2000_MS or end > _YEAR_2100_MS:
        raise ValueError(
            f"time out of range: got {wanted.start} to {end} ms since 1970; "
            "expected years 2000 to 2099; correct the start"
        )
    seasonal = wanted.kind != "quiet"
    background = Background(wanted.start, end, wanted.rate, seasonal, wanted.dispersion)
    events = _events(wanted, end - _OVER_AFTER_MS)
    first = min((onset for onset, _ in events), default=wanted.start)
    if first < wanted.start:
        needed = wanted.duration + wanted.start - first
        raise ValueError(
            f"duration too short for {wanted.kind}: got {format_duration(wanted.duration)}; "
            f"expected at least {format_duration(needed)} from this start; lengthen it"
        )
    return [background, *(event for _, event in events)]


def _events(wanted: Request, by: Millis) -> list[tuple[Millis, Stream]]:
    if wanted.kind == "crisis":
        onset = latest(_DUSK, by) if wanted.shape == "dusk" else by
        return [(onset, _crisis(wanted, onset, wanted.shape))]
    if wanted.kind == "joke":
        onset = latest(_MORNING, by)
        return [(onset, _joke(wanted, onset))]
    if wanted.kind == "author":
        return [(by, FuriousAuthor(by, by + 2 * HOUR_MS))]
    if wanted.kind == "story":
        onset = latest(_DUSK, by)
        joke, fury = latest(_MORNING, onset - _CALM_BEFORE_MS), onset + 40 * MINUTE_MS
        return [
            (joke, _joke(wanted, joke)),
            (onset, _crisis(wanted, onset, "dusk")),
            (fury, FuriousAuthor(fury, fury + 2 * HOUR_MS)),
        ]
    return []


def _crisis(wanted: Request, onset: Millis, shape: Onset) -> Crisis:
    peak = wanted.rate * _CRISIS_PEAK if wanted.peak is None else wanted.peak
    mended, end = onset + _MENDED_AFTER_MS, onset + _OVER_AFTER_MS
    return Crisis(onset, mended, end, peak, shape, wanted.negative_share, wanted.copies)


def _joke(wanted: Request, onset: Millis) -> Joke:
    # A story has one peak to choose: that of its outage.
    chosen = None if wanted.kind == "story" else wanted.peak
    return Joke(onset, onset + _OVER_AFTER_MS, wanted.rate * _JOKE_PEAK if chosen is None else chosen)
