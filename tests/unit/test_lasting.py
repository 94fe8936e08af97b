"""A crisis must not become normal while it lasts: its counts are judged by what was known before it."""

import numpy as np
from msgspec import structs

from detector.codec import from_msgpack, to_msgpack
from detector.evidence import Evidence
from detector.incident import Change, Incident, IncidentSettings, Watch, on_close
from detector.lasting import as_before, note_known
from detector.proof import prove
from detector.rank_tail import RankTail
from detector.spike import Reason, Signal, Verdict
from detector.window import Window

START = 24_000_000
DAY = 1_440
HISTORY = 3 * DAY
RATE = 0.4
SETTINGS = IncidentSettings()


def shown(count: int) -> Evidence:
    return Evidence(count, count, 0, count, -0.5, 1.0, 0, 0, {}, {}, negative_authors=count)


class Brand:
    """One brand whose negative posts are counted; `live` lets minutes pass at a rate."""

    def __init__(self) -> None:
        self.detector = RankTail(Signal.NEGATIVE_COUNT)
        self.watch = Watch()
        self.sent: list[Incident] = []
        self.verdicts: list[Verdict] = []
        self._random = np.random.default_rng(7)
        self._recent = [0] * 15
        self.minute = START

    def live(self, minutes: int, rate: float, restart: bool = False) -> None:
        for count in self._random.poisson(rate, minutes).tolist():
            self._recent = [*self._recent[1:], count]
            total = sum(self._recent)
            window = Window(self.minute, 15, total, total)
            if self.watch.incident is not None or self.detector.reaches(window):
                if restart:
                    self.watch = from_msgpack(to_msgpack(self.watch), Watch)
                verdict = self.detector.judge(window)
                self.verdicts.append(verdict)
                step = on_close(
                    "kopi", self.watch, self.minute, [verdict], lambda *_, n=total: shown(n), SETTINGS
                )
                self.watch = step.watch
                self.sent += [step.revision] if step.revision else []
            self.detector.learn(window, self.watch.guards(self.minute, SETTINGS))
            self.minute += 1

    @property
    def changes(self) -> list[Change]:
        return [incident.change for incident in self.sent]


def in_a_crisis_of(hours: int, restart: bool = False) -> Brand:
    brand = Brand()
    brand.live(HISTORY, RATE)
    assert brand.sent == []
    brand.live(hours * 60, 6 * RATE, restart)
    return brand


def test_an_incident_lasts_as_long_as_its_crisis_at_a_constant_level() -> None:
    brand = in_a_crisis_of(12)
    # The brand's own baseline has learnt the crisis long since: that would have ended the incident.
    assert sum(verdict.reason is Reason.SEEN_BEFORE for verdict in brand.verdicts) > 60
    assert Change.RESOLVED not in brand.changes
    assert brand.changes.count(Change.OPENED) == 1
    brand.live(120, RATE)
    assert brand.changes[-1] is Change.RESOLVED
    assert brand.sent[-1].reason == "no spike for 60 min"


def test_it_calls_nobody_again_for_what_only_lasts() -> None:
    changes = in_a_crisis_of(12).changes
    assert {Change.OPENED, Change.UPDATED} <= set(changes)
    assert changes.count(Change.ESCALATED) <= 1  # from warning to critical, once it is that bad


def test_a_level_that_stays_for_longer_than_the_mute_is_the_new_normal() -> None:
    brand = in_a_crisis_of(27)
    assert brand.changes[-1] is Change.RESOLVED
    last_alarm = max(
        one.verdict.minute for one in brand.sent if one.change in (Change.OPENED, Change.ESCALATED)
    )
    ended = [one for one in brand.sent if one.change is Change.RESOLVED]
    assert len(ended) == 1
    assert brand.minute - last_alarm > SETTINGS.mute_min


def test_what_a_lasting_crisis_is_judged_by_survives_a_restart_at_every_minute() -> None:
    assert in_a_crisis_of(5, restart=True).sent == in_a_crisis_of(5).sent


def test_every_revision_proves_itself_by_what_was_known_before() -> None:
    brand = in_a_crisis_of(12)
    updates = [one for one in brand.sent if one.change is Change.UPDATED]
    assert all(prove(one.verdict).holds for one in updates)
    opened = brand.sent[0].verdict
    late = updates[-1].verdict
    assert late.is_spike
    assert late.numbers["ewma"] < 1.1 * opened.numbers["ewma"]


def test_as_before_changes_nothing_that_the_past_cannot_change() -> None:
    brand = in_a_crisis_of(4)
    before = brand.watch.before
    assert set(before) == {Signal.NEGATIVE_COUNT}
    spike = next(v for v in brand.verdicts if v.is_spike)
    assert as_before(spike, before) is spike
    seen = next(v for v in brand.verdicts if v.reason is Reason.SEEN_BEFORE)
    assert as_before(seen, {}) is seen
    few = structs.replace(seen, reason=Reason.TOO_FEW)
    assert as_before(few, before) is few
    of_another = structs.replace(seen, detector="zscore/1-0")
    assert as_before(of_another, before) is of_another
    assert as_before(seen, before).reason is Reason.SPIKE
    assert (as_before(seen, before).observed, as_before(seen, before).minute) == (seen.observed, seen.minute)


def test_the_time_of_day_still_counts() -> None:
    """What is usual at this hour is no crisis, however quiet the hour was in which it began."""
    brand = in_a_crisis_of(4)
    seen = next(v for v in brand.verdicts if v.reason is Reason.SEEN_BEFORE)
    busy = structs.replace(seen, numbers={**seen.numbers, "usual": seen.observed})
    assert as_before(busy, brand.watch.before).reason is Reason.NOT_ABOVE_EXPECTED


def test_of_a_brand_that_was_watched_for_hours_only_nothing_is_known() -> None:
    """A first night says nothing about the day that follows, nor does the second day about the first."""
    brand = Brand()
    brand.live(22 * 60, 0.1)
    brand.live(3 * 60, 1.5)
    assert brand.changes[0] is Change.OPENED
    exposures = [verdict.numbers["exposure_min"] for verdict in brand.verdicts]
    assert exposures[0] < DAY < exposures[-1]
    assert brand.watch.before == {}


def test_what_was_known_is_noted_once() -> None:
    brand = in_a_crisis_of(1)
    known = note_known({}, brand.verdicts[:1])
    assert known == {Signal.NEGATIVE_COUNT: brand.verdicts[0].numbers}
    assert note_known(known, brand.verdicts) is known
