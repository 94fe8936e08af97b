import pytest
from msgspec import structs

from detector.evidence import Evidence
from detector.severity import Calm, Severity, assess, calm_of
from detector.spike import Reason, Signal, Verdict


def verdict(observed: float, expected: float = 0.2, signal: Signal = Signal.NEGATIVE_COUNT) -> Verdict:
    ratio = observed / expected
    return Verdict(signal, Reason.SPIKE, 1, 15, observed, expected, 0.0, 6.0, ratio, 1e-6, 20_000, 500)


def evidence(
    posts: int, negatives: int, authors: int | None = None, reach: int = 0, platforms: int = 1
) -> Evidence:
    mix = {f"p{i}": posts // platforms for i in range(platforms)}
    return Evidence(posts, negatives, 0, authors or posts, -0.4, 0.9, reach, 0, mix, {"id": posts})


def test_a_joke_that_goes_viral_is_info_and_the_same_volume_of_anger_critical() -> None:
    joke = assess(verdict(300, 5.0, Signal.TOTAL_COUNT), evidence(300, 15), first_seen=False)
    assert joke.severity is Severity.INFO
    some_negatives = assess(verdict(30, 0.5), evidence(300, 30), first_seen=False)
    assert some_negatives.severity is Severity.INFO
    anger = assess(verdict(210, 5.0), evidence(300, 210), first_seen=False)
    assert anger.severity is Severity.CRITICAL
    angry_volume = assess(verdict(300, 5.0, Signal.TOTAL_COUNT), evidence(300, 210), first_seen=False)
    assert angry_volume.severity is Severity.CRITICAL


def test_seven_furious_posts_are_a_warning_and_forty_critical() -> None:
    assert assess(verdict(7), evidence(7, 7), first_seen=False).severity is Severity.WARNING
    assert assess(verdict(40), evidence(45, 40), first_seen=False).severity is Severity.CRITICAL


def test_thirty_from_as_many_people_within_minutes_are_critical_and_seven_are_not() -> None:
    rising = (0,) * 11 + (2, 6, 10, 12)
    crowd = structs.replace(evidence(34, 30), negative_timeline=rising)
    assert assess(verdict(30), crowd, first_seen=False).severity is Severity.CRITICAL
    seven = structs.replace(evidence(7, 7, reach=50_000), negative_timeline=(0,) * 12 + (1, 2, 4))
    assert assess(verdict(7), seven, first_seen=False).severity is Severity.WARNING


def test_few_authors_are_no_crowd() -> None:
    """Forty posts of three authors are three voices."""
    flood = structs.replace(
        evidence(45, 40, authors=8), negative_authors=3, origins=8, negative_origins=3, amplified_share=0.82
    )
    assert assess(verdict(40), flood, first_seen=False).calm is Calm.AMPLIFIED
    assert assess(verdict(40), evidence(45, 40, authors=3), first_seen=False).severity is Severity.WARNING


def test_copies_alone_raise_no_warning_and_are_not_hidden() -> None:
    copies = structs.replace(evidence(90, 80), negative_authors=80, origins=8, negative_origins=3)
    copied = assess(verdict(80), copies, first_seen=False)
    assert (copied.severity, copied.calm) == (Severity.INFO, Calm.AMPLIFIED)
    own = structs.replace(evidence(90, 80), negative_authors=80, origins=70, negative_origins=64)
    assert assess(verdict(80), own, first_seen=False).severity is Severity.CRITICAL
    assert copied.score < assess(verdict(80), own, first_seen=False).score


def test_a_few_copies_at_the_limit_do_not_hide_a_spike() -> None:
    shown = structs.replace(evidence(9, 8), negative_authors=8, origins=7, negative_origins=6)
    assert assess(verdict(8), shown, first_seen=False).severity is Severity.WARNING


@pytest.mark.parametrize("posts", [30, 300, 30_000])
def test_a_burst_that_is_as_negative_as_always_is_info_whatever_its_size(posts: int) -> None:
    usual = structs.replace(evidence(posts, posts * 6 // 10, reach=10**9), usual_negative_share=0.6)
    for signal in (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT):
        found = assess(verdict(posts * 0.6, signal=signal), usual, first_seen=False)
        assert (found.severity, found.calm) == (Severity.INFO, Calm.AS_USUAL)
    worse = structs.replace(usual, negatives=posts * 95 // 100)
    assert assess(verdict(posts * 0.95), worse, first_seen=False).severity is not Severity.INFO


def test_the_share_counts_authors_not_posts() -> None:
    furious = structs.replace(evidence(60, 45, authors=20), negative_authors=2)
    found = assess(verdict(20, signal=Signal.TOTAL_COUNT), furious, first_seen=False)
    assert found.calm is Calm.NOT_NEGATIVE


def test_a_share_that_was_compared_with_the_usual_one_is_not_compared_again() -> None:
    shown = structs.replace(evidence(24, 12), usual_negative_share=0.45)
    share = verdict(0.5, 0.3, signal=Signal.NEGATIVE_SHARE)
    assert assess(share, shown, first_seen=False).severity is Severity.WARNING
    loud = structs.replace(shown, amplified_share=0.6)
    assert assess(share, loud, first_seen=False).calm is Calm.AMPLIFIED


def test_a_warning_is_taken_back_by_many_calm_voices_and_not_by_a_few() -> None:
    before = Severity.WARNING
    for negatives, usual, calm in ((8, 0.25, None), (4, 0.25, Calm.AS_USUAL), (2, 0.0, Calm.NOT_NEGATIVE)):
        shown = structs.replace(evidence(16, negatives), usual_negative_share=usual)
        assert calm_of(verdict(9), shown, before) is calm
    assert calm_of(verdict(9), structs.replace(evidence(16, 5), usual_negative_share=0.25), before) is None
    assert calm_of(verdict(9), structs.replace(evidence(16, 5), usual_negative_share=0.25)) is Calm.AS_USUAL
    assert calm_of(verdict(9), evidence(4, 0), before) is None


def test_what_grows_faster_scores_higher() -> None:
    def growth(*timeline: int) -> int:
        shown = structs.replace(evidence(30, 30), negative_timeline=timeline)
        return assess(verdict(30), shown, first_seen=False).contributions["growth"]

    assert growth(*[2] * 15) < growth(*[1] * 8, *[3] * 7) < growth(*[0] * 8, *[4] * 7)
    assert growth(*[4] * 7, *[0] * 8) == growth() == 0
    assert growth(*[0] * 8, *[4] * 7) == 10


def test_a_brand_seen_for_the_first_time_is_never_above_warning() -> None:
    first = assess(verdict(500), evidence(600, 500), first_seen=True)
    assert first.severity is Severity.WARNING
    assert first.score == assess(verdict(500), evidence(600, 500), first_seen=False).score


def test_volume_without_negatives_is_info_whatever_its_size() -> None:
    huge = evidence(100_000, 39_000, reach=10**9, platforms=9)
    assert assess(verdict(1e5, 1.0, Signal.TOTAL_COUNT), huge, first_seen=False).severity is Severity.INFO


@pytest.mark.parametrize("posts", [0, 7, 10**6])
@pytest.mark.parametrize("observed", [0.0, 7.0, 1e9])
@pytest.mark.parametrize("open_min", [-5, 0, 10**6])
@pytest.mark.parametrize("signal", list(Signal))
def test_contributions_sum_to_a_score_in_range(
    posts: int, observed: float, open_min: int, signal: Signal
) -> None:
    shown = evidence(posts, posts, reach=posts * 1_000, platforms=5)
    assessment = assess(verdict(observed, signal=signal), shown, first_seen=False, open_min=open_min)
    assert assessment.score == sum(assessment.contributions.values())
    assert 0 <= assessment.score <= 100
    assert all(isinstance(value, int) and value >= 0 for value in assessment.contributions.values())


def test_the_worst_of_all_is_one_hundred() -> None:
    shown = structs.replace(evidence(10**6, 10**6, reach=10**9, platforms=9), negative_timeline=(0, 9))
    assert assess(verdict(1e9), shown, first_seen=False, open_min=10**4).score == 100
