"""One brand as its mentions partition sees it: buckets, voices, detectors and the incident watch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from detector.bucket import OpenBuckets, Tally
from detector.clock import DAY_MIN, Minute, from_rfc3339, minute_of
from detector.evidence import Evidence
from detector.examples import examples_of
from detector.exhibit import evidence_of
from detector.gist import Gist, Past, Sample, gist_of, pack_gist, unpack_gist
from detector.limits import Limits
from detector.mention import Mention
from detector.onset import rise_began
from detector.severity import RAISED_SHARE
from detector.silence import Feed, hear
from detector.spike import Detector, Signal, Verdict
from detector.talk import Talk
from detector.usual import Usual
from detector.voices import Voices
from detector.watch import Watch
from detector.window import Window

# A brand that was silent for so long begins anew: twice the days that a baseline compares with.
# Without an end, one post from an archive would cost the minutes of all the years since.
FORGET_MIN = 28 * DAY_MIN

# Closed minutes are remembered for so long, so that a slow rise is seen from its begin.
PAST_MIN = 60


class Look(NamedTuple):
    """A window whose count has reached the limit of a detector and is worth a verdict."""

    detector: Detector
    window: Window


class Track:
    """The memory of one brand. Its methods decide nothing; they say what is worth a decision.

    Parameters
    ----------
    brand
        The brand's key.
    new_detectors
        Makes fresh detectors, one for each signal and window length.
    """

    def __init__(self, brand: str, new_detectors: Callable[[], Sequence[Detector]]) -> None:
        self.brand = brand
        self._new_detectors = new_detectors
        detectors = list(new_detectors())
        counting = [d for d in detectors if not d.at_close]
        self._lag = max(d.lag_min for d in counting)
        lengths = sorted({d.window_min for d in counting})
        closing = {d.window_min for d in detectors if d.at_close}
        self.everyone = Voices(lengths, closing)
        self.negative = Voices(lengths, closing)
        self.detectors = detectors
        self._settled: Minute | None = None
        self._final: dict[tuple[bool, int], Window] = {}
        self.open = OpenBuckets()
        self.past_min = max(PAST_MIN, *lengths, *closing)
        self.past: dict[Minute, Past] = {}
        self.usual = Usual()
        self.feeds: dict[int, Feed] = {}
        self.talk = Talk(brand)
        self.watch = Watch()
        self.learnt: Minute | None = None

    @property
    def detectors(self) -> Sequence[Detector]:
        """Those that judge open minutes and those that judge at the close."""
        return self._detectors

    @detectors.setter
    def detectors(self, detectors: Sequence[Detector]) -> None:
        self._detectors = list(detectors)
        self._limits = [Limits(d, self._voices_of(d)) for d in detectors if not d.at_close]
        self._closing = [d for d in detectors if d.at_close]

    def is_remembered(self, minute: Minute) -> bool:
        """Tell whether, once a minute is closed, there is more to know than how long the brand was silent."""
        heard = self.everyone.heard
        return (
            bool(self.everyone) or heard.count(minute, heard.horizon) > 0 or self.watch.incident is not None
        )

    def wakes_at(self, minute: Minute) -> Minute | None:
        """Return the first minute, from the given one on, whose close can change anything; None: none can.

        Between its last post and its next a brand is only silent, however many minutes lie between.
        """
        if self.watch.incident is not None or self.open.has_kept:
            return minute
        first = self.everyone.first
        return None if first is None else max(minute, first - self._lag)

    def in_incident(self, minute: Minute) -> bool:
        """Tell whether a minute belongs to an open incident; those before its opening do not."""
        incident = self.watch.incident
        return incident is not None and minute >= minute_of(from_rfc3339(incident.opened_at))

    def window(self, minute: Minute, length: int) -> Window:
        """Return the window that ends with a minute that is not yet closed."""
        return Window(
            minute, length, self.everyone.count(minute, length), self.negative.count(minute, length)
        )

    def window_of(self, detector: Detector, minute: Minute) -> Window:
        """Return what a detector judges when a minute is closed."""
        length = detector.window_min
        if not detector.at_close and self._settled != minute:
            return self.window(minute, length)
        self._settle(minute)
        window = self._final.get((detector.at_close, length))
        if window is None:
            window = self._closed(minute, length) if detector.at_close else self.window(minute, length)
            self._final[detector.at_close, length] = window
        return window

    def _closed(self, minute: Minute, length: int) -> Window:
        everyone, negative = self.everyone, self.negative
        return Window(
            minute, length, everyone.heard.count(minute, length), negative.heard.count(minute, length),
            new_posts=everyone.came(length), new_negatives=negative.came(length),
        )  # fmt: skip

    def closed_window(self, detector: Detector) -> Window | None:
        """Return the newest window of a detector that judges at the close; None before the first close."""
        if self._settled is None:
            return None
        minute, length = self._settled, detector.window_min
        everyone, negative = self.everyone.heard, self.negative.heard
        return Window(minute, length, everyone.count(minute, length), negative.count(minute, length))

    def evidence(self, minute: Minute, length: int) -> Evidence:
        """Return the evidence of the window that ends with a minute that is not yet closed."""
        minutes = range(minute - length + 1, minute + 1)
        return evidence_of(
            {at: found for at in minutes if (found := self._minute(at)) is not None},
            minute,
            length,
            *self._authors(minute, length),
            tuple(self._voices(at, negative=False) for at in minutes),
            tuple(self._voices(at, negative=True) for at in minutes),
            self.usual,
        )

    def complete(self, evidence: Evidence) -> Evidence:
        """Return the evidence of a revision with what takes longer: drivers and examples."""
        begin, end = from_rfc3339(evidence.from_at), from_rfc3339(evidence.to_at)
        negative: list[Sample] = []
        other: list[Sample] = []
        for at in range(minute_of(begin), minute_of(end)):
            found = self._minute(at)
            if found is not None:
                negative += found[1].negative
                other += found[1].other
        raised = evidence.negative_voices_share >= RAISED_SHARE
        return structs.replace(
            evidence,
            # Where people complain, what drives it is what they complain of.
            drivers=self.talk.drivers(negative if raised else [*negative, *other]),
            examples=examples_of(negative, other, begin, end),
        )

    def onset(self, verdict: Verdict) -> Minute:
        """Return the minute in which the rise behind a spike is estimated to have begun."""
        first = verdict.minute - self.past_min + 1
        negative = verdict.signal is not Signal.TOTAL_COUNT
        counts = [self._voices(at, negative) for at in range(first, verdict.minute + 1)]
        risen = max(sum(counts[-verdict.window_min :]), 1) / verdict.window_min
        expected = verdict.expected / verdict.window_min
        if verdict.signal is Signal.NEGATIVE_SHARE:
            expected *= self._authors(verdict.minute, verdict.window_min)[0]
        return first + rise_began(counts, min(max(expected, 1e-3), risen / 2), risen)

    def _minute(self, minute: Minute) -> tuple[Tally, Gist] | None:
        bucket = self.open.minutes.get(minute)
        if bucket is not None:
            return bucket.tally, gist_of(bucket)
        past = self.past.get(minute)
        return None if past is None else (past.tally, unpack_gist(past))

    def _authors(self, minute: Minute, length: int) -> tuple[int, int]:
        """Return the distinct authors of a window and of its negative posts."""
        return self.everyone.authors(minute, length), self.negative.authors(minute, length)

    def _voices(self, minute: Minute, negative: bool) -> int:
        past = self.past.get(minute)
        if past is not None:
            return past.negative_voices if negative else past.voices
        return (self.negative if negative else self.everyone).spoke(minute)

    def refill(self, mention: Mention, minute: Minute) -> bool | None:
        """Count a mention of a minute without looking at it; see `OpenBuckets.add` for the result."""
        self._disturb()
        return self._add(mention, minute)

    def _add(self, mention: Mention, minute: Minute) -> bool | None:
        first = self.open.add(mention, minute)
        if first is not None:
            self.everyone.add(mention.author, minute)
            if mention.label < 0:
                self.negative.add(mention.author, minute)
        return first

    def count(self, mention: Mention, minute: Minute, closed_to: Minute | None) -> Sequence[Look] | None:
        """Count a mention of an open minute; return the looks it makes worth while, None for a duplicate."""
        first = self._add(mention, minute)
        if first is None:
            return None
        if self.learnt is None:
            return ()
        if closed_to is not None and self.learnt < closed_to:
            self.learn_silence(closed_to)
        if first:
            for limits in self._limits:
                limits.begin(minute, self.learnt)
        looks: list[Look] = []
        for limits in self._limits:
            if (limits.negative and mention.label >= 0) or limits.passes():
                continue
            for end in limits.reached_by(minute, first, self.open.minutes, self.learnt):
                looks.append(self._look(limits.detector, end))
        return looks

    def _look(self, detector: Detector, minute: Minute) -> Look:
        return Look(detector, self.window(minute, detector.window_min))

    def _disturb(self) -> None:
        for limits in self._limits:
            limits.disturb()

    def close(self, minute: Minute, in_incident: bool, live: int = 0) -> tuple[Tally | None, list[Look]]:
        """Close a minute, learn its windows, and return its sums and what may be judged now.

        The looks are at later minutes whose limit had to wait for this one. `live` is that of `Heard`.
        """
        bucket = self.open.close(minute)
        if bucket is not None:
            voices, negative = self.everyone.spoke(minute), self.negative.spoke(minute)
            packed = pack_gist(gist_of(bucket, whole=False))
            self.remember(minute, Past(bucket.tally, voices, negative, packed))
            self.hear(minute, live, bucket.platforms, in_incident)
        self.learn(minute, in_incident)
        looks = []
        for limits in self._limits:
            limits.close(minute)
            end = minute + limits.detector.lag_min
            if end in self.open.minutes:
                limits.disturb()  # what was compared did not include it
                look = self._look(limits.detector, end)
                if limits.is_reached(end, look.window, self.learnt):
                    looks.append(look)
        return None if bucket is None else bucket.tally, looks

    def remember(self, minute: Minute, past: Past) -> None:
        """Keep a closed minute for the windows after it."""
        self.past[minute] = past
        while (oldest := next(iter(self.past))) <= minute - self.past_min:
            del self.past[oldest]

    def hear(self, minute: Minute, live: int, platforms: Mapping[int, int], in_incident: bool) -> None:
        """Take note of the platforms on which something was said in a closed minute."""
        hear(self.feeds, minute, live, platforms, learn=not in_incident)

    def learn(self, minute: Minute, in_incident: bool) -> None:
        """Let every detector learn the windows that end with a minute, then let the voices go on."""
        if self._knows(minute):
            self.listen(minute)
            return
        self.learn_silence(minute - 1)
        self._settle(minute)
        if self.learnt is not None or self._is_heard(minute):
            for detector in self._detectors:
                detector.learn(self.window_of(detector, minute), in_incident)
            if self.learnt is None:
                self._disturb()
            self.learnt = minute
        past = self.past.get(minute)
        if past is not None and not in_incident:
            self.usual.learn(minute, past.voices, past.negative_voices)
            if self.talk.is_due(minute):
                gist = unpack_gist(past)
                self.talk.learn(minute, [*gist.negative, *gist.other])
        self.everyone.close(minute)
        self.negative.close(minute)

    def _knows(self, minute: Minute) -> bool:
        """Tell whether a minute was learnt before it came: from history that reaches further than the log."""
        return self.learnt is not None and minute <= self.learnt

    def listen(self, minute: Minute) -> None:
        """Close a minute that the detectors have learnt already, as a restart does."""
        self._settle(minute)
        self.everyone.close(minute)
        self.negative.close(minute)

    def learn_silence(self, closed_to: Minute) -> None:
        """Learn the minutes that were skipped because nothing was said in them."""
        self._pass(closed_to, known=True)

    def pass_unwatched(self, closed_to: Minute) -> bool:
        """Let time pass of which nothing is known: no data is not zero. Return whether there was any."""
        return self._pass(closed_to, known=False)

    def _pass(self, closed_to: Minute, known: bool) -> bool:
        if self.learnt is None or self.learnt >= closed_to:
            return False
        if closed_to - self.learnt > FORGET_MIN:
            self.detectors, self.learnt = self._new_detectors(), None
            return False
        self._disturb()
        for detector in self._detectors:
            if known:
                detector.learn_silence(closed_to)
                continue
            for minute in range(self.learnt + 1, closed_to + 1):
                detector.learn(Window(minute, detector.window_min, 0, 0, known), in_incident=False)
        self.learnt = closed_to
        return True

    def reached(self, minute: Minute) -> bool:
        """Tell whether any window that ends with a minute, which is about to be closed, is a spike."""
        self.learn_silence(minute - 1)
        self._settle(minute)
        if self._knows(minute) or not self._is_heard(minute):
            return False
        for limits in self._limits:
            if limits.is_reached(minute, self.window_of(limits.detector, minute), self.learnt):
                return True
        # A share rises when somebody says something bad, not when others fall silent.
        return any(
            self.negative.came(detector.window_min) and detector.reaches(self.window_of(detector, minute))
            for detector in self._closing
        )

    def nearly(self, minute: Minute) -> Verdict | None:
        """Return the verdict on a window that only a larger budget would tell, when its minute is closed.

        A minute in which nothing was said makes no alarm.
        """
        if minute not in self.open.minutes or self._knows(minute):
            return None
        for detector in self._detectors:
            if detector.at_close and not self.negative.came(detector.window_min):
                continue
            window = self.window_of(detector, minute)
            if detector.nearly(window):
                return detector.judge(window)
        return None

    def _is_heard(self, minute: Minute) -> bool:
        """Tell whether anything was said in the longest of the windows that end with a settled minute."""
        for limits in self._limits:
            if limits.detector.window_min == self.everyone.longest:
                return self.window_of(limits.detector, minute).posts > 0
        return False

    def _settle(self, minute: Minute) -> None:
        """Take the voices of a minute, which are now final, into the windows of closed minutes."""
        if self._settled == minute:
            return
        self._settled = minute
        self._final = {}
        if self.everyone.settle(minute) | self.negative.settle(minute):
            self._disturb()

    def _voices_of(self, detector: Detector) -> Voices:
        return self.negative if detector.signal is Signal.NEGATIVE_COUNT else self.everyone
