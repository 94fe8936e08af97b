"""The shape of `detector.yml`: how posts are scored, counted and judged."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from agents.settings.kinds import Duration, rule, span
from detector.budget import DEFAULT_BUDGET, operating_point
from detector.detector_settings import DetectorSettings, ShareSettings
from detector.incident import IncidentSettings

Chance = Annotated[float, Meta(gt=0.0, le=0.1, extra=rule("more than 0, at most 0.1"))]
Budget = Annotated[float, Meta(gt=0.0, le=100.0, extra=rule("more than 0, at most 100"))]
Spread = Annotated[float, Meta(ge=0.0, le=10.0, extra=rule("0 to 10"))]

_DAY, _HOUR, _MIN = 86_400_000, 3_600_000, 60_000


class DetectorEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """How counts are judged; `detector.detector_settings.DetectorSettings` says what a wrong value does."""

    window: Annotated[Duration, span("1m", "1h", "1m")] = Duration(15 * _MIN)
    half_life: Annotated[Duration, span("1h", "14d", "1m")] = Duration(_DAY)
    rank_p: Chance | None = None
    reference: Annotated[Duration, span("1d", "28d", "1d")] = Duration(14 * _DAY)
    tail_p: Chance | None = None
    dispersion: Spread = 0.2
    young_dispersion: Spread = 1.0
    young: Annotated[Duration, span("0s", "7d", "1m")] = Duration(_DAY)
    min_count: Annotated[int, Meta(ge=1, le=1_000_000, extra=rule("a whole number, 1 to 1000000"))] = 7
    min_ratio: Annotated[float, Meta(ge=1.0, le=100.0, extra=rule("1.0 to 100.0"))] = 1.5
    min_exposure: Annotated[Duration, span("1m", "7d", "1m")] = Duration(3 * _HOUR)
    prior_per_hour: Annotated[float, Meta(gt=0.0, le=1e6, extra=rule("more than 0, at most 1000000"))] = 0.5
    prior: Annotated[Duration, span("1m", "7d", "1m")] = Duration(_HOUR)
    incident_cap: Annotated[float, Meta(ge=1.0, le=100.0, extra=rule("1.0 to 100.0"))] = 3.0


class ShareEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """How the share is judged; `detector.detector_settings.ShareSettings` says what a wrong value does."""

    window: Annotated[Duration, span("20m", "6h", "1m")] = Duration(_HOUR)
    half_life: Annotated[Duration, span("1d", "28d", "1m")] = Duration(7 * _DAY)
    p: Chance | None = None
    concentration: Annotated[float, Meta(ge=1.0, le=1e6, extra=rule("1 to 1000000"))] = 100.0
    min_authors: Annotated[int, Meta(ge=2, le=1_000_000, extra=rule("a whole number, 2 to 1000000"))] = 20
    min_rise: Annotated[float, Meta(gt=0.0, lt=1.0, extra=rule("more than 0, less than 1"))] = 0.15
    min_history: Annotated[int, Meta(ge=1, le=1_000_000, extra=rule("a whole number, 1 to 1000000"))] = 100


class IncidentEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """How incidents behave; see `detector.incident.IncidentSettings` for too short and too long."""

    mute: Annotated[Duration, span("1m", "14d", "1m")] = Duration(_DAY)
    escalate_ratio: Annotated[float, Meta(ge=1.0, le=100.0, extra=rule("1.0 to 100.0"))] = 2.0
    escalate_after: Annotated[Duration, span("1m", "7d", "1m")] = Duration(_HOUR)
    resolve_after: Annotated[Duration, span("1m", "7d", "1m")] = Duration(_HOUR)
    update_every: Annotated[Duration, span("1m", "7d", "1m")] = Duration(30 * _MIN)


class DetectorFile(Struct, frozen=True, forbid_unknown_fields=True):
    """All of `detector.yml`.

    `allowed_lateness` too short: posts of a slow source are reported late and count nowhere; too
    long: incidents resolve later, and more minutes stay open in memory. Count alarms do not wait for it.
    `alerts_per_brand_week` too low: crises of small brands are told late or not at all; too high:
    people stop to look. It sets `rank_p`, `tail_p` and the share's `p` where these are not given.
    """

    allowed_lateness: Annotated[Duration, span("0s", "6h")] = Duration(5 * _MIN)
    alerts_per_brand_week: Budget = DEFAULT_BUDGET
    scorer: Literal["fused", "lexicon", "vader"] = "lexicon"
    start: Literal["earliest", "latest"] = "earliest"
    detector: DetectorEntry = DetectorEntry()
    share: ShareEntry = ShareEntry()
    incident: IncidentEntry = IncidentEntry()


def detector_settings(file: DetectorFile) -> DetectorSettings:
    """Return the detector's settings as the core knows them; a begun minute of lateness is a whole one."""
    entry, point = file.detector, operating_point(file.alerts_per_brand_week)
    return DetectorSettings(
        window_min=entry.window.minutes,
        lateness_min=-(-file.allowed_lateness // _MIN),
        half_life_min=entry.half_life.minutes,
        rank_p=point.rank_p if entry.rank_p is None else entry.rank_p,
        reference_days=entry.reference // _DAY,
        tail_p=point.tail_p if entry.tail_p is None else entry.tail_p,
        dispersion=entry.dispersion,
        young_dispersion=entry.young_dispersion,
        young_min=entry.young.minutes,
        min_count=entry.min_count,
        min_ratio=entry.min_ratio,
        min_exposure_min=entry.min_exposure.minutes,
        prior_per_hour=entry.prior_per_hour,
        prior_min=entry.prior.minutes,
        incident_cap=entry.incident_cap,
    )


def share_settings(file: DetectorFile) -> ShareSettings:
    """Return the share's settings as the core knows them."""
    entry = file.share
    return ShareSettings(
        window_min=entry.window.minutes,
        half_life_min=entry.half_life.minutes,
        p=operating_point(file.alerts_per_brand_week).share_p if entry.p is None else entry.p,
        concentration=entry.concentration,
        min_authors=entry.min_authors,
        min_rise=entry.min_rise,
        min_history=entry.min_history,
    )


def incident_settings(file: DetectorFile) -> IncidentSettings:
    """Return the incident settings as the core knows them."""
    entry = file.incident
    return IncidentSettings(
        mute_min=entry.mute.minutes,
        escalate_ratio=entry.escalate_ratio,
        escalate_after_min=entry.escalate_after.minutes,
        resolve_after_min=entry.resolve_after.minutes,
        update_every_min=entry.update_every.minutes,
    )
