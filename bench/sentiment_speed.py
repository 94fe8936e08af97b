"""How fast the scorers are, and what they take."""

from __future__ import annotations

import gc
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.sentiment_bars import Bars
from detector.brand import Brand, BrandMatcher
from detector.sentiment import Scorer
from detector.sentiment.normalise import normalise
from detector.sentiment.registry import SCORER_NAMES, make_scorer
from detector.sentiment.vader import polarity_scores
from detector.text import near_copy, redact

CHUNKS = 15
PER_SECOND = {"vader": 70_000, "lexicon": 45_000, "fused": 30_000}
TIMES_REFERENCE = 4.5
FLOODS = ("😭" * 10_000, "good " * 200_000, "gak bagus " * 100_000, "x" * 1_000_000, "!😡" * 9_999)
REAL_BRANDS = (
    ("united", "united airlines"),
    ("biznet", "biznethome"),
    ("spotify", "spotifycares"),
    ("jetblue",),
)
_LOADED = """
import sys
from detector.sentiment.registry import make_scorer
scorer = make_scorer("fused")
if len(sys.argv) > 1:
    scorer.score("great flight")  # no function word: the language model is loaded as well
    print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")][0])
"""


def thousand_aliases() -> list[Brand]:
    rng = random.Random(1)

    def word() -> str:
        parts = range(rng.randint(2, 5))
        return "".join(rng.choice("bcdfghjklmnprstvwyz") + rng.choice("aeiou") for _ in parts)

    made = [Brand(f"b{i}", f"B{i}", (word(), f"{word()} {word()}", "@" + word(), word())) for i in range(248)]
    return made + [Brand(names[0], names[0], names) for names in REAL_BRANDS]


def pipeline(scorer: Scorer, matcher: BrandMatcher, brands: Mapping[str, Brand]) -> Callable[[str], object]:
    """Return what is done to a post: its brands, and its score without their names."""

    def run(text: str) -> object:
        found = matcher.match(text)
        return scorer.score(text, brands[found[0].brand].aliases if found else ())

    return run


def speed(texts: list[str], bars: Bars) -> None:
    random.Random(1).shuffle(texts)
    print(f"{'':36}{'us':>8}{'posts/s':>12}{'x reference':>13}")
    # The pair first and alone: other programs' memory would slow the quick one more than the slow one.
    pair = {
        "vaderSentiment 3.3.2": SentimentIntensityAnalyzer().polarity_scores,
        "polarity_scores": polarity_scores,
    }
    reference, own = race(pair, texts).values()
    bars.at_least("own engine, times the reference", reference / own, TIMES_REFERENCE)
    brands = thousand_aliases()
    matcher, by_key = BrandMatcher(brands), {brand.key: brand for brand in brands}
    scorers = {name: make_scorer(name) for name in SCORER_NAMES}
    rivals: dict[str, Callable[[str], object]] = {
        **{f"scorer {name}": scorer.score for name, scorer in scorers.items()},
        **{f"pipeline {name}": pipeline(make_scorer(name), matcher, by_key) for name in SCORER_NAMES},
        "normalise": normalise,
        "brands, 1,000 aliases": matcher.match,
        "redact": redact,
        "near_copy": near_copy,
    }
    spent = race(rivals, texts, reference)
    for name, bound in PER_SECOND.items():
        bars.at_least(f"brands and {name}, posts/s on one core", 1 / spent[f"pipeline {name}"], bound)


def race(
    rivals: Mapping[str, Callable[[str], object]], texts: list[str], reference: float = 0.0
) -> dict[str, float]:
    """Return and print the median CPU seconds per post on the second half of texts, after the first."""
    seen, unseen = texts[: len(texts) // 2], texts[len(texts) // 2 :]
    for run in rivals.values():
        for text in seen:
            run(text)
    gc.collect()
    spent: dict[str, list[float]] = {name: [] for name in rivals}
    for chunk in range(CHUNKS):
        part = unseen[chunk::CHUNKS]
        for name, run in rivals.items():
            start = time.process_time()
            for text in part:
                run(text)
            spent[name].append((time.process_time() - start) / len(part))
    medians = {name: statistics.median(times) for name, times in spent.items()}
    for name, median in medians.items():
        reference = reference or median
        print(f"{name:36}{median * 1e6:8.2f}{1 / median:12,.0f}{reference / median:13.2f}")
    return medians


def floods(bars: Bars) -> None:
    """The worst of several posts without measure, the best of three runs each, in milliseconds."""
    worst = 0.0
    for scorer in map(make_scorer, SCORER_NAMES):
        for text in FLOODS:
            runs = []
            for _ in range(3):
                start = time.process_time()
                scorer.score(text)
                runs.append(time.process_time() - start)
            worst = max(worst, min(runs))
    bars.at_most("one post of 10,000 emoji, or 1 MB of text, ms", worst * 1e3, 20)


def footprint(bars: Bars) -> None:
    """Memory and start of the fused scorer in a process of its own: the least CPU time of five."""
    starts = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", _LOADED], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        starts.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    bars.at_most("start of the fused scorer, imports included, s", min(starts), 0.5)
    shown = subprocess.run([sys.executable, "-c", _LOADED, "all"], check=True, capture_output=True, text=True)
    bars.at_most("memory of a process with all tables loaded, MB", int(shown.stdout) / 1024, 150)
