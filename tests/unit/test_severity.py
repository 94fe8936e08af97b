import pytest
from msgspec import structs

from detector.evidence import Evidence
from detector.severity import Severity, assess
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


def test_few_authors_are_no_crowd() -> None:
    assert assess(verdict(40), evidence(45, 40, authors=3), first_seen=False).severity is Severity.WARNING


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
