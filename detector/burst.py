"""Several incidents in one message, so that a burst of incidents is no burst of messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from detector.clock import Millis
from detector.incident_record import Incident
from detector.message import Message, message
from detector.severity import Severity
from detector.wording import WORDINGS, Language

MAX_TOGETHER = 20
_MAX_NAMED = 4


class Told(Struct, frozen=True):
    """One incident of several, and the name of its brand."""

    incident: Incident
    name: str = ""


def wait_ms(severities: Iterable[Severity], group_ms: int, last_message_at: Millis, now: Millis) -> int:
    """Return how long those that wait are held, so that they go together; 0 for now.

    The first message after a pause goes at once; so does what is critical, and all that waits goes with it.

    Parameters
    ----------
    severities
        Of the incidents that wait.
    group_ms
        The least time between two messages.
    last_message_at, now
        System time.

    Examples
    --------
    >>> wait_ms([Severity.WARNING], 30_000, 100_000, 110_000)
    20000
    >>> wait_ms([Severity.WARNING, Severity.CRITICAL], 30_000, 100_000, 110_000)
    0
    """
    if Severity.CRITICAL in severities:
        return 0
    return min(group_ms, max(0, last_message_at + group_ms - now))


def burst_message(told: Sequence[Told], language: Language, zone: str = "UTC") -> Message:
    """Return one message about several incidents: who is concerned, then the first line of each.

    What to do is that of the worst which is still going on.

    Parameters
    ----------
    told
        At least one incident.
    language, zone
        As for `message`.
    """
    words = WORDINGS[language]
    ordered = sorted(told, key=lambda one: (one.incident.state == "resolved", -one.incident.severity.rank))
    names = list(dict.fromkeys(_short(one.name or one.incident.brand) for one in ordered))
    more = len(names) - _MAX_NAMED
    brands = ", ".join(names[:_MAX_NAMED]) + (words.and_more.format(n=more) if more > 0 else "")
    first = words.burst.format(n=len(told), brands=brands)
    lines = [f"- {message(one.incident, language, one.name, zone=zone).summary}" for one in ordered]
    worst = ordered[0].incident
    lines.append(words.act_at_end if worst.state == "resolved" else words.act[worst.severity])
    return Message(first, "\n".join(lines))


def _short(name: str) -> str:
    return " ".join(name.split()[:6])[:60]
