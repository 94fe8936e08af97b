import pytest
from msgspec import structs

from detector.betabinom import upper_tail
from detector.detector_settings import ShareSettings
from detector.proof import prove
from detector.share_rise import ShareRise
from detector.spike import Limit, Reason, Signal, Verdict
from detector.window import Window

START = 29_000_003


def taught(minutes: int = 1_000, authors: int = 2, every: int = 4, in_incident: bool = False) -> ShareRise:
    """A brand with two voices in each minute, of which every `every`-th is negative."""
    detector = ShareRise()
    for i in range(minutes):
        negatives = authors if i % every == 0 else 0
        detector.learn(_came(START + i, authors, negatives), in_incident)
    return detector


def _came(minute: int, authors: int, negatives: int) -> Window:
    return Window(minute, 60, 60 * authors, negatives, new_posts=authors, new_negatives=negatives)


def judged(
    detector: ShareRise, authors: int, negatives: int, after: int = 1_000, known: bool = True
) -> Verdict:
    return detector.judge(Window(START + after, 60, authors, negatives, known))


def test_an_angrier_crowd_is_a_spike() -> None:
    verdict = judged(taught(), 40, 24)
    assert (verdict.signal, verdict.reason) == (Signal.NEGATIVE_SHARE, Reason.SPIKE)
    assert verdict.observed == 0.6
    # The voices of all minutes but the last sixty, halved each week, and twenty with a share of a quarter.
    weights = [2 * 0.5 ** ((939 - i) / 10_080) for i in range(940)]
    own = (sum(weights[::4]) + 5) / (sum(weights) + 20)
    assert verdict.expected == pytest.approx(own)
    assert verdict.p_value == pytest.approx(upper_tail(24, 40, own, 100.0))
    assert verdict.sample == 40
    assert verdict.history == 1_880


def test_reasons_name_the_first_condition_that_fails() -> None:
    detector = taught()
    assert judged(detector, 19, 19).reason is Reason.TOO_FEW
    assert judged(detector, 20, 7).reason is Reason.NOT_ABOVE_EXPECTED
    assert judged(detector, 20, 9).reason is Reason.WITHIN_CHANCE
    assert judged(detector, 20, 18).reason is Reason.SPIKE
    assert judged(detector, 20, 7, known=False).reason is Reason.SOURCE_SILENT
    assert judged(taught(100), 40, 40, after=100).reason is Reason.WARMING_UP


def test_the_judged_hour_is_not_compared_with_itself() -> None:
    detector = taught()
    before = judged(detector, 40, 24).expected
    for i in range(1_000, 1_060):
        verdict = judged(detector, 120, 120, after=i)
        detector.learn(_came(START + i, 2, 2), False)
    assert verdict.expected == pytest.approx(before, rel=0.02)
    assert verdict.is_spike


def test_an_open_incident_becomes_normal_slowly() -> None:
    protected, plain = taught(), taught()
    for i in range(1_000, 3_000):
        protected.learn(_came(START + i, 2, 2), True)
        plain.learn(_came(START + i, 2, 2), False)
    shares = [judged(d, 40, 24, after=3_000).expected for d in (taught(), protected, plain)]
    assert shares[0] < shares[1] < shares[2]
    assert shares[1] < 0.45 < 0.7 < shares[2]


def test_silence_is_learnt_at_once() -> None:
    one, other = taught(), taught()
    for i in range(1_000, 1_500):
        one.learn(_came(START + i, 0, 0), False)
    other.learn_silence(START + 1_499)
    other.learn_silence(START + 1_200)
    assert one.dump() == other.dump()
    fresh = ShareRise()
    fresh.learn_silence(START)
    assert fresh.minute is None


def test_the_limit_is_what_is_worth_a_verdict() -> None:
    assert ShareRise().limit(START) == Limit(START, None, Reason.WARMING_UP)
    assert taught().limit(START + 1_000) == Limit(START + 1_000, 20, Reason.SPIKE)


def test_a_restart_at_any_minute_changes_nothing() -> None:
    whole = ShareRise()
    copies = [whole]
    for i in range(700):
        if i in {0, 1, 59, 60, 61, 300, 699}:
            copies.append(ShareRise().load(whole.dump()))
        window = _came(START + i, i % 3, i % 2)
        for copy in copies:
            copy.learn(window, i > 500)
    assert len({copy.dump() for copy in copies}) == 1


def test_what_was_learnt_belongs_to_its_settings() -> None:
    dump = taught().dump()
    assert ShareRise(ShareSettings(p=1e-4)).load(dump).dump() == dump
    message = "share of other settings: got format 1, half-life 10080 min; expected 1, 1440 min; relearn it"
    with pytest.raises(ValueError, match=f"^{message} from history$"):
        ShareRise(ShareSettings(half_life_min=1_440)).load(dump)


def test_minutes_are_learnt_in_order() -> None:
    with pytest.raises(
        ValueError, match=f"minute out of order: got {START + 7}; expected {START + 50}; learn"
    ):
        taught(50).learn(_came(START + 7, 0, 0), False)


def test_every_verdict_proves_itself() -> None:
    detector = taught()
    for authors, negatives in [(0, 0), (19, 19), (20, 9), (20, 18), (400, 400)]:
        verdict = judged(detector, authors, negatives)
        assert prove(verdict).holds, prove(verdict).disagreements
        assert detector.reaches(Window(START + 1_000, 60, authors, negatives)) == verdict.is_spike
        assert verdict.lower <= verdict.upper
        assert verdict.is_spike == (verdict.observed > verdict.upper)
        forged = structs.replace(verdict, observed=verdict.observed + 0.01)
        assert "observed: got" in prove(forged).disagreements[0]
