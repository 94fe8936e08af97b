"""Prints how fast and how right the scorers are: `python -m bench.sentiment`.

Speed is CPU time on posts not seen before, reference and own code in turn, medians over chunks; real
posts where ../shared/data (or SIAGA_SHARED) is present, else generated ones. Accuracy needs real texts.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from detector.brand import Brand, BrandMatcher
from detector.sentiment import Scorer
from detector.sentiment.registry import SCORER_NAMES, make_scorer
from detector.sentiment.vader import polarity_scores
from detector.text import near_copy, redact
from tests.sentiment_texts import labelled, rule_dense_texts, shared_data, streams

CHUNKS = 5
LABELS = ("negative", "neutral", "positive")
IGNORED = {
    "airline_2015-02-17_21.csv": (
        "united",
        "southwestair",
        "southwest",
        "jetblue",
        "americanair",
        "usairways",
    ),
    "biznet_2025-06-19_07-31_id.csv": ("biznet", "biznethome"),
}


def thousand_aliases() -> list[Brand]:
    rng = random.Random(1)

    def word() -> str:
        parts = range(rng.randint(2, 5))
        return "".join(rng.choice("bcdfghjklmnprstvwyz") + rng.choice("aeiou") for _ in parts)

    made = [Brand(f"b{i}", f"B{i}", (word(), f"{word()} {word()}", "@" + word(), word())) for i in range(248)]
    real = [
        ("united", "united airlines"),
        ("biznet", "biznethome"),
        ("spotify", "spotifycares"),
        ("jetblue",),
    ]
    return made + [Brand(names[0], names[0], names) for names in real]


def speed(texts: list[str]) -> None:
    random.Random(1).shuffle(texts)
    print(f"{'':24}{'us':>8}{'posts/s':>12}{'x reference':>13}")
    # The pair first and alone: other programs' memory would slow the quick one more than the slow one.
    pair = {
        "vaderSentiment 3.3.2": SentimentIntensityAnalyzer().polarity_scores,
        "polarity_scores": polarity_scores,
    }
    reference = race(pair, texts)
    others: dict[str, Callable[[str], object]] = {
        f"scorer {name}": make_scorer(name).score for name in SCORER_NAMES
    }
    others["brands, 1,000 aliases"] = BrandMatcher(thousand_aliases()).match
    race({**others, "redact": redact, "near_copy": near_copy}, texts, reference)


def race(rivals: Mapping[str, Callable[[str], object]], texts: list[str], reference: float = 0.0) -> float:
    """Print the median CPU time per post of each rival on the second half of texts, after the first."""
    seen, unseen = texts[: len(texts) // 2], texts[len(texts) // 2 :]
    for run in rivals.values():
        for text in seen:
            run(text)
    spent: dict[str, list[float]] = {name: [] for name in rivals}
    for chunk in range(CHUNKS):
        part = unseen[chunk::CHUNKS]
        for name, run in rivals.items():
            start = time.process_time()
            for text in part:
                run(text)
            spent[name].append((time.process_time() - start) / len(part))
    for name, times in spent.items():
        median = statistics.median(times)
        reference = reference or median
        print(f"{name:24}{median * 1e6:8.2f}{1 / median:12,.0f}{reference / median:13.2f}")
    return reference


def f1(found: Sequence[str], truth: Sequence[str], label: str) -> float:
    both = sum(a == b == label for a, b in zip(found, truth, strict=True))
    either = found.count(label) + truth.count(label)
    return 2 * both / either if either else 0.0


def auc(values: Sequence[float], positive: Sequence[bool]) -> float:
    """Area under the ROC curve by ranks, ties counting half."""
    _, inverse, counts = np.unique(np.array(values), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    truth = np.array(positive)
    n = int(truth.sum())
    return float((ranks[truth].sum() - n * (n + 1) / 2) / (n * (len(truth) - n)))


def accuracy(folder: Path) -> None:
    sets = {name: rows for name, rows in labelled(folder).items() if not name.startswith("vader")}
    for name, rows in streams(folder).items():
        if rows and rows[0].get("label"):
            sets[name] = [(row["text"], row["label"]) for row in rows]
    print(
        f"\n{'macro-F1 / F1 negative / AUC / mean coverage':44}" + "".join(f"{n:>30}" for n in SCORER_NAMES)
    )
    scorers: list[Scorer] = [make_scorer(name) for name in SCORER_NAMES]
    for name, rows in sets.items():
        cells = []
        truth = [label for _, label in rows]
        for scorer in scorers:
            scores = [scorer.score(text, IGNORED.get(name, ())) for text, _ in rows]
            found = [score.label for score in scores]
            macro = sum(f1(found, truth, label) for label in LABELS) / len(LABELS)
            area = auc([-score.polarity for score in scores], [label == "negative" for label in truth])
            cover = statistics.mean(score.coverage for score in scores)
            cells.append(f"{macro:.3f} / {f1(found, truth, 'negative'):.3f} / {area:.3f} / {cover:.2f}")
        print(f"{name:44}" + "".join(f"{cell:>30}" for cell in cells))


def main() -> None:
    folder = shared_data()
    if folder is None:
        speed(rule_dense_texts(20_000, seed=1))
        print("\nno accuracy: ../shared/data is absent and SIAGA_SHARED names no other place")
        return
    speed([row["text"] for rows in streams(folder).values() for row in rows])
    accuracy(folder)


if __name__ == "__main__":
    main()
