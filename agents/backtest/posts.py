"""Posts of the past through both hops of the service, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice

from agents.assembly import new_reader
from agents.backtest.choice import Choice
from agents.backtest.curves import Curves
from agents.backtest.order import time_of
from agents.backtest.past import Past, is_alarm, weeks_between
from agents.backtest.rows import Rows
from agents.send_posts import Refuse
from agents.sources.line import Line
from detector.clock import Millis, minute_of
from detector.incident import Incident
from detector.pipeline import Pipeline

_BATCH = 500


class PostsRun:
    """One run of posts, given in order; the memory does not grow with their number.

    Parameters
    ----------
    choice
        The settings, and the detectors.
    now
        What is later than this is the future, and refused.
    curves
        Gets what a plot needs, by brand; None leaves it out.
    refuse
        Told of each post that intake rejects.
    """

    def __init__(
        self, choice: Choice, now: Millis, curves: Curves | None = None, refuse: Refuse | None = None
    ) -> None:
        settings = choice.settings
        self._lateness_ms = int(settings.detector.allowed_lateness)
        self._pipeline = Pipeline(
            new_reader(settings, 1), choice.detectors, settings.incident_settings, self._lateness_ms
        )
        self._brands = [brand.key for brand in settings.brands]
        self._now = now
        self._curves = curves
        if curves is not None:
            self._pipeline.after = partial(curves.sample, self._pipeline.shard)
        self._read = 0
        self._refuse = refuse
        self._refused = Counter[str]()

    def take(self, lines: Sequence[Line]) -> list[Incident]:
        """Run some posts and return the revisions they led to."""
        begin = self._pipeline.offset
        revisions = self._pipeline.send_all([line.data for line in lines], self._now)
        self._read += len(lines)
        for refused in self._pipeline.outcome.refused:
            self._refused[str(refused.rejected.reason)] += 1
            if self._refuse is not None:
                self._refuse(lines[refused.offset - begin], refused.rejected)
        self._forget()
        if self._curves is not None:
            self._draw(self._curves, revisions)
        return revisions

    def counted(self) -> int:
        """Return the mentions counted so far."""
        return self._pipeline.outcome.counts["counted"]

    def finish(self) -> Past:
        """Close what is open, and return what the whole run led to."""
        revisions = self._pipeline.finish(self._now)
        if self._curves is not None:
            self._draw(self._curves, revisions)
        outcome, first, last = self._pipeline.outcome, self._pipeline.first, self._pipeline.newest
        past = Past(self._lateness_ms, outcome.revisions, outcome.counts)
        past.counts["read"] = self._read
        past.kept_back = outcome.kept_back
        past.refused = self._refused
        if first is not None and last is not None:
            past.weeks = dict.fromkeys(self._brands, weeks_between(first, last))
            past.spans = dict.fromkeys(self._brands, (first, last))
        return past

    def _draw(self, curves: Curves, revisions: Iterable[Incident]) -> None:
        for mention in self._pipeline.mentions:
            curve = curves.of(mention.brand)
            curve.add(minute_of(mention.created_at), 1, mention.label < 0)
        for revision in revisions:
            curves.of(revision.brand).told(revision)

    def _forget(self) -> None:
        # What would be written for a restart piles up until it is taken.
        self._pipeline.shard.checkpoint()
        # They are counted; kept, they would fill the memory where a whole file is late or refused.
        self._pipeline.outcome.late.clear()
        self._pipeline.outcome.refused.clear()


def replay_posts(
    lines: Iterable[Line],
    choices: Sequence[Choice],
    now: Millis,
    curves: Curves | None = None,
    refuse: Refuse | None = None,
) -> list[Past]:
    """Run posts through each of some choices, as given; of the first, curves and refusals are told."""
    first, *others = choices
    runs = [PostsRun(first, now, curves, refuse), *(PostsRun(choice, now) for choice in others)]
    following = iter(lines)
    while batch := list(islice(following, _BATCH)):
        for run in runs:
            run.take(batch)
    return [run.finish() for run in runs]


def replay_rows(
    lines: Iterable[Line],
    choice: Choice,
    now: Millis,
    rows: Rows,
    curves: Curves | None = None,
    refuse: Refuse | None = None,
) -> Past:
    """Run posts one at a time, so that each alarm is noted at the post that it came with.

    The value of a row is the number of mentions counted because of it: 0 for a post about no brand, a
    refused, late or repeated one.
    """
    run = PostsRun(choice, now, curves, refuse)
    told = counted = 0
    for line in lines:
        revisions = run.take([line])
        before, counted = counted, run.counted()
        rows.add(time_of(line.data), str(counted - before))
        for revision in filter(is_alarm, revisions):
            rows.alarm(revision)
        told += len(revisions)
    past = run.finish()
    for revision in filter(is_alarm, past.revisions[told:]):
        rows.alarm(revision)
    rows.end()
    return past
