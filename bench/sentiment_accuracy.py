"""How right the scorers are, on every labelled set that is present."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.sentiment_bars import Bars
from detector.sentiment import Score, Scorer
from detector.sentiment.fused import FusedScorer
from detector.sentiment.ngrams import NgramTable, table_from
from detector.sentiment.registry import SCORER_NAMES, make_scorer
from detector.sentiment.vader import polarity_scores
from tests.sentiment_texts import labelled, streams
from training.texts import ground_truth, nusax

LABELS = ("negative", "neutral", "positive")
AIRLINE = "airline_2015-02-17_21.csv"
BIZNET = "biznet_2025-06-19_07-31_id.csv"
IGNORED = {
    AIRLINE: ("united", "southwestair", "southwest", "jetblue", "americanair", "usairways"),
    BIZNET: ("biznet", "biznethome"),
}
SEEN = "  (the fused tables were made of it)"
TABLES = Path("build/held_out")
FOLDS = 5
GROUND_TRUTH_CUTS = (-0.1, 0.2)
"""The best cuts on VADER's human-scored texts, neutral being a mean score of -0.5 to 0.5."""

Figures = tuple[float, float, float]


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


def figures(
    scores: Sequence[Score], truth: Sequence[str], cuts: tuple[float, float] | None = None
) -> Figures:
    """Return macro-F1, F1 of the negative class, and AUC of it against the rest."""
    found: list[str] = [score.label for score in scores]
    if cuts:
        low, high = cuts
        found = [
            "negative" if score.polarity < low else "positive" if score.polarity > high else "neutral"
            for score in scores
        ]
    macro = sum(f1(found, truth, label) for label in LABELS) / len(LABELS)
    area = auc([-score.polarity for score in scores], [label == "negative" for label in truth])
    return macro, f1(found, truth, "negative"), area


def differences(folder: Path | None, generated: list[str], bars: Bars) -> None:
    """Count the texts to which the reference gives other numbers."""
    texts = list(generated)
    if folder:
        texts += [text for rows in labelled(folder).values() for text, _ in rows]
        texts += [row["text"] for rows in streams(folder).values() for row in rows]
    reference = SentimentIntensityAnalyzer().polarity_scores
    differ = sum(polarity_scores(text) != reference(text) for text in texts)
    bars.at_most(f"texts of {len(texts):,} that vaderSentiment scores otherwise", differ, 0)


def accuracy(folder: Path, bars: Bars) -> None:
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
            found = figures(scores, truth)
            cells.append(f"{_three(found)} / {statistics.mean(score.coverage for score in scores):.2f}")
            _hold(bars, name, scorer.name, found)
            if name == AIRLINE and scorer.name == "fused":
                learnt = figures(scores, truth, GROUND_TRUTH_CUTS)
        seen = SEEN if name in ("smsa_train.tsv", "nusax_indonesian_train.csv") else ""
        print(f"{name:44}" + "".join(f"{cell:>30}" for cell in cells) + seen)
    print(f"{AIRLINE}, fused, cuts learnt on VADER's human-scored texts alone: {_three(learnt)}")


def held_out(folder: Path, bars: Bars) -> None:
    """Measure the fused scorer with tables that have not seen what they are measured on."""
    print("\nPearson r with human scores" + "".join(f"{n:>12}" for n in SCORER_NAMES))
    rows = ground_truth()
    scorers = [make_scorer(name) for name in SCORER_NAMES]
    for kind in dict.fromkeys(row.kind for row in rows):
        mine = [row for row in rows if row.kind == kind]
        truth = [row.score for row in mine]
        cells = "".join(
            f"{correlation([scorer.score(row.text).polarity for row in mine], truth):12.3f}"
            for scorer in scorers
        )
        print(f"{kind:27}{cells}{SEEN}")
    if not (TABLES / "tweets_by_fold.txt").exists():
        print(f"no held-out figures: {TABLES} is absent; run `make train`")
        return
    texts, labels = zip(*nusax(), strict=True)
    without = FusedScorer(tables={"id": _table("id_without_nusax")})
    found = figures([without.score(text) for text in texts], labels)
    print(f"\nfused without NusaX on {len(texts)} texts of NusaX that are not in SmSA: {_three(found)}")
    bars.at_least("NusaX train not in SmSA, fused without NusaX, macro-F1", found[0], 0.89)
    tweets = [row for row in rows if row.kind == "tweets"]
    fold_of = np.loadtxt(TABLES / "tweets_by_fold.txt", dtype=int)
    values = np.empty(len(tweets))
    for fold in range(FOLDS):
        scorer = FusedScorer(tables={"en": _table(f"en_fold_{fold}")})
        for i in np.flatnonzero(fold_of == fold):
            values[i] = scorer.score(tweets[i].text).polarity
    r = correlation(values, [row.score for row in tweets])
    print(f"fused on VADER's tweets, each by a table that has not seen it: r {r:.3f}")
    bars.at_least("VADER's tweets, five folds, Pearson r", r, 0.88)


def correlation(values: Sequence[float], truth: Sequence[float]) -> float:
    return float(np.corrcoef(values, truth)[0, 1])


def _table(name: str) -> NgramTable:
    return table_from((TABLES / f"{name}.npz").read_bytes())


def _hold(bars: Bars, name: str, scorer: str, found: Figures) -> None:
    demanded = {
        ("smsa_valid.tsv", "lexicon"): (0.73, 0.77, 0.915),
        ("smsa_valid.tsv", "fused"): (0.87, 0.89, 0.967),
        (AIRLINE, "fused"): (0.62, 0.77, 0.855),
    }.get((name, scorer), ())
    for what, value, bound in zip(("macro-F1", "F1 negative", "AUC negative"), found, demanded, strict=False):
        bars.at_least(f"{name}, {scorer}, {what}", value, bound)


def _three(found: Figures) -> str:
    return " / ".join(f"{value:.3f}" for value in found)
