"""Every detector passes every check, and the checks reject detectors that must not pass."""

from collections.abc import Callable
from typing import Self

import pytest
from msgspec import structs

from detector.budget import DEFAULT_BUDGET, looser_point
from detector.detector_settings import DetectorSettings, ShareSettings
from detector.last_hour import LastHour
from detector.rank_tail import RankTail
from detector.share_rise import ShareRise
from detector.spike import Limit, Reason, Signal, Verdict
from detector.window import Window
from detector.zscore import ZScore
from tests.contract import detector_checks
from tests.contract.detector_checks import CHECKS, Make

DETECTORS: dict[str, Make] = {
    "rank_tail negative": lambda: RankTail(Signal.NEGATIVE_COUNT),
    "rank_tail total": lambda: RankTail(Signal.TOTAL_COUNT),
    "rank_tail 60 min": lambda: RankTail(Signal.TOTAL_COUNT, DetectorSettings(window_min=60)),
    "rank_tail 5 min, no lateness": lambda: RankTail(
        Signal.NEGATIVE_COUNT, DetectorSettings(window_min=5, lateness_min=0)
    ),
    "rank_tail with a larger budget in view": lambda: RankTail(
        Signal.TOTAL_COUNT, looser=looser_point(DEFAULT_BUDGET)
    ),
    "share rise": lambda: ShareRise(looser=looser_point(DEFAULT_BUDGET)),
    "share rise, 20 min": lambda: ShareRise(ShareSettings(window_min=20)),
    "zscore": lambda: ZScore(Signal.TOTAL_COUNT),
    "last hour": lambda: LastHour(Signal.TOTAL_COUNT),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("make", DETECTORS.values(), ids=DETECTORS.keys())
def test_detector(make: Make, check: Callable[[Make], None]) -> None:
    check(make)


class Constant(ZScore):
    """Finds the same everywhere."""

    least: int | None = 10

    def limit(self, minute: int) -> Limit:
        reason = Reason.SPIKE if self.least is not None else Reason.WITHIN_CHANCE
        return Limit(minute, self.least, reason)

    def judge(self, window: Window) -> Verdict:
        found = self.least is not None and window.posts >= self.least
        reason = Reason.SPIKE if found else Reason.WITHIN_CHANCE
        return structs.replace(super().judge(window), reason=reason)


class Never(Constant):
    least = None


class LookAhead(ZScore):
    """Judges a minute by all that was learnt until it is asked."""

    def _past_at(self, minute):
        return self._past[-1] if self._past else super()._past_at(minute)


class Forgetful(RankTail):
    """Loses what it knew of the last minutes in a dump."""

    def load(self, data: bytes) -> Self:
        fresh = super().load(data)
        fresh._baseline._past.clear()
        return fresh


class Vague(RankTail):
    """Gives a verdict that is not the one its limit announces."""

    def judge(self, window: Window) -> Verdict:
        return super().judge(Window(window.minute, window.length, window.posts // 2, window.negatives // 2))


class Mute(RankTail):
    """Keeps the figures it decides by to itself."""

    def judge(self, window: Window) -> Verdict:
        verdict = super().judge(window)
        return structs.replace(verdict, numbers=verdict.numbers | {"log_mean": 0.0, "ewma": 0.0})


class InItsOwnMirror(ShareRise):
    """Compares the judged hour with a past that holds it."""

    def _settle(self, until: int) -> None:
        super()._settle(until + self.lag_min)


UNFIT: list[tuple[str, Make, Callable[[Make], None]]] = [
    ("constant", lambda: Constant(Signal.TOTAL_COUNT), detector_checks.check_warms_up),
    ("constant", lambda: Constant(Signal.TOTAL_COUNT), detector_checks.check_quiet_on_chance),
    ("never", lambda: Never(Signal.TOTAL_COUNT), detector_checks.check_finds_what_anyone_sees),
    ("look-ahead", lambda: LookAhead(Signal.TOTAL_COUNT), detector_checks.check_limit_rests_on_the_past_only),
    (
        "in its own mirror",
        InItsOwnMirror,
        detector_checks.check_limit_rests_on_the_past_only,
    ),
    ("forgetful", lambda: Forgetful(Signal.TOTAL_COUNT), detector_checks.check_restart),
    ("vague", lambda: Vague(Signal.TOTAL_COUNT), detector_checks.check_judge_agrees_with_limit),
    ("mute", lambda: Mute(Signal.TOTAL_COUNT), detector_checks.check_verdicts_prove_themselves),
]


@pytest.mark.parametrize(("make", "check"), [u[1:] for u in UNFIT], ids=[u[0] for u in UNFIT])
def test_an_unfit_detector_is_rejected(make: Make, check: Callable[[Make], None]) -> None:
    with pytest.raises(AssertionError):
        check(make)


def test_the_checks_are_all_run() -> None:
    assert len(CHECKS) == sum(name.startswith("check_") for name in vars(detector_checks))
