"""The end of a demonstration: what became of the posts, the incidents, and whether it was right."""

from __future__ import annotations

from statistics import median

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from agents.demo.scene import Scene
from agents.demo.words import Language, Words
from detector.clock import MINUTE_MS, Millis, from_rfc3339, to_rfc3339
from detector.incident_record import Change, Incident
from detector.message import message


class Account(Struct, frozen=True):
    """What a worker says of its posts; mentions are posts where there is one brand."""

    received: int
    unmatched: int
    rejected: int
    matched: int
    counted: int
    late: int
    duplicate: int

    @classmethod
    def of(cls, samples: dict[str, float]) -> Account:
        """Return the account in a worker's metrics."""

        def posts(outcome: str) -> int:
            return int(samples[f'siaga_posts_total{{outcome="{outcome}"}}'])

        def mentions(outcome: str) -> int:
            return int(samples[f'siaga_mentions_outcome_total{{outcome="{outcome}"}}'])

        unmatched, rejected, matched = posts("unmatched"), posts("rejected"), posts("matched")
        received = unmatched + rejected + matched
        return cls(
            received,
            unmatched,
            rejected,
            matched,
            mentions("counted"),
            mentions("late"),
            mentions("duplicate"),
        )

    def missing(self, sent: int) -> int:
        """Return how many posts or mentions nothing is known of yet."""
        return abs(sent - self.received) + max(0, self.matched - self.counted - self.late - self.duplicate)


def faults(scene: Scene, account: Account) -> list[tuple[str, int]]:
    """Return what went wrong, as keys of `Words.bad` with a number; nothing for posts of one's own."""
    found = []
    if missing := account.missing(scene.sent_posts):
        found.append(("counts", missing))
    crisis, joke = scene.script.events.get("crisis"), scene.script.events.get("joke")
    opened = [d.incident for d in scene.delivered if d.incident.change is Change.OPENED]
    if crisis:
        calls = sum(crisis.holds(_opened(one)) for one in opened)
        if calls != 1:
            found.append(("twice" if calls else "no_alert", calls))
    if joke and any(joke.holds(_opened(d.incident)) for d in scene.delivered):
        found.append(("joke", 0))
    return found


def print_summary(console: Console, scene: Scene, account: Account, words: Words, language: Language) -> None:
    """Print the tables."""
    totals = Table(box=None, padding=(0, 2))
    row = (
        scene.sent_posts,
        account.counted,
        account.unmatched,
        account.late,
        account.rejected,
        account.duplicate,
    )
    for title in words.totals:
        totals.add_column(title, justify="right")
    totals.add_row(*(f"{n:,}" for n in row))
    console.print(totals)
    for revisions in scene.incidents:
        _print_incident(console, scene, revisions, words, language)
    waits = [
        w
        for d in scene.delivered
        if d.incident.change is Change.OPENED
        for w in [scene.latency_s(d)]
        if w is not None
    ]
    if waits:
        console.print(words.latency.format(median=median(waits), alerts=len(waits)), highlight=False)


def delay_ms(scene: Scene) -> Millis | None:
    """Return the time from the outage's begin to the minute in which it was noticed."""
    crisis = scene.script.events.get("crisis")
    for one in scene.incidents:
        if crisis and crisis.holds(_opened(one[0])):
            return _opened(one[0]) - crisis.onset // MINUTE_MS * MINUTE_MS
    return None


def _print_incident(
    console: Console, scene: Scene, revisions: list[Incident], words: Words, language: Language
) -> None:
    first, last = revisions[0], revisions[-1]
    worst = max((r.severity for r in revisions), key=lambda severity: severity.rank)
    event = next((e for e in scene.script.events.values() if e.holds(_opened(first))), None)
    drivers = max((r.evidence.drivers for r in revisions), key=lambda found: len(found))
    began = to_rfc3339(event.onset) if event else first.onset_at
    facts = (
        (words.began, f"{began[:10]} {began[11:16]} UTC"),
        (words.onset, f"{first.onset_at[11:16]} UTC"),
        (words.noticed, f"{first.opened_at[11:16]} UTC"),
        (words.over, f"{last.resolved_at[11:16]} UTC" if last.resolved_at else words.open),
        (words.why, message(first, language).body.splitlines()[0]),
        (words.drivers, ", ".join(drivers)),
    )
    grid = Table.grid(padding=(0, 2))
    for name, fact in facts:
        if fact:
            grid.add_row(f"  {name}", fact)
    title = words.scenes[event.name] if event and event.name in words.scenes else first.brand
    console.print(f"{words.severities[worst]}: {title}", style="bold", highlight=False)
    console.print(grid)


def _opened(incident: Incident) -> Millis:
    return from_rfc3339(incident.opened_at)
