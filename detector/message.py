"""What people are told: one line with brand, what, how big and since when, then why and what to do."""

from __future__ import annotations

import math

from msgspec import Struct

from detector.clock import MINUTE_MS, Millis, from_rfc3339, start_of
from detector.evidence import Evidence, Example
from detector.incident_record import Incident
from detector.moment import Moments
from detector.spike import Signal, Verdict
from detector.wording import WORDINGS, Language, Wording

MAX_SUMMARY_WORDS = 40
MAX_BRAND_CHARS = 60
MAX_EXAMPLES = 3
MAX_EXAMPLE_CHARS = 200
LOW_COVERAGE = 0.5
AMPLIFIED_SHARE = 0.25

_MAX_BRAND_WORDS = 6
_MAX_LISTED = 5
_MAX_REASONS = 2
_JOINER = "\u200d"  # holds emoji of several parts together
_NAMES = {"x": "X", "tiktok": "TikTok", "youtube": "YouTube", "linkedin": "LinkedIn", "whatsapp": "WhatsApp"}


class Message(Struct, frozen=True):
    """A text for people: `summary` is one line of at most 40 words, `body` lines of plain text."""

    summary: str
    body: str

    @property
    def text(self) -> str:
        """The whole message, for channels without a subject."""
        return f"{self.summary}\n\n{self.body}"


def message(
    incident: Incident,
    language: Language,
    name: str = "",
    link: str = "",
    reminder: bool = False,
    zone: str = "UTC",
) -> Message:
    """Return what to tell people about a revision of an incident.

    Every sentence stands on its own, because a receiver may not have seen earlier revisions.
    Probabilities are not shown.

    Parameters
    ----------
    incident
        Any revision; its examples must be redacted already.
    language
        ``"id"`` for Indonesian, ``"en"`` for English.
    name
        The brand's name as people know it; its key when empty.
    link
        Where people can look for themselves; none when empty.
    reminder
        Whether nothing is new, and it is only told again.
    zone
        Name of the time zone of all times in it, of the IANA database.
    """
    words = WORDINGS[language]
    moments = Moments(words, zone)
    brand = _short(" ".join((name or incident.brand).split()[:_MAX_BRAND_WORDS]), MAX_BRAND_CHARS)
    resolved = incident.state == "resolved"
    onset = from_rfc3339(incident.onset_at)
    lines = [] if resolved else [_count(incident, onset, words, moments)]
    if incident.evidence.posts and not resolved:
        lines += _why(incident, brand, words)
    if incident.first_seen:
        lines.append(words.first_seen.format(brand=brand))
    if incident.silent_platforms and not resolved:
        silent = ", ".join(_platform(name, words) for name in incident.silent_platforms[:_MAX_LISTED])
        lines.append(words.silent.format(platforms=silent))
    if incident.evidence.posts:
        lines += _shown(incident, brand, onset, words, moments)
    lines.append(words.act_at_end if resolved else words.act[incident.severity])
    if link:
        lines.append(words.link.format(link=link))
    lines.append(words.reference.format(id=incident.id, revision=incident.revision))
    if resolved:
        return Message(_ending(incident, brand, words, moments), "\n".join(lines))
    return Message(_opening(incident, brand, words, moments, reminder), "\n".join(lines))


def _opening(incident: Incident, brand: str, words: Wording, moments: Moments, reminder: bool) -> str:
    return words.opening.format(
        brand=brand,
        counted=_counted(incident.verdict, words),
        window=_span(incident.verdict.window_min, words),
        usual=_usual(incident.verdict, words),
        onset=moments.say(from_rfc3339(incident.onset_at)),
        severity=words.severities[incident.severity],
        change=words.reminder if reminder else words.changes[incident.change],
    )


def _ending(incident: Incident, brand: str, words: Wording, moments: Moments) -> str:
    start, end = from_rfc3339(incident.onset_at), from_rfc3339(incident.resolved_at or incident.updated_at)
    return words.ending.format(
        brand=brand,
        wave=words.signals[incident.signal].wave,
        duration=_span(max(1, (end - start) // MINUTE_MS), words),
        onset=moments.say(start),
        end=moments.say(end, start),
    )


def _count(incident: Incident, onset: Millis, words: Wording, moments: Moments) -> str:
    verdict = incident.verdict
    parts = [
        words.count.format(
            counted=_counted(verdict, words),
            window=_span(verdict.window_min, words),
            until=moments.say(start_of(verdict.minute + 1), onset),
            usual=_usual(verdict, words),
        )
    ]
    # Later on the range has learnt the incident itself: nobody would call that normal.
    fresh = start_of(verdict.minute) - from_rfc3339(incident.opened_at) < verdict.window_min * MINUTE_MS
    if fresh and math.isfinite(verdict.upper) and verdict.upper > 0:
        normal = verdict.upper if verdict.signal is Signal.NEGATIVE_SHARE else math.floor(verdict.upper)
        parts.append(words.normal_range.format(n=_amount(verdict.signal, normal, words)))
    parts.append(words.authors_once)
    return " ".join(parts)


def _why(incident: Incident, brand: str, words: Wording) -> list[str]:
    """Say why it is only info, or what weighs most in the score."""
    if incident.calm is not None:
        return [words.calm[incident.calm].format(brand=brand)]
    points = {name: n for name, n in incident.contributions.items() if n > 0 and name in words.contributions}
    most = sorted(points, key=lambda name: -points[name])[:_MAX_REASONS]
    reasons = ", ".join(words.contributions[name] for name in most)
    return [words.weighs.format(score=incident.score, reasons=reasons)] if most else []


def _shown(incident: Incident, brand: str, onset: Millis, words: Wording, moments: Moments) -> list[str]:
    evidence = incident.evidence
    # At the end the evidence is of the last window, no longer of the one that was counted as a spike.
    mix = words.mix_at_end if incident.state == "resolved" else words.mix
    lines = [
        mix.format(
            posts=_number(evidence.posts, words),
            brand=brand,
            negatives=_number(evidence.negatives, words),
            share=_percent(evidence.negative_share),
            usual=_usual_share(evidence, words),
            window=_span(incident.verdict.window_min, words),
        )
    ]
    if incident.state == "resolved" and _is_still_high(incident):
        lines.append(words.still_high)
    if evidence.coverage < LOW_COVERAGE:
        lines.append(words.low_coverage.format(share=_percent(evidence.coverage)))
    if evidence.amplified_share >= AMPLIFIED_SHARE:
        lines.append(words.amplified.format(share=_percent(evidence.amplified_share)))
    elif evidence.near_copies:
        lines.append(words.near_copies.format(n=_number(evidence.near_copies, words)))
    if evidence.platforms:
        most = sorted(evidence.platforms.items(), key=lambda item: (-item[1], item[0]))[:_MAX_LISTED]
        listed = ", ".join(f"{_platform(name, words)} {_number(count, words)}" for name, count in most)
        lines.append(words.platforms.format(platforms=listed))
    if evidence.drivers:
        drivers = ", ".join(_short(driver, 40) for driver in evidence.drivers[:_MAX_LISTED])
        lines.append(words.drivers.format(drivers=drivers))
    if evidence.examples:
        lines.append(words.examples)
        lines += [_example(example, onset, words, moments) for example in evidence.examples[:MAX_EXAMPLES]]
    return lines


def _is_still_high(incident: Incident) -> bool:
    """Tell whether an incident ends although its counts have not gone down: by habit."""
    verdict, evidence = incident.verdict, incident.evidence
    if verdict.signal is Signal.NEGATIVE_SHARE:
        return False
    voices = evidence.authors if verdict.signal is Signal.TOTAL_COUNT else evidence.negative_authors
    return voices is not None and voices > verdict.upper


def _usual_share(evidence: Evidence, words: Wording) -> str:
    if evidence.usual_negative_share is None:
        return ""
    return words.usual_share.format(share=_percent(evidence.usual_negative_share))


def _example(example: Example, onset: Millis, words: Wording, moments: Moments) -> str:
    at = moments.say(from_rfc3339(example.created_at), onset)
    return f"- “{_short(example.text, MAX_EXAMPLE_CHARS)}” ({_platform(example.platform, words)}, {at})"


def _platform(name: str, words: Wording) -> str:
    if name == "other":
        return words.other_platform
    return _NAMES.get(name, name.capitalize())


def _counted(verdict: Verdict, words: Wording) -> str:
    counted = words.signals[verdict.signal]
    one = verdict.signal is not Signal.NEGATIVE_SHARE and round(verdict.observed) == 1
    return (counted.one if one else counted.many).format(n=_amount(verdict.signal, verdict.observed, words))


def _usual(verdict: Verdict, words: Wording) -> str:
    if round(verdict.expected * (100 if verdict.signal is Signal.NEGATIVE_SHARE else 1)) < 1:
        return words.usually_none
    return words.usually.format(n=_amount(verdict.signal, verdict.expected, words))


def _amount(signal: Signal, value: float, words: Wording) -> str:
    return _percent(value) if signal is Signal.NEGATIVE_SHARE else _number(round(value), words)


def _number(value: int, words: Wording) -> str:
    return f"{value:,}".replace(",", words.thousands)


def _percent(share: float) -> str:
    return f"{round(share * 100)}%"


def _span(minutes: int, words: Wording) -> str:
    """Say a number of minutes with its two largest units."""
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    units = ((days, words.day), (hours, words.hour), (left, words.minute))
    parts = [f"{count} {unit}{words.plural if count > 1 else ''}" for count, unit in units if count]
    return " ".join(parts[:2])


def _short(text: str, limit: int) -> str:
    """Return text on one line, without control characters, cut at a limit."""
    line = " ".join("".join(c if c.isprintable() or c == _JOINER else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
