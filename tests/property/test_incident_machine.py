"""The incident machine under any sequence of verdicts and closes."""

import jsonschema
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from detector.codec import from_json, from_msgpack, to_json, to_msgpack
from detector.evidence import Evidence
from detector.incident import Change, Incident, IncidentSettings, Outcome, Step, Watch, on_close, on_verdict
from detector.incident_record import incident_schema
from detector.severity import FIRST_SEEN_POSTS, Severity, assess
from detector.spike import Reason, Signal, Verdict

SCHEMA = jsonschema.Draft202012Validator(incident_schema())
START = 29_218_500
LATENESS = 5
ON_VERDICT = {Change.OPENED, Change.ESCALATED}
COUNTS = st.sampled_from([7, 8, 15, 40, 90, 300, 5_000])
QUIET = [Reason.TOO_FEW, Reason.WITHIN_CHANCE, Reason.SEEN_BEFORE, Reason.SOURCE_SILENT]


def evidence_of(posts: int, share: float, origins: float = 1.0, usual: float | None = None) -> Evidence:
    """Return the evidence of so many authors; of what they say, a share of `origins` is no copy."""
    negatives = int(posts * share)
    return Evidence(
        posts, negatives, 0, posts, -0.1, 0.9, 0, 0, {"x": posts}, {"en": posts},
        negative_authors=negatives,
        origins=int(posts * origins),
        negative_origins=int(negatives * origins),
        usual_negative_share=usual,
        negative_timeline=(0,) * 14 + (negatives,),
    )  # fmt: skip


class IncidentMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.settings = IncidentSettings(
            mute_min=240, escalate_after_min=20, resolve_after_min=15, update_every_min=10
        )
        self.watch = Watch()
        self.closed = START - 1
        self.sent: list[Incident] = []
        self.alarms: list[Incident] = []
        self.updated_at = 0

    @rule(
        ahead=st.integers(1, LATENESS),
        count=COUNTS,
        share=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
        signal=st.sampled_from(list(Signal)),
        history=st.sampled_from([0, 19, 20, 4_000]),
        reason=st.sampled_from([Reason.SPIKE, Reason.SPIKE, Reason.SPIKE, *QUIET]),
        origins=st.sampled_from([1.0, 1.0, 0.1]),
        usual=st.sampled_from([None, 0.1, 0.6]),
    )
    def look(
        self,
        ahead: int,
        count: int,
        share: float,
        signal: Signal,
        history: int,
        reason: Reason,
        origins: float,
        usual: float | None,
    ) -> None:
        verdict = self.verdict(self.closed + ahead, count, signal, history, reason)
        shown = evidence_of(count, share, origins, usual)
        step = on_verdict("kopi", self.watch, verdict, lambda *_: shown, self.settings)
        if step.outcome is Outcome.MUTED:
            self.check_muted(verdict, shown)
        if step.revision is not None:
            assert step.revision.change in ON_VERDICT
            assert verdict.is_spike
        if not verdict.is_spike:
            assert step.watch == self.watch
        self.take(step, verdict.minute)

    @rule(
        minutes=st.integers(1, 90),
        count=COUNTS,
        share=st.sampled_from([0.0, 0.5, 1.0]),
        reason=st.sampled_from([Reason.SPIKE, *QUIET]),
        signal=st.sampled_from(list(Signal)),
        in_doubt=st.sampled_from([False, False, True]),
    )
    def close(
        self, minutes: int, count: int, share: float, reason: Reason, signal: Signal, in_doubt: bool
    ) -> None:
        for _ in range(minutes):
            self.closed += 1
            verdict = self.verdict(self.closed, count, signal, 500, reason)
            shown = evidence_of(count, share)
            step = on_close(
                "kopi", self.watch, self.closed, [verdict], lambda *_, s=shown: s, self.settings,
                in_doubt=in_doubt,
            )  # fmt: skip
            if (in_doubt or reason is Reason.SOURCE_SILENT) and step.revision is not None:
                assert step.revision.change is not Change.RESOLVED, "a quiet feed resolved an incident"
            self.take(step, self.closed)

    def verdict(self, minute: int, count: int, signal: Signal, history: int, reason: Reason) -> Verdict:
        value = float(count)
        return Verdict(signal, reason, minute, 15, value, 0.5, 0.0, 6.0, value * 2, 1e-6, 900, history)

    def take(self, step: Step, minute: int) -> None:
        before = self.watch.incident
        self.watch = step.watch
        assert (step.revision is None) == (step.outcome is not Outcome.REVISED)
        if step.outcome is Outcome.MUTED:
            assert before is None
        revision = step.revision
        if revision is None:
            return
        self.check_order(before, revision, minute)
        self.sent.append(revision)
        SCHEMA.validate(from_json(to_json(revision), dict))
        if revision.change in ON_VERDICT:
            self.alarms.append(revision)
            self.updated_at = 0

    def check_order(self, before: Incident | None, revision: Incident, minute: int) -> None:
        if revision.change is Change.OPENED:
            assert before is None, "a second incident of a brand at a time"
            assert revision.revision == 1
            assert revision.id not in {incident.id for incident in self.sent}
            self.check_mute(revision)
            return
        assert before is not None
        assert before.state == "open"
        assert (revision.id, revision.revision) == (before.id, before.revision + 1)
        assert revision.updated_at >= before.updated_at
        assert revision.opened_at == before.opened_at
        assert revision.signal is before.signal
        assert revision.first_seen == before.first_seen
        assert set(revision.signals) >= set(before.signals), "a signal was forgotten"
        if revision.change is Change.ESCALATED:
            assert revision.severity.rank >= before.severity.rank
        elif revision.change is Change.DE_ESCALATED:
            assert revision.severity.rank < before.severity.rank
        else:
            assert revision.severity is before.severity
        if revision.change in (Change.UPDATED, Change.DE_ESCALATED):
            assert minute >= self.newest_alarm_minute() + 10
            assert not self.updated_at or minute >= self.updated_at + 10
            self.updated_at = minute

    def check_muted(self, verdict: Verdict, shown: Evidence) -> None:
        """What may never be muted was not."""
        last = self.alarms[-1]
        assert verdict.minute < last.verdict.minute + 240
        severity = assess(verdict, shown, verdict.history < FIRST_SEEN_POSTS).severity
        assert severity.rank <= last.severity.rank, "a higher severity was muted"
        negative = Signal.TOTAL_COUNT is last.verdict.signal is not verdict.signal
        assert not (negative and severity is not Severity.INFO), "a negative signal after volume was muted"

    def check_mute(self, revision: Incident) -> None:
        if not self.alarms or revision.verdict.minute >= self.newest_alarm_minute() + 240:
            return
        last = self.alarms[-1]
        higher = revision.severity.rank > last.severity.rank
        negative = Signal.TOTAL_COUNT is last.verdict.signal is not revision.verdict.signal
        said = negative and revision.severity is not Severity.INFO
        grown = (
            revision.verdict.signal is last.verdict.signal
            and revision.verdict.observed >= 2 * last.verdict.observed
            and revision.verdict.minute >= last.verdict.minute + 20
        )
        assert higher or grown or said, "a muted alarm went out"

    def newest_alarm_minute(self) -> int:
        return self.alarms[-1].verdict.minute

    @invariant()
    def what_is_sent_is_sound(self) -> None:
        for incident in self.sent[-2:]:
            assert not (incident.first_seen and incident.severity is Severity.CRITICAL)
            assert incident.score == sum(incident.contributions.values())
            assert incident.severity is Severity.INFO or incident.calm is None
            assert incident.signal in incident.signals
            assert list(incident.signals) == sorted(set(incident.signals))
            assert 0 <= incident.score <= 100
            assert (incident.state == "resolved") == (incident.change is Change.RESOLVED)
            assert (incident.resolved_at is None) == (incident.state == "open")
        ids = [incident.id for incident in self.sent if incident.change is Change.RESOLVED]
        assert len(ids) == len(set(ids)), "resolved twice"

    @invariant()
    def the_watch_survives_a_restart(self) -> None:
        assert from_msgpack(to_msgpack(self.watch), Watch) == self.watch

    @invariant()
    def at_most_the_newest_is_open(self) -> None:
        newest = self.sent[-1] if self.sent else None
        if self.watch.incident is None:
            assert newest is None or newest.state == "resolved"
        else:
            assert newest == self.watch.incident


TestIncidentMachine = IncidentMachine.TestCase
TestIncidentMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
