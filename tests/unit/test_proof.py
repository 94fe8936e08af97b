import pytest
from msgspec import structs

from detector.proof import prove
from detector.rank_tail import RankTail
from detector.rank_tail_rule import Facts
from detector.spike import Reason, Signal, Verdict
from detector.window import Window

START = 29_000_003


def spike() -> Verdict:
    detector = RankTail(Signal.TOTAL_COUNT)
    for i in range(3_000):
        detector.learn(Window(START + i, 15, i % 5, 0), in_incident=False)
    verdict = detector.judge(Window(START + 3_000, 15, 30, 0))
    assert verdict.is_spike
    return verdict


def changed(verdict: Verdict, **numbers: float) -> Verdict:
    return structs.replace(verdict, numbers=verdict.numbers | numbers)


def test_an_alarm_follows_from_its_numbers() -> None:
    verdict = spike()
    proof = prove(verdict)
    assert proof.holds
    assert proof.verdict == verdict
    assert prove(structs.replace(verdict, reason=Reason.TOO_FEW)).disagreements == (
        "reason: got too_few; expected spike from the numbers",
    )


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ({"ewma": 29.0}, "expected"),
        ({"log_mean": 4.0}, "reason"),
        ({"rank_bin": 40.0}, "reason"),
        ({"min_count": 31.0}, "reason"),
        ({"min_ratio": 90.0}, "reason"),
        ({"tail_p": 1e-300}, "reason"),
        ({"dispersion": 9.0}, "p_value"),
        ({"usual": 25.0}, "expected"),
        ({"exposure_min": 1.0}, "reason"),
    ],
)
def test_every_condition_is_made_again(numbers: dict[str, float], field: str) -> None:
    assert any(line.startswith(f"{field}: got") for line in prove(changed(spike(), **numbers)).disagreements)


def test_a_rank_that_the_reference_does_not_support_is_doubted() -> None:
    verdict = spike()
    # 1,540 minutes after the first day: at most 2 of them may be as high.
    assert verdict.sample == 1_540
    rank_bin = verdict.numbers["rank_bin"]
    proof = prove(changed(verdict, at_or_above=3.0))
    assert proof.disagreements == (
        f"rank: got 3 of 1540 residuals at or above bin {rank_bin:.0f}; expected at most 2",
    )


def test_what_cannot_be_proven_says_why() -> None:
    verdict = spike()
    assert prove(structs.replace(verdict, detector="oracle/1")).disagreements == (
        "unknown detector: got oracle/1; expected one of last_hour, rank_tail, share_rise, zscore",
    )
    waiting = prove(structs.replace(verdict, numbers={}, reason=Reason.NOT_CLOSED))
    assert waiting.disagreements == ("the verdict rests on no numbers: waits for earlier minutes to close",)
    lost = structs.replace(verdict, numbers={"known": 1.0, "ewma": 1.0})
    assert "the numbers cannot be used: Object missing required field" in prove(lost).disagreements[0]
    assert (
        "cannot be used: mean out of range" in prove(changed(verdict, ewma=-9.0, usual=-9.0)).disagreements[0]
    )
    halved = structs.replace(verdict, observed=29.5)
    assert "not a count: got 29.5" in prove(halved).disagreements[0]
    assert not any(prove(v).holds for v in (lost, halved, structs.replace(verdict, detector="")))


def test_all_that_the_rule_reads_is_in_the_verdict() -> None:
    assert set(spike().numbers) == {"known", *Facts.__struct_fields__}
