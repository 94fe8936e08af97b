import random

import pytest

from detector.brand import Brand, BrandMatcher
from detector.clock import MINUTE_MS
from detector.codec import to_json
from detector.pipeline import Pipeline, run
from detector.reading import Reader
from detector.sentiment.registry import make_scorer
from tests.crowd_logs import QUICK, detectors_of
from tests.mention_logs import LATENESS_MS, START


def pipeline() -> Pipeline:
    matcher = BrandMatcher([Brand("kunang", "Kunang Fiber", ("kunang",))])
    return Pipeline(Reader(matcher, make_scorer("lexicon"), 1), detectors_of, QUICK, LATENESS_MS)


def record(minute: int, number: int, text: str, created: int | None = None) -> tuple[int, bytes]:
    at = START + minute * MINUTE_MS
    value = {
        "platform": "x", "id": f"{minute}/{number}", "text": text, "author": {"id": f"a{number}"},
        "created_at": at if created is None else START + created * MINUTE_MS,
    }  # fmt: skip
    return at, to_json(value)


def crisis() -> list[tuple[int, bytes]]:
    quiet = [record(minute, 0, "apa kabar kunang") for minute in range(0, 150, 25)]
    burst = [record(150 + i // 8, i, f"kunang mati lagi, kecewa parah nomor {i}") for i in range(40)]
    return [*quiet, *burst, *(record(minute, 99, "cuaca cerah") for minute in range(156, 190))]


def test_a_small_crisis_from_posts_to_its_end():
    outcome = run(pipeline(), crisis())
    opened, *_, last = outcome.revisions
    assert (opened.brand, opened.change, opened.signal) == ("kunang", "opened", "negative_count")
    assert opened.opened_at == "2025-02-19T23:50:00Z"
    assert (last.change, last.id) == ("resolved", opened.id)
    assert [r.revision for r in outcome.revisions] == list(range(1, len(outcome.revisions) + 1))
    assert outcome.counts["matched"] == outcome.counts["counted"] == 46
    assert outcome.counts["unmatched"] == 34
    assert (outcome.late, outcome.refused) == ([], [])


def test_the_alarm_goes_out_with_the_post_that_decides():
    one = pipeline()
    sent = [(at, data, one.send(data, at)) for at, data in crisis()]
    at = next(at for at, _, revisions in sent if revisions)
    assert at == START + 150 * MINUTE_MS, "long before its minute is closed"


def test_the_same_posts_twice_are_counted_once():
    posts = crisis()
    twice = [one for pair in zip(posts, posts, strict=True) for one in pair]
    outcome = run(pipeline(), twice)
    assert outcome.revisions == run(pipeline(), posts).revisions
    assert (outcome.counts["counted"], outcome.counts["duplicate"]) == (46, 46)


def test_what_is_late_or_bad_is_said():
    posts = [*crisis(), record(189, 500, "kunang mati", created=3), (START + 190 * MINUTE_MS, b"{")]
    outcome = run(pipeline(), posts)
    assert [late.late_by_ms for late in outcome.late] == [(189 - 5 - 3) * MINUTE_MS]
    assert [one.rejected.reason for one in outcome.refused] == ["bad_json"]


def test_nothing_comes_of_nothing():
    assert run(pipeline(), []).revisions == []


@pytest.mark.parametrize("size", [2, 7, 1_000])
def test_many_records_at_once_lead_to_what_they_lead_to_one_by_one(size):
    rng = random.Random(size)
    # Disorder within the lateness and beyond it, and posts about nobody that move the clock.
    posts = [post for now, post in crisis() for _ in range(2)]
    posts += [
        record(150 + i // 3, i, "kunang lambat", created=150 + i // 3 - rng.randrange(9))[1]
        for i in range(60)
    ]
    now = START + 400 * MINUTE_MS
    alone, together = pipeline(), pipeline()
    for post in posts:
        alone.send(post, now)
    for begin in range(0, len(posts), size):
        together.send_all(posts[begin : begin + size], now)
    alone.finish(now)
    together.finish(now)
    assert together.outcome.revisions == alone.outcome.revisions
    assert together.outcome.counts == alone.outcome.counts
    assert alone.outcome.counts["late"] > 5
    assert (together.first, together.newest) == (alone.first, alone.newest)
    assert [one.created_at for one in together.outcome.late] == [one.created_at for one in alone.outcome.late]
