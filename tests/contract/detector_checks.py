"""What every detector must do, as checks that say what is wrong; each takes a maker of fresh detectors."""

import random
from collections.abc import Callable, Sequence

from msgspec import structs

from detector.codec import from_json, to_json
from detector.proof import prove
from detector.spike import Detector, Limit, Reason, Signal, Verdict
from detector.window import Window

Make = Callable[[], Detector]

START = 29_000_003  # neither at an hour nor at a quarter
UGLY_MIN = 3_001
_DAY = 1_440


def steady(detector: Detector, minutes: int, rate: float, seed: int = 1) -> list[Window]:
    """Windows of posts that come by chance at `rate` a minute, each negative by the toss of a coin."""
    chance = random.Random(seed)
    counts = [sum(chance.random() < rate / 8 for _ in range(8)) for _ in range(minutes)]
    return windows(detector, counts, [sum(chance.random() < 0.5 for _ in range(count)) for count in counts])


def windows(detector: Detector, counts: Sequence[int], negatives: Sequence[int]) -> list[Window]:
    """Windows over posts per minute, each by an author of its own, and how many of them are negative."""
    length = detector.window_min
    result = []
    for i in range(len(counts)):
        begin = max(0, i - length + 1)
        posts, bad = sum(counts[begin : i + 1]), sum(negatives[begin : i + 1])
        result.append(Window(START + i, length, posts, bad, new_posts=counts[i], new_negatives=negatives[i]))
    return result


def value_of(detector: Detector, window: Window) -> int:
    return window.negatives if detector.signal is Signal.NEGATIVE_COUNT else window.posts


def with_value(detector: Detector, minute: int, value: int) -> Window:
    """A window of so many posts, all of them negative."""
    return Window(minute, detector.window_min, value, value)


def teach(detector: Detector, stream: Sequence[Window]) -> Detector:
    for window in stream:
        detector.learn(window, False)
    return detector


def ugly(detector: Detector) -> list[Window]:
    """Zeros, one enormous value, a constant, ties, a trend, silent sources; in the trend all turns bad."""
    counts = [0] * 300 + [10**9] + [0] * 100 + [5] * 400 + [3, 3, 4, 4] * 100 + list(range(300)) + [0] * 1_500
    stream = windows(detector, counts, [n if 1_250 <= i < 1_500 else n // 2 for i, n in enumerate(counts)])
    return [
        Window(w.minute, w.length, 0, 0, known=False) if 900 <= i < 1_000 else w for i, w in enumerate(stream)
    ]


def check_limit_rests_on_the_past_only(make: Make) -> None:
    """The limit of a minute is the same whenever it is asked, and whatever comes after m - lag_min."""
    detector, other = make(), make()
    lag = detector.lag_min
    stream = steady(detector, 600, 0.5)
    teach(detector, stream[:400])
    teach(other, stream[:400])
    asked = {}
    for i in range(400, 600):
        minute = START + i - 1 + lag
        asked[minute] = detector.limit(minute)
        now = START + i
        if now in asked:
            assert detector.limit(now) == asked[now], (
                f"limit of minute {now} changed with what was learnt later"
            )
        detector.learn(stream[i], False)
    last = START + 400 + lag - 1
    calm = teach(make(), stream[: 400 + lag - 1])
    for i in range(400, 400 + lag - 1):
        posts = 500 * (i % 3)
        wild = Window(START + i, other.window_min, posts, posts, new_posts=posts, new_negatives=posts)
        other.learn(wild, False)
        assert other.limit(last) == asked[last], "limit changed with what was learnt after m - lag_min"
    for value in (0, 25, 50, 500):
        window = Window(last, other.window_min, value, value // 2)
        judged = other.judge(window)
        # How many posts there ever were is no threshold.
        judged = structs.replace(judged, history=calm.judge(window).history)
        assert judged == calm.judge(window), f"the verdict on {value} rests on what came after m - lag_min"


def check_judge_agrees_with_limit(make: Make) -> None:
    """A verdict is a spike exactly when its value reaches the limit."""
    detector = teach(make(), steady(make(), 600, 0.5))
    minute = START + 600
    floor, limit = detector.floor(minute), detector.limit(minute)
    assert limit.least is not None, f"no limit after 10 hours: {limit.reason}"
    assert floor is not None, "no floor where there is a limit"
    assert floor <= limit.least, f"floor {floor} above the limit {limit.least}"
    for value in (0, 1, limit.least - 1, limit.least, limit.least + 1, 10 * limit.least, 10**9):
        verdict = detector.judge(with_value(detector, minute, max(0, value)))
        assert verdict.is_spike == (value >= limit.least), f"{value} of {limit.least} gave {verdict.reason}"
        _check_numbers(verdict)


def check_finds_what_anyone_sees(make: Make) -> None:
    """Five hundred posts where five are normal are a spike; five are none."""
    detector = teach(make(), steady(make(), 3 * _DAY, 0.4))
    minute = START + 3 * _DAY
    assert detector.judge(with_value(detector, minute, 500)).is_spike, "500 posts instead of 6 are no spike"
    assert not detector.judge(with_value(detector, minute, 5)).is_spike, "5 posts of 6 expected are a spike"


def check_quiet_on_chance(make: Make) -> None:
    """Of four days of chance, at most one minute in a hundred is a spike."""
    detector = make()
    spikes = 0
    stream = steady(detector, 4 * _DAY, 1.0)
    for window in stream:
        spikes += detector.judge(window).is_spike
        detector.learn(window, False)
    assert spikes <= len(stream) / 100, f"{spikes} spikes in four days of nothing"


def check_warms_up(make: Make) -> None:
    """Nothing is a spike before there is any exposure, and a minute without limit says why."""
    detector = make()
    for i in range(60):
        limit = detector.limit(START + i)
        assert limit == Limit(START + i, None, Reason.WARMING_UP), f"minute {i} of life has {limit}"
        verdict = detector.judge(with_value(detector, START + i, 1_000))
        assert verdict.reason is Reason.WARMING_UP, f"alarm before exposure: {verdict.reason}"
        detector.learn(with_value(detector, START + i, 0), False)


def check_silence_is_history(make: Make) -> None:
    """Hours of observed silence are enough to notice a burst; hours of silent sources are not."""
    detector, blind = make(), make()
    for i in range(600):
        detector.learn(with_value(detector, START + i, 0), False)
        blind.learn(Window(START + i, blind.window_min, 0, 0, known=False), False)
    found = detector.judge(with_value(detector, START + 600, 100))
    if detector.signal is Signal.NEGATIVE_SHARE:
        # Silence says nothing of what is said.
        assert found.reason is Reason.WARMING_UP, f"a share of nothing was learnt: {found.reason}"
    else:
        assert found.is_spike, "silence taught nothing"
    assert not blind.judge(with_value(blind, START + 600, 100)).is_spike, "an outage counted as silence"
    silent = detector.judge(Window(START + 600, detector.window_min, 0, 0, known=False))
    assert silent.reason is Reason.SOURCE_SILENT, f"no data read as {silent.reason}"


def check_verdicts_prove_themselves(make: Make) -> None:
    """A verdict follows from the numbers in it, after a journey through JSON, and a changed one does not."""
    detector, reasons = make(), set()
    stream = ugly(detector)[:1_700] + steady(detector, 2_000, 1.0)
    for i, window in enumerate(stream):
        window = structs.replace(window, minute=START + i)
        if i % 7 == 0 or window.posts > 100:
            verdict = from_json(to_json(detector.judge(window)), Verdict)
            if verdict.numbers:
                reasons.add(verdict.reason)
                assert prove(verdict).holds, f"minute {i}: {prove(verdict).disagreements}"
                for name in ("expected", "upper", "p_value"):
                    forged = structs.replace(verdict, **{name: getattr(verdict, name) * 1.01 + 0.5})
                    assert not prove(forged).holds, f"minute {i}: {name} may be anything"
            else:
                assert not verdict.is_spike, f"minute {i}: a spike without numbers"
        detector.learn(window, False)
    assert Reason.SPIKE in reasons
    assert len(reasons) > 2, f"only {reasons}"


def check_nearly_is_less_than_a_spike(make: Make) -> None:
    """Of all-negative windows, more posts are never less: what is nearly a spike stays so."""
    detector = teach(make(), steady(make(), 3 * _DAY, 0.4))
    minute = START + 3 * _DAY
    near = [detector.nearly(with_value(detector, minute, value)) for value in range(60)]
    assert near == sorted(near), f"nearly a spike, and with more posts not: {near}"
    assert not near[0], "no posts are nearly a spike"


def check_order(make: Make) -> None:
    """A gap, a repetition and a step back are errors; a minute too far ahead waits."""
    detector = teach(make(), steady(make(), 300, 0.5))
    for minute in (START + 301, START + 299, START):
        assert str(minute) in _refusal(detector, minute), f"learnt minute {minute} after {START + 299}"
    far = START + 299 + detector.lag_min
    assert detector.limit(far).least is not None
    if detector.at_close:
        return  # it is asked about the next minute only
    assert detector.limit(far + 1) == Limit(far + 1, None, Reason.NOT_CLOSED)


def check_restart(make: Make) -> None:
    """A detector loaded from a dump continues as if never interrupted, at any minute, bit by bit."""
    detector = make()
    stream = ugly(detector)
    for window in steady(detector, 600, 2.0):
        stream.append(Window(window.minute + UGLY_MIN, window.length, window.posts, window.negatives))
    copies = [detector]
    cuts = {0, 1, 20, 21, 22, 301, 950, 1_439, 2_000, 2_999, 3_300}
    for i, window in enumerate(stream):
        if i in cuts:
            copies.append(make().load(copies[0].dump()))
        if i in cuts or i % 7 == 0:
            looks = [copy.judge(window) for copy in copies]
            assert all(look == looks[0] for look in looks), f"restarted detectors differ at minute {i}"
        for copy in copies:
            copy.learn(window, 300 < i < 500)
    dumps = {copy.dump() for copy in copies}
    assert len(dumps) == 1, "restarted detectors have learnt other things"
    assert len(dumps.pop()) <= 10_000, "the dump is over 10 kB"


def check_survives_ugly_data(make: Make) -> None:
    """Zeros, 1e9, constants, ties and gaps give numbers in range, and a limit again afterwards."""
    detector = make()
    for i, window in enumerate(ugly(detector)):
        verdict = detector.judge(window)
        _check_numbers(verdict)
        floor, limit = detector.floor(window.minute), detector.limit(window.minute)
        assert (floor is None) == (limit.least is None)
        assert (floor or 0) <= (limit.least or 0)
        reached = limit.least is not None and value_of(detector, window) >= limit.least
        assert verdict.is_spike == detector.reaches(window)
        assert reached == verdict.is_spike or (detector.at_close and reached), "a spike below the limit"
        assert not (detector.nearly(window) and limit.least is None), "nearly a spike, and none is possible"
        detector.learn(window, i % 7 == 0)
    assert detector.limit(START + UGLY_MIN).least is not None


def _refusal(detector: Detector, minute: int) -> str:
    try:
        detector.learn(with_value(detector, minute, 0), False)
    except ValueError as error:
        return str(error)
    return ""


def _check_numbers(verdict: Verdict) -> None:
    assert 0.0 <= verdict.p_value <= 1.0, f"p = {verdict.p_value}"
    assert 0.0 <= verdict.expected < 1e12, f"expected = {verdict.expected}"
    assert 0.0 <= verdict.lower <= verdict.upper < 1e12, f"{verdict.lower}..{verdict.upper}"
    assert 0.0 <= verdict.ratio < 1e12, f"ratio = {verdict.ratio}"
    assert verdict.sample >= 0
    assert verdict.history >= 0
    assert verdict.is_spike == (verdict.observed > verdict.upper), "the interval contradicts the verdict"


CHECKS = [value for name, value in sorted(globals().items()) if name.startswith("check_")]
