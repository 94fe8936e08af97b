"""What is published of posts and mentions: sums that are right, and pages that do not grow."""

from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agents.mention_figures import MentionFigures
from agents.metrics import OTHER_BRANDS, Metrics, new_registry, render
from agents.post_figures import PostFigures
from detector.brand import Brand, BrandMatcher
from detector.clock import MINUTE_MS
from detector.late import late
from detector.mention import Mention, position
from detector.post import PLATFORMS
from detector.reading import Reader
from detector.sentiment.registry import make_scorer
from detector.shard import Findings
from detector.spike import Reason, Signal, Verdict
from tests.memory_kafka import Record

NOW = 29_000_000 * MINUTE_MS


class Page:
    """Metrics, and the samples of their page."""

    def __init__(self, *brands: str) -> None:
        self.registry = new_registry()
        self.metrics = Metrics(self.registry, brands=brands)

    def samples(self) -> dict:
        families = text_string_to_metric_families(render(self.registry).decode())
        return {(s.name, frozenset(s.labels.items())): s.value for f in families for s in f.samples}

    def value(self, name: str, **labels: str) -> float | None:
        return self.samples().get((name, frozenset(labels.items())))


def mention(number: int, brand: str = "camar", polarity: int = 0, platform: str = "x") -> Mention:
    label = (polarity > 0) - (polarity < 0)
    code = PLATFORMS.index(platform)
    return Mention(
        brand, number, number, NOW, position(number), polarity, label, code, 0, 50, 0, 0, brand, "t"
    )


def findings(*counted: Mention, duplicates=(), late_ones=()) -> Findings:
    counts = Counter(counted=len(counted), duplicate=len(duplicates), late=len(late_ones))
    return Findings(
        counted=list(counted),
        duplicates=list(duplicates),
        late=[late(one, 0, 90_000) for one in late_ones],
        counts=counts,
    )


def test_mentions_are_summed_up_by_brand():
    page = Page("camar", "rimba")
    figures = MentionFigures(page.metrics)
    figures.count(findings(mention(1, polarity=-5_000), mention(2, polarity=-2_500), mention(3)))
    figures.count(findings(mention(4, polarity=9_000), mention(5, "rimba", polarity=-10_000)))
    assert page.value("siaga_brand_mentions_total", brand="camar", polarity="negative") == 2
    assert page.value("siaga_brand_mentions_total", brand="camar", polarity="neutral") == 1
    assert page.value("siaga_brand_mentions_total", brand="camar", polarity="positive") == 1
    assert page.value("siaga_brand_polarity_total", brand="camar", sign="negative") == 0.75
    assert page.value("siaga_brand_polarity_total", brand="camar", sign="positive") == 0.9
    assert page.value("siaga_brand_coverage_total", brand="camar") == 2.0
    assert page.value("siaga_brand_mentions_total", brand="rimba", polarity="negative") == 1


def test_mentions_are_counted_by_platform_and_outcome():
    page = Page()
    MentionFigures(page.metrics).count(
        findings(
            mention(1, platform="x"),
            mention(2, platform="news"),
            duplicates=[mention(1, platform="x")] * 2,
            late_ones=[mention(3, platform="forum")],
        )
    )
    by = {
        (p, o): page.value("siaga_platform_mentions_total", platform=p, outcome=o)
        for p, o in [("x", "counted"), ("x", "duplicate"), ("x", "late"), ("forum", "late")]
    }
    assert by == {("x", "counted"): 1, ("x", "duplicate"): 2, ("x", "late"): 0, ("forum", "late"): 1}
    assert page.value("siaga_mentions_outcome_total", outcome="duplicate") == 2
    assert page.value("siaga_late_seconds_sum") == 90.0


def test_ten_thousand_brands_add_no_series_beyond_the_cap():
    page = Page("camar")
    before = set(page.samples())
    figures = MentionFigures(page.metrics)
    figures.count(findings(*(mention(n, f"brand-{n}", polarity=-1_000) for n in range(10_000))))
    assert set(page.samples()) == before
    assert page.value("siaga_brand_mentions_total", brand=OTHER_BRANDS, polarity="negative") == 10_000
    assert page.value("siaga_brand_polarity_total", brand=OTHER_BRANDS, sign="negative") == pytest.approx(
        1_000
    )


def test_ten_thousand_authors_posts_and_platforms_add_no_series():
    page = Page("camar")
    before = set(page.samples())
    post = b'{"platform":"own-%d","id":"%d","created_at":%d,"text":"camar buruk","author":{"id":"%d"}}'
    posts = [post % (n, n, NOW - 60_000, n) for n in range(10_000)]
    read_into(page, [b"\n".join(posts[:5_000]), b"\n".join(posts[5_000:])])
    assert set(page.samples()) == before
    assert page.value("siaga_platform_posts_total", platform="other") == 10_000
    assert page.value("siaga_intake_latency_seconds_sum") == pytest.approx(600_000)


def read_into(page: Page, values: list[bytes], timestamp: int = NOW) -> None:
    records = [Record(offset, timestamp, None, value) for offset, value in enumerate(values, 7)]
    reader = Reader(BrandMatcher([Brand("camar", "Camar", ("camar",))]), make_scorer("lexicon"), 1)
    reading = reader.read([(r.offset, r.value) for r in records], NOW)
    PostFigures(page.metrics).count(records, reading, NOW + 1_500)


def test_what_came_of_posts():
    page = Page()
    post = b'{"platform":"reddit","id":"%d","created_at":%d,"text":"%s"}'
    read_into(page, [post % (1, NOW - 4_000, b"camar"), post % (2, NOW, b"lain"), b"{}", b"["])
    assert page.value("siaga_platform_posts_total", platform="reddit") == 2
    assert page.value("siaga_posts_total", outcome="rejected") == 2
    assert page.value("siaga_posts_rejected_total", reason="missing_field") == 1
    assert page.value("siaga_post_records_total") == 4
    assert page.value("siaga_scoring_latency_seconds_count") == 4
    assert page.value("siaga_scoring_latency_seconds_sum") == 6.0
    assert page.value("siaga_intake_latency_seconds_count") == 1, "only posts about a brand"
    assert page.value("siaga_intake_latency_seconds_sum") == 4.0


def test_a_record_without_a_time_has_no_latency():
    page = Page()
    read_into(page, [b'{"platform":"x","id":"1","created_at":%d,"text":"camar"}' % NOW], timestamp=-1)
    assert page.value("siaga_scoring_latency_seconds_count") == 0
    assert page.value("siaga_intake_latency_seconds_count") == 0


def verdict(reason: Reason, expected: float = 2.0) -> Verdict:
    return Verdict(Signal.NEGATIVE_COUNT, reason, 5, 15, 9.0, expected, 0.0, 6.0, 4.5, 0.1, 9, 9)


def test_a_window_that_cannot_be_compared_shows_what_it_holds_and_no_more():
    page = Page("camar")
    figures = MentionFigures(page.metrics)
    where = {"brand": "camar", "signal": "negative_count"}
    figures.show("camar", verdict(Reason.TOO_FEW))
    assert page.value("siaga_window_expected", **where) == 2.0
    assert page.value("siaga_window_upper", **where) == 6.0
    figures.show("camar", verdict(Reason.WARMING_UP))
    assert page.value("siaga_window_observed", **where) == 9.0
    assert page.value("siaga_window_expected", **where) is None
    figures.show("camar", verdict(Reason.SPIKE))
    figures.forget()
    assert page.value("siaga_window_observed", **where) is None
    assert page.value("siaga_window_upper", **where) is None
