import pytest

from detector.detector_settings import DetectorSettings
from detector.negbinom import upper_tail
from detector.rank_tail import RankTail
from detector.spike import Reason, Signal
from detector.window import Window

START = 29_000_003


def taught(windows: list[int], signal: Signal = Signal.TOTAL_COUNT, **settings: float) -> RankTail:
    detector = RankTail(signal, DetectorSettings(**settings))  # type: ignore[arg-type]
    for i, count in enumerate(windows):
        detector.learn(Window(START + i, detector.window_min, count, count // 3), in_incident=False)
    return detector


def reason_of(detector: RankTail, minute: int, value: int) -> Reason:
    return detector.judge(Window(minute, detector.window_min, value, value)).reason


def test_seven_posts_after_hours_of_silence_are_a_spike() -> None:
    detector = taught([0] * 400)
    verdict = detector.judge(Window(START + 400, 15, 7, 0))
    assert verdict.is_spike
    # 25.3 windows of silence and the prior of half a post an hour.
    assert verdict.expected == pytest.approx(0.5 / (380 / 15 + 4), rel=0.1)
    assert verdict.p_value < 1e-4
    assert verdict.upper == 6.0


def test_exposure_counts_up_to_the_lag() -> None:
    detector = taught([0] * 200)
    # Minute START + 179 is the 180th observed one, and a limit rests on what is 21 minutes old.
    assert detector.limit(START + 200).reason is Reason.SPIKE
    detector = taught([0] * 180)
    assert detector.limit(START + 199).reason is Reason.WARMING_UP
    assert detector.limit(START + 200).reason is Reason.SPIKE


def test_reasons_name_the_first_condition_that_fails() -> None:
    quiet = taught([0] * 400)
    assert reason_of(quiet, START + 400, 6) is Reason.TOO_FEW
    steady = taught([20] * 4_000)
    assert reason_of(steady, START + 4_000, 29) is Reason.NOT_ABOVE_EXPECTED
    wavy = taught([20 if i % 500 else 500 for i in range(8_000)])
    assert reason_of(wavy, START + 8_000, 35) is Reason.WITHIN_CHANCE
    known_peaks = taught([4 if i % 100 else 500 for i in range(8_000)])
    assert reason_of(known_peaks, START + 8_000, 400) is Reason.SEEN_BEFORE


def test_the_same_time_of_day_is_expected() -> None:
    day = 1_440
    evening = [300 if 1_000 <= i % day < 1_120 else 3 for i in range(8 * day)]
    detector = taught(evening[: 7 * day + 1_040])
    verdict = detector.judge(Window(START + 7 * day + 1_040, 15, 300, 0))
    assert verdict.expected == pytest.approx(300, rel=0.15)
    assert verdict.reason is Reason.NOT_ABOVE_EXPECTED


def test_an_open_incident_does_not_become_normal() -> None:
    protected, plain = taught([4] * 1_000), taught([4] * 1_000)
    for i in range(1_000, 1_300):
        protected.learn(Window(START + i, 15, 400, 0), in_incident=True)
        plain.learn(Window(START + i, 15, 400, 0), in_incident=False)
    last = Window(START + 1_300, 15, 4, 0)
    assert protected.judge(last).expected < 12 < plain.judge(last).expected


def test_posts_count_even_while_a_source_is_silent() -> None:
    detector = taught([0] * 400)
    assert detector.judge(Window(START + 400, 15, 50, 0, known=False)).is_spike
    assert detector.judge(Window(START + 400, 15, 3, 0, known=False)).reason is Reason.SOURCE_SILENT


def test_signals_count_what_they_say() -> None:
    negative = taught([0] * 400, Signal.NEGATIVE_COUNT)
    assert not negative.judge(Window(START + 400, 15, 50, 6)).is_spike
    assert negative.judge(Window(START + 400, 15, 50, 7)).is_spike
    with pytest.raises(ValueError, match="not a count: got negative_share"):
        RankTail(Signal.NEGATIVE_SHARE)


def test_p_value_reproduces_from_the_numbers_of_a_settled_baseline() -> None:
    detector = taught([6] * 20_000)
    verdict = detector.judge(Window(START + 20_000, 15, 60, 0))
    windows = 2_078.3 / 15  # weight of all past minutes at a half-life of a day
    size = 1 / (1 / (6 * windows + 0.5) + 0.2)
    assert verdict.p_value == pytest.approx(upper_tail(60, verdict.expected, size), rel=1e-3)
    assert verdict.history == 20_000 * 6 // 15 - 20 * 6 // 15


def test_what_was_learnt_belongs_to_its_settings() -> None:
    dump = taught([3] * 50).dump()
    message = (
        "baseline of other settings: got total_count, window 15 min, half-life 1440 min; "
        "expected negative_count, 15 min, 1440 min; relearn it from history"
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        RankTail(Signal.NEGATIVE_COUNT).load(dump)
    # A changed threshold does not cost the history.
    assert RankTail(Signal.TOTAL_COUNT, DetectorSettings(tail_p=1e-5)).load(dump).limit(START + 50)


def test_a_minute_that_is_over_is_refused() -> None:
    detector = taught([3] * 50)
    with pytest.raises(ValueError, match=f"minute too old: got {START + 48}; expected {START + 49} or later"):
        detector.limit(START + 48)


def test_the_version_changes_with_any_setting() -> None:
    versions = {
        RankTail(Signal.TOTAL_COUNT, settings).version
        for settings in (DetectorSettings(), DetectorSettings(tail_p=1e-5), DetectorSettings(window_min=5))
    }
    assert len(versions) == 3
