"""How the default detector decides; every value with its unit, its source, and what a wrong one does."""

from __future__ import annotations

from zlib import crc32

from msgspec import Struct, structs

from detector.codec import to_msgpack


class DetectorSettings(Struct, frozen=True, kw_only=True):
    """Settings of `RankTail`. Defaults are round numbers, measured on public streams (`bench/detection.py`).

    Parameters
    ----------
    window_min
        Length of the judged windows, minutes, 1 to 60. Too short: slow rises stay below `min_count`;
        too long: a short burst drowns.
    lateness_min
        Allowed lateness of posts, minutes, 0 or more. Too short: late posts are not counted; too long:
        limits rest on older minutes.
    half_life_min
        Half-life of the means, minutes. Too short: a slow crisis becomes normal; too long: a level that
        doubled for good alarms for days.
    rank_p
        Conformal p-value among the residuals of the reference days, 0 to 1. Too low: only records
        alarm; too high: every busy evening does.
    reference_days
        Complete days of residuals. Too few: yesterday decides what is rare; too many: an old crisis
        hides a new one.
    tail_p
        Negative-binomial tail probability, 0 to 1. Too low: small brands never alarm; too high: chance does.
    dispersion, young_dispersion
        Excess variance relative to the squared mean, later and within the first `young_min`
        observed minutes. Too low: conversations look like crises; too high: crises like conversations.
    young_min
        Observed minutes whose residuals stay out of the reference.
    min_count
        Least posts in a window that can be a spike. Too low: a family quarrel alarms; too high: small brands
        wait longer.
    min_ratio
        A spike exceeds this multiple of what is expected. Too low: large brands alarm at ripples.
    min_exposure_min
        Observed minutes before the first alarm. Too short: the first busy hour alarms; too long: new brands
        are blind.
    prior_per_hour, prior_min
        Posts an hour assumed of an unknown brand, and the minutes of observation that belief is worth.
    incident_cap
        While an incident is open, means learn at most this multiple of what is expected. Too low: a
        level that rose for good is never learnt; too high: the crisis becomes normal.
    """

    window_min: int = 15
    lateness_min: int = 5
    half_life_min: int = 24 * 60
    rank_p: float = 0.0025
    reference_days: int = 14
    tail_p: float = 1e-4
    dispersion: float = 0.2
    young_dispersion: float = 1.0
    young_min: int = 24 * 60
    min_count: int = 7
    min_ratio: float = 1.5
    min_exposure_min: int = 3 * 60
    prior_per_hour: float = 0.5
    prior_min: int = 60
    incident_cap: float = 3.0

    @property
    def lag_min(self) -> int:
        """Minutes between a judged window's end and the newest minute its limit rests on.

        A window's earliest minute and the newest learnt one never overlap, and a minute is learnt no
        sooner than the allowed lateness permits: lateness + window + 1.
        """
        return self.lateness_min + self.window_min + 1

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that change with any value; part of the detector's version."""
        return f"{crc32(to_msgpack(structs.asdict(self))):08x}"


class ShareSettings(Struct, frozen=True, kw_only=True):
    """Settings of `ShareRise`. Defaults are those of the design, measured on posts to airlines.

    Parameters
    ----------
    window_min
        Length of the judged windows, minutes, 20 or more. Too short: few voices, so that only large
        brands are judged; too long: a rise is told late.
    half_life_min
        After so many minutes a voice weighs half in the brand's own share. Too short: a slow souring
        becomes normal; too long: it stays an alarm for weeks.
    p
        Beta-binomial tail probability, 0 to 1. Too low: only uproar is told; too high: every bad hour is.
    concentration
        How steady the share of a brand is from hour to hour: its standard deviation is about
        ``sqrt(s (1 - s) / (concentration + 1))``, 5 points at 100. Too low: rises are missed; too
        high: an ordinary bad hour of a large brand alarms.
    min_authors
        Least voices in a window. Too low: one family decides; too high: small brands are never judged.
    min_rise
        Least rise above the brand's own share. Too low: ripples of large brands; too high: only uproar.
    min_history
        Voices heard before the first verdict. Too few: the own share is a guess.
    prior_share, prior_authors
        The share assumed of an unknown brand, and the voices that belief is worth.
    """

    window_min: int = 60
    half_life_min: int = 7 * 24 * 60
    p: float = 1e-3
    concentration: float = 100.0
    min_authors: int = 20
    min_rise: float = 0.15
    min_history: int = 100
    prior_share: float = 0.25
    prior_authors: float = 20.0

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that change with any value; part of the detector's version."""
        return f"{crc32(to_msgpack(structs.asdict(self))):08x}"
