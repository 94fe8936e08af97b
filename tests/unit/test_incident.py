"""The incident flow as scenarios in relative time: `at("10m", ...)`."""

from collections.abc import Callable

from msgspec import structs

from detector.clock import from_rfc3339, start_of, to_rfc3339
from detector.duration import parse_duration
from detector.evidence import Evidence
from detector.incident import (
    Change,
    Incident,
    IncidentSettings,
    Outcome,
    Step,
    Watch,
    on_close,
    on_verdict,
)
from detector.severity import Calm, Severity
from detector.spike import Reason, Signal, Verdict

NOON = 29_218_500  # 2025-07-21T15:00Z
NEGATIVE, TOTAL = Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT


def minute(after: str) -> int:
    return NOON + parse_duration(after) // 60_000


def verdict(
    after: str, observed: int, signal: Signal = NEGATIVE, reason: Reason = Reason.SPIKE, history: int = 500
) -> Verdict:
    ratio = observed / 0.2
    return Verdict(
        signal, reason, minute(after), 15, float(observed), 0.2, 0.0, 6.0, ratio, 1e-6, 20_000, history
    )


def evidence(negatives: int, posts: int | None = None) -> Callable[[], Evidence]:
    posts = max(posts or 0, negatives)
    shown = Evidence(posts, negatives, 0, posts, -0.4, 0.9, 0, 0, {"x": posts}, {"id": posts})
    return lambda *_: shown


class Scenario:
    """One brand; `at` gives a spike on an open bucket, `close` closes the minutes up to a time."""

    def __init__(self, **settings: int) -> None:
        self.settings = IncidentSettings(**settings)  # type: ignore[arg-type]
        self.watch = Watch()
        self.sent: list[Incident] = []
        self.closed = NOON - 1

    def _take(self, step: Step) -> Outcome:
        self.watch = step.watch
        assert (step.revision is not None) == (step.outcome is Outcome.REVISED)
        if step.revision is not None:
            self.sent.append(step.revision)
        return step.outcome

    def at(self, after: str, observed: int, signal: Signal = NEGATIVE, history: int = 500) -> Outcome:
        shown = evidence(observed if signal is NEGATIVE else 0, observed)
        look = verdict(after, observed, signal, history=history)
        return self._take(on_verdict("kopi", self.watch, look, shown, self.settings, detector="test/1"))

    def close(self, after: str, observed: int = 0, reason: Reason = Reason.TOO_FEW) -> None:
        """Close every minute up to a time, with the same verdict on each."""
        for m in range(self.closed + 1, minute(after) + 1):
            look = structs.replace(verdict("0s", observed, reason=reason), minute=m)
            shown = evidence(observed)
            self._take(on_close("kopi", self.watch, m, [look], shown, self.settings, detector="test/1"))
            self.closed = m

    @property
    def changes(self) -> list[str]:
        return [f"{incident.change} {incident.severity}" for incident in self.sent]


def test_the_first_spike_opens_with_all_that_is_known() -> None:
    story = Scenario()
    assert story.at("5m", 7) is Outcome.REVISED
    (incident,) = story.sent
    assert incident.id == "kopi-20250721T1505Z-negative_count"
    assert incident.revision == 1
    assert incident.change is Change.OPENED
    assert incident.state == "open"
    assert incident.severity is Severity.WARNING
    assert incident.opened_at == incident.updated_at == "2025-07-21T15:05:00Z"
    assert incident.onset_at == "2025-07-21T14:51:00Z"
    assert incident.resolved_at is None
    assert incident.detector == "test/1"
    assert incident.reason == (
        "7 negative posts in 15 min, 0.2 expected: far more than this brand's history and chance explain"
    )
    assert story.watch.muted_until == minute("1d5m")


def test_the_reason_says_why_a_spike_is_only_info() -> None:
    story = Scenario()
    story.at("5m", 40, TOTAL)
    (incident,) = story.sent
    assert (incident.severity, incident.calm) == (Severity.INFO, Calm.NOT_NEGATIVE)
    assert incident.reason.endswith("history and chance explain; but most of it is not negative")


def test_the_onset_is_estimated_where_an_estimate_is_given() -> None:
    step = on_verdict(
        "kopi", Watch(), verdict("20m", 9), evidence(9), IncidentSettings(), onset=lambda v: v.minute - 3
    )
    assert step.revision is not None
    assert step.revision.onset_at == "2025-07-21T15:17:00Z"


def test_a_negative_signal_after_a_volume_only_alarm_is_never_muted() -> None:
    story = Scenario()
    story.watch = Watch(
        alarm_minute=NOON,
        alarm_level=90.0,
        alarm_severity=Severity.WARNING,
        muted_until=minute("1d"),
        alarm_signal=TOTAL,
    )
    assert story.at("30m", 12, TOTAL) is Outcome.MUTED
    assert story.at("31m", 12) is Outcome.REVISED
    assert story.changes == ["opened warning"]


def test_all_signals_of_a_brand_are_one_incident_and_it_names_them() -> None:
    story = Scenario()
    story.at("5m", 40, TOTAL)
    story.at("6m", 7)
    assert [incident.signals for incident in story.sent] == [(TOTAL,), (NEGATIVE, TOTAL)]
    assert {incident.id for incident in story.sent} == {"kopi-20250721T1505Z-total_count"}
    story.close("2h")
    assert story.sent[-1].change is Change.RESOLVED
    assert story.sent[-1].signals == (NEGATIVE, TOTAL)
    assert story.watch.signals == ()


def test_an_incident_is_not_over_while_a_platform_seems_to_have_stopped() -> None:
    story = Scenario()
    story.at("5m", 7)
    for m in range(NOON + 5, NOON + 200):
        quiet = structs.replace(verdict("0s", 0, reason=Reason.TOO_FEW), minute=m)
        step = on_close("kopi", story.watch, m, [quiet], evidence(0), story.settings, in_doubt=m < NOON + 120)
        story._take(step)
    assert story.sent[-1].change is Change.RESOLVED
    assert story.sent[-1].resolved_at == "2025-07-21T18:00:00Z"


def test_no_spike_no_incident() -> None:
    story = Scenario()
    quiet = verdict("5m", 3, reason=Reason.TOO_FEW)
    step = on_verdict("kopi", Watch(), quiet, evidence(3), story.settings)
    assert step == Step(Watch(), Outcome.NOTHING_TO_SAY)
    story.close("2h")
    assert story.sent == []


def test_an_open_incident_absorbs_spikes_of_any_signal() -> None:
    story = Scenario()
    story.at("5m", 7)
    assert story.at("6m", 8) is Outcome.STILL_OPEN
    assert story.at("7m", 30, TOTAL) is Outcome.STILL_OPEN
    assert story.changes == ["opened warning"]


def test_a_crisis_from_beginning_to_end() -> None:
    story = Scenario()
    story.at("5m", 7)
    story.at("10m", 40)
    story.close("59m", observed=40, reason=Reason.SPIKE)
    story.close("3h")
    assert story.changes == [
        "opened warning",
        "escalated critical",
        "updated critical",
        "de_escalated warning",
        "updated warning",
        "resolved warning",
    ]
    assert [incident.revision for incident in story.sent] == [1, 2, 3, 4, 5, 6]
    last = story.sent[-1]
    assert last.state == "resolved"
    # The first quiet minute is the 60th, the sixtieth one ends two hours after the start.
    assert last.resolved_at == last.updated_at == "2025-07-21T17:00:00Z"
    assert last.reason == "no spike for 60 min"
    assert story.watch.incident is None


def test_a_level_that_doubles_escalates_after_an_hour() -> None:
    story = Scenario()
    story.at("5m", 300)
    assert story.at("64m", 700) is Outcome.STILL_OPEN
    assert story.at("65m", 599) is Outcome.STILL_OPEN
    assert story.at("65m", 600) is Outcome.REVISED
    assert story.at("66m", 1_300) is Outcome.STILL_OPEN
    assert story.changes == ["opened critical", "escalated critical"]
    assert story.watch.alarm_level == 600


def test_a_second_spike_within_a_day_of_the_alarm_is_muted() -> None:
    story = Scenario()
    story.at("5m", 300)
    story.close("2h")
    assert story.watch.incident is None
    assert story.at("10h", 500) is Outcome.MUTED
    assert story.at("24h4m", 500) is Outcome.MUTED
    assert story.at("24h5m", 500) is Outcome.REVISED
    assert story.sent[-1].id == "kopi-20250722T1505Z-negative_count"
    assert story.sent[-1].revision == 1


def test_the_mute_is_broken_by_twice_the_level() -> None:
    story = Scenario()
    story.at("5m", 300)
    story.close("2h")
    assert story.at("10h", 599) is Outcome.MUTED
    assert story.at("10h", 600) is Outcome.REVISED
    assert story.changes[-1] == "opened critical"
    assert story.watch.muted_until == minute("34h")


def test_the_mute_is_broken_by_a_higher_severity() -> None:
    story = Scenario()
    story.at("5m", 9)
    story.close("2h")
    assert story.at("2h10m", 12) is Outcome.MUTED
    assert story.at("2h11m", 60) is Outcome.REVISED
    assert story.changes[-1] == "opened critical"


def test_a_negative_signal_after_volume_alone_is_never_muted() -> None:
    story = Scenario()
    story.at("5m", 200, TOTAL)
    assert story.changes == ["opened info"]
    assert story.at("6m", 8) is Outcome.REVISED
    assert story.changes[-1] == "escalated warning"
    assert story.sent[-1].signal is TOTAL, "the opening signal stays for life"
    assert story.sent[-1].verdict.signal is NEGATIVE

    later = Scenario()
    later.at("5m", 200, TOTAL)
    later.close("2h")
    assert later.at("2h10m", 300, TOTAL) is Outcome.MUTED
    assert later.at("2h10m", 8) is Outcome.REVISED
    assert later.changes[-1] == "opened warning"


def test_levels_of_different_signals_are_not_compared() -> None:
    story = Scenario()
    story.at("5m", 300)
    assert story.at("3h", 5_000, TOTAL) is Outcome.STILL_OPEN


def test_an_unknown_brand_is_first_seen_for_life() -> None:
    story = Scenario()
    story.at("5m", 50, history=19)
    story.at("30m", 500, history=200)
    story.at("2h", 5_000, history=2_000)
    assert story.changes == ["opened warning", "escalated warning"]
    assert all(incident.first_seen for incident in story.sent)
    known = Scenario()
    known.at("5m", 50, history=20)
    assert known.changes == ["opened critical"]


def test_updates_come_at_most_every_half_hour() -> None:
    story = Scenario()
    story.at("5m", 300)
    story.close("2h5m", observed=300, reason=Reason.SPIKE)
    assert story.changes == ["opened critical", *["updated critical"] * 4]
    times = [from_rfc3339(incident.updated_at) // 60_000 - NOON for incident in story.sent]
    assert times == [5, 36, 66, 96, 126]


def test_minutes_before_the_opening_bucket_are_not_quiet_ones() -> None:
    story = Scenario(resolve_after_min=5)
    story.at("10m", 300)
    story.close("13m")
    assert story.watch.incident is not None
    assert story.watch.quiet_since == minute("10m")
    story.close("14m")
    assert story.watch.incident is None


def test_silent_sources_do_not_resolve() -> None:
    story = Scenario()
    story.at("5m", 300)
    story.close("50m")
    story.close("5h", reason=Reason.SOURCE_SILENT)
    assert story.watch.incident is not None
    story.close("6h")
    assert story.changes[-1].startswith("resolved")


def test_a_spike_interrupts_the_quiet() -> None:
    story = Scenario()
    story.at("5m", 300)
    story.close("60m")
    story.close("61m", observed=300, reason=Reason.SPIKE)
    story.close("2h")
    assert story.watch.incident is not None
    story.close("2h1m")
    assert story.watch.incident is None


def test_a_score_near_critical_is_no_de_escalation() -> None:
    story = Scenario()
    story.at("5m", 40)
    assert story.changes == ["opened critical"]
    story.close("36m", observed=20, reason=Reason.SPIKE)
    assert 50 < story.sent[-1].score < 60
    assert story.changes[-1] == "updated critical"
    story.close("70m", observed=10, reason=Reason.SPIKE)
    assert story.changes[-1] == "de_escalated warning"


def test_a_severity_that_was_told_returns_only_after_an_hour() -> None:
    story = Scenario()
    story.at("5m", 300)
    story.close("36m", observed=8, reason=Reason.SPIKE)
    assert story.changes[-1] == "de_escalated warning"
    assert story.at("40m", 300) is Outcome.STILL_OPEN
    assert story.at("65m", 300) is Outcome.REVISED
    assert story.changes[-1] == "escalated critical"


def test_a_final_verdict_may_open() -> None:
    story = Scenario()
    story.close("0m", observed=30, reason=Reason.SPIKE)
    (incident,) = story.sent
    assert incident.opened_at == "2025-07-21T15:00:00Z"
    assert incident.updated_at == "2025-07-21T15:01:00Z"


def test_the_worst_verdict_of_a_close_decides() -> None:
    looks = [verdict("0m", 500, TOTAL), verdict("0m", 40), verdict("0m", 3, reason=Reason.TOO_FEW)]
    for order in (looks, looks[::-1]):
        step = on_close("kopi", Watch(), NOON, order, evidence(40, 60), IncidentSettings())
        assert step.revision is not None
        assert step.revision.signal is NEGATIVE


def test_revisions_never_go_back_in_time() -> None:
    story = Scenario()
    story.at("5m", 40)
    story.close("33m", observed=40, reason=Reason.SPIKE)
    story.at("1h10m", 100)
    story.close("1h40m", observed=100, reason=Reason.SPIKE)
    times = [incident.updated_at for incident in story.sent]
    assert times == sorted(times)
    assert len(times) > 2


def test_evidence_is_not_asked_for_in_vain() -> None:
    def never() -> Evidence:
        raise AssertionError("asked for evidence")

    story = Scenario()
    story.at("5m", 300)
    settings = story.settings
    assert on_verdict("kopi", story.watch, verdict("6m", 310), never, settings).outcome is Outcome.STILL_OPEN
    story.close("2h")
    assert on_verdict("kopi", story.watch, verdict("3h", 310), never, settings).outcome is Outcome.MUTED


def test_an_onset_before_1970_is_cut() -> None:
    early = structs.replace(verdict("0m", 40), minute=3)
    step = on_verdict("kopi", Watch(), early, evidence(40), IncidentSettings())
    assert step.revision is not None
    assert step.revision.onset_at == to_rfc3339(start_of(0))
