"""Why a brand is, or is not, being alerted about: what the service knows of it, put as an answer.

Nothing is decided here: verdicts, mute and what receivers are told come from the code that decides them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from detector.alert import ReceiverRule, decide
from detector.catching_up import behind_ms, is_catching_up
from detector.clock import Millis, Minute, minute_of, start_of, to_rfc3339
from detector.incident_record import Incident
from detector.kept_back import KeptBack
from detector.ledger import LedgerEntry
from detector.mute import is_muted
from detector.severity import is_first_seen, worst_possible
from detector.silence import SilentFeed
from detector.spike import Detector, Reason, Signal, Verdict, named
from detector.track import Track
from detector.watch import IncidentSettings, Watch
from detector.watermark import Clocks


class Because(StrEnum):
    """The one reason that comes first."""

    INCIDENT_OPEN = "incident_open"
    NO_POSTS = "no_posts"
    MUTED = "muted"
    ALARM = "alarm"
    WARMING_UP = "warming_up"
    NO_SPIKE = "no_spike"


SENTENCES = {
    Because.INCIDENT_OPEN: "an incident is open, and says what is new in its revisions",
    Because.NO_POSTS: "no post of this brand has been counted yet",
    Because.MUTED: "it is a spike, but an alarm went out not long ago and this is neither worse nor larger",
    Because.ALARM: "it is a spike: an alarm goes out once the service has read as far",
    Because.WARMING_UP: "the brand has been watched for too short a time to judge",
    Because.NO_SPIKE: "it is no spike",
}


class Look(Struct, frozen=True):
    """One detector's view of the window that came closest to an alarm.

    `threshold` is the least value that is a spike, None where none is; `missing` is what was short of it.
    """

    detector: str
    signal: Signal
    window_min: int
    at: str
    observed: float
    expected: float
    threshold: float | None
    missing: float | None
    reason: Reason
    sentence: str
    verdict: Verdict


class Mute(Struct, frozen=True):
    """The last alarm, and until when it keeps others back; what reaches `breaks_through_at` comes through."""

    until: str
    alarm_at: str
    severity: str
    signal: str
    level: float
    breaks_through_at: float
    breaks_through_from: str


class Told(Struct, frozen=True):
    """What one receiver was, or was not, told of an incident, and why."""

    receiver: str
    incident: str
    revision: int
    delivered_revision: int
    action: str
    reason: str
    sentence: str


class Feed(Struct, frozen=True):
    """How far the posts have come: event time, and the posts partitions that say nothing.

    `behind_ms` is how far event time is behind the clock, beyond the allowed lateness; None without a clock.
    """

    watermark: str | None
    behind_ms: int | None
    catching_up: bool
    partitions: int
    silent: tuple[int, ...]
    idle: tuple[int, ...]


class Answer(Struct, frozen=True):
    """Why there is, or is not, an alert about a brand at a time."""

    brand: str
    at: str
    because: Because
    sentence: str
    looks: tuple[Look, ...]
    mute: Mute | None
    incident: Incident | None
    receivers: tuple[Told, ...]
    feed: Feed
    silent: tuple[SilentFeed, ...] = ()
    kept_back: KeptBack | None = None


def why(
    brand: str,
    track: Track | None,
    minute: Minute,
    closed_to: Minute | None,
    settings: IncidentSettings,
    feed: Feed,
    told: Sequence[Told] = (),
    silent: Sequence[SilentFeed] = (),
) -> Answer:
    """Return why there is, or is not, an alert about a brand.

    Parameters
    ----------
    brand, track
        The brand and what is known of it; None when nothing is. What is silent is learnt on the way, as it
        would be at the next post: hand over a track of your own.
    minute, closed_to
        The asked minute, and the last closed one; of the minutes between, the one closest to an alarm counts.
    settings
        How incidents behave.
    feed, told, silent
        How far the posts have come, what receivers were told, which platforms have stopped: passed on.
    """
    looks: tuple[Look, ...] = ()
    watch = Watch() if track is None else track.watch
    if track is not None:
        if closed_to is not None:
            track.learn_silence(closed_to)
        if track.learnt is not None:
            # Those that judge at the close last: they take the next minute for closed.
            order = sorted(track.detectors, key=lambda detector: detector.at_close)
            looks = tuple(_look(track, detector, minute, closed_to) for detector in order)
    because = _because(looks, watch, track, settings)
    return Answer(
        brand=brand,
        at=to_rfc3339(start_of(minute)),
        because=because,
        sentence=_sentence(because, looks),
        looks=looks,
        mute=_mute(watch, minute, settings),
        incident=watch.incident,
        receivers=tuple(told),
        feed=feed,
        silent=tuple(silent),
        kept_back=watch.kept_back,
    )


def _look(track: Track, detector: Detector, minute: Minute, closed_to: Minute | None) -> Look:
    first = minute if closed_to is None else min(minute, closed_to + 1)
    if detector.at_close:
        verdicts = [detector.judge(track.window_of(detector, first))]  # the next one to be closed, so far
    else:
        verdicts = [detector.judge(track.window(m, detector.window_min)) for m in range(first, minute + 1)]
    verdict = max(verdicts, key=lambda v: (v.is_spike, _nearness(v), v.minute))
    ready = verdict.reason not in (Reason.WARMING_UP, Reason.NOT_CLOSED)
    threshold = _above(verdict) if ready else None
    return Look(
        detector=named(detector),
        signal=detector.signal,
        window_min=detector.window_min,
        at=to_rfc3339(start_of(verdict.minute)),
        observed=verdict.observed,
        expected=verdict.expected,
        threshold=threshold,
        missing=None if threshold is None else max(0.0, round(threshold - verdict.observed, 6)),
        reason=verdict.reason,
        sentence=verdict.sentence,
        verdict=verdict,
    )


def _above(verdict: Verdict) -> float:
    """Return the least value that is a spike: the first one above the range that is none."""
    return verdict.upper if verdict.signal is Signal.NEGATIVE_SHARE else verdict.upper + 1.0


def _nearness(verdict: Verdict) -> float:
    return verdict.observed / max(_above(verdict), 1e-9)


def _because(looks: Sequence[Look], watch: Watch, track: Track | None, settings: IncidentSettings) -> Because:
    if watch.incident is not None:
        return Because.INCIDENT_OPEN
    if track is None or not (looks or track.everyone):
        return Because.NO_POSTS
    if not looks:
        return Because.WARMING_UP  # posts are counted, and no minute is closed yet
    spikes = [look.verdict for look in looks if look.verdict.is_spike]
    if spikes:
        muted = all(is_muted(watch, v, worst_possible(is_first_seen(v)), settings) for v in spikes)
        return Because.MUTED if muted else Because.ALARM
    if all(look.reason is Reason.WARMING_UP for look in looks):
        return Because.WARMING_UP
    return Because.NO_SPIKE


def _sentence(because: Because, looks: Sequence[Look]) -> str:
    if because is not Because.NO_SPIKE:
        return SENTENCES[because]
    nearest = max(looks, key=lambda look: _nearness(look.verdict))
    return f"{SENTENCES[because]}: {nearest.sentence}"


def _mute(watch: Watch, minute: Minute, settings: IncidentSettings) -> Mute | None:
    if watch.muted_until is None or watch.alarm_minute is None or minute >= watch.muted_until:
        return None
    return Mute(
        until=to_rfc3339(start_of(watch.muted_until)),
        alarm_at=to_rfc3339(start_of(watch.alarm_minute)),
        severity=str(watch.alarm_severity or ""),
        signal=str(watch.alarm_signal or ""),
        level=watch.alarm_level,
        breaks_through_at=settings.escalate_ratio * watch.alarm_level,
        breaks_through_from=to_rfc3339(start_of(watch.alarm_minute + settings.escalate_after_min)),
    )


def feed_of(clocks: Clocks, lateness_ms: int, now: Millis | None) -> Feed:
    """Return how far the posts have come; without a clock nothing is said about being behind."""
    mark = clocks.watermark
    behind = None if now is None else behind_ms(clocks, lateness_ms, now)
    sources = sorted(clocks.sources.items())
    return Feed(
        watermark=None if mark is None else to_rfc3339(mark),
        behind_ms=behind,
        catching_up=now is not None and is_catching_up(clocks, lateness_ms, now),
        partitions=max(clocks.expected, len(sources)),
        silent=tuple(clocks.degraded()),
        idle=tuple(p for p, source in sources if source.idle),
    )


def told_of(
    entries: Iterable[LedgerEntry], rules: Mapping[str, ReceiverRule], brand: str, now: Millis
) -> list[Told]:
    """Return what each receiver was told of a brand's newest incident, decided as the service decides."""
    mine = [entry for entry in entries if entry.brand == brand]
    if not mine:
        return []
    entry = max(mine, key=lambda one: (one.state == "open", one.arrived_at))
    told = []
    for name, rule in rules.items():
        decision = decide(entry.incident, rule, entry.delivered_to(name), now, entry.last_told(name))
        told.append(
            Told(
                receiver=name,
                incident=entry.id,
                revision=entry.revision,
                delivered_revision=decision.delivered_revision,
                action=str(decision.action),
                reason=str(decision.reason),
                sentence=decision.reason.sentence,
            )
        )
    return told


def minute_asked(clocks: Clocks, lateness_ms: int) -> Minute | None:
    """Return the newest minute of which posts are known: the present of event time."""
    known = [source.clock for source in clocks.sources.values() if source.clock is not None]
    return minute_of(max(known) + lateness_ms) if known else None
