"""Writes the n-gram tables and says how good they are: `python -m training.tables` (`make train`).

Indonesian: logistic regression of three classes on SmSA and NusaX train. English: ridge regression on what
the valences leave unexplained of people's scores. Features are those of `detector.sentiment.grams`, each by
idf over the root of the text's length; a feature must be in two texts. Nothing here is drawn at random but
the folds, by a fixed seed.

Besides the tables that are shipped it writes, under build/held_out, those that leave out what they are
measured on; `make bench-sentiment` measures with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold

from detector.sentiment import Language
from detector.sentiment.fused import EN_PER_NEGATIVE, EN_PER_POSITIVE, grams_of
from detector.sentiment.lexicon import LexiconScorer
from detector.sentiment.ngrams import table_bytes
from detector.sentiment.normalise import normalise
from detector.sentiment.totals import emphasis, masses
from training.texts import GROUND_TRUTH, LABELS, ground_truth, nusax, smsa, target

SEED = 1
FOLDS = 5
C = 8.0
ALPHA = 6.0
FEWEST_TEXTS = 2
SMALLEST = 0.05  # a pair that moves no text by more is left out: small tables are quick ones
PER = 5.0  # puts the features about where the regularisation was chosen
SHIPPED = Path("detector/sentiment/data")
HELD_OUT = Path("build/held_out")

LEXICON = LexiconScorer()


class Features:
    """Texts of a language as the model sees them: words and pairs, and how many words."""

    def __init__(self, texts: Sequence[str], language: Language) -> None:
        grams = grams_of(language)
        self.names: list[list[str]] = []
        self.masses = np.empty((len(texts), 2))
        self.lengths = np.empty(len(texts))
        for i, text in enumerate(texts):
            clean = normalise(text)
            tokens = LEXICON.split(clean, language)
            self.names.append(grams.names(tokens))
            self.lengths[i] = max(1, len(grams.sequence(tokens)))
            self.masses[i] = masses(LEXICON.engines[language].hits(tokens)[1], emphasis(clean))


Fit = Callable[[csr_matrix, NDArray[np.int64]], tuple[NDArray[np.float64], NDArray[np.float64]]]


def table(features: Features, rows: NDArray[np.int64], fit: Fit) -> bytes:
    """Return the table that `fit` learns from some of the texts: it returns weights and bias."""
    counts = CountVectorizer(analyzer=lambda names: names, min_df=FEWEST_TEXTS)
    matrix = counts.fit_transform([features.names[i] for i in rows])
    idf = np.log((1 + len(rows)) / (1 + np.asarray((matrix > 0).sum(0)).ravel())) + 1
    scale = diags(1 / np.sqrt(features.lengths[rows]) / PER)
    weights, bias = fit(csr_matrix(scale @ matrix @ diags(idf)), rows)
    weights = weights * (idf / PER)[:, None]
    # The commonest first: what is used together then lies together in memory, which makes scoring quicker.
    order = np.argsort(idf, kind="stable")
    names, weights = counts.get_feature_names_out()[order], weights[order]
    is_pair = np.array([" " in name for name in names])
    numbers = {name: number for number, name in enumerate(names[~is_pair], 1)}
    strong = is_pair & (np.abs(weights).max(1) >= SMALLEST)
    pairs = np.array([[numbers[word] for word in name.split(" ")] for name in names[strong]])
    print(f"{len(numbers):,} words; of {is_pair.sum():,} pairs {len(pairs):,} are strong enough to be kept")
    return table_bytes(list(numbers), weights[~is_pair], pairs, weights[strong], bias.tolist())


def indonesian(rows: Sequence[tuple[str, str]]) -> bytes:
    """Return the table of labelled Indonesian texts: logits against the neutral class."""
    labels = np.array([label for _, label in rows])

    def fit(matrix: csr_matrix, at: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        model = LogisticRegression(C=C, class_weight="balanced", max_iter=1000, tol=1e-6)
        model.fit(matrix, labels[at])
        negative, neutral, positive = (list(model.classes_).index(label) for label in LABELS)
        two = [negative, positive]
        return (
            (model.coef_[two] - model.coef_[neutral]).T,
            model.intercept_[two] - model.intercept_[neutral],
        )

    return table(Features([text for text, _ in rows], "id"), np.arange(len(rows)), fit)


class English:
    """The human-scored texts, read once for all tables."""

    def __init__(self) -> None:
        rows = ground_truth()
        self.features = Features([row.text for row in rows], "en")
        negative, positive = self.features.masses.T
        self.rest = np.array([target(row.score) for row in rows])
        self.rest -= EN_PER_POSITIVE * positive - EN_PER_NEGATIVE * negative
        self.weights = np.array([GROUND_TRUTH[row.kind] for row in rows])
        self.tweets = np.array([i for i, row in enumerate(rows) if row.kind == "tweets"])

    def table(self, without: Sequence[int] = ()) -> bytes:
        def fit(matrix: csr_matrix, at: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            model = Ridge(alpha=ALPHA, solver="sparse_cg", tol=1e-8, max_iter=2000)
            model.fit(matrix, self.rest[at], sample_weight=self.weights[at])
            return np.column_stack((model.coef_, np.zeros_like(model.coef_))), np.array(
                [float(model.intercept_), 0.0]
            )

        return table(self.features, np.setdiff1d(np.arange(len(self.rest)), without), fit)


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"{path}: {len(data):,} bytes", flush=True)


def main() -> None:
    write(SHIPPED / "id_ngrams.npz", indonesian(smsa("train") + nusax()))
    write(HELD_OUT / "id_without_nusax.npz", indonesian(smsa("train")))
    english = English()
    write(SHIPPED / "en_ngrams.npz", english.table())
    folds = KFold(FOLDS, shuffle=True, random_state=SEED).split(english.tweets)
    for fold, (_, out) in enumerate(folds):
        write(HELD_OUT / f"en_fold_{fold}.npz", english.table(english.tweets[out]))
    np.savetxt(HELD_OUT / "tweets_by_fold.txt", fold_of(len(english.tweets)), fmt="%d")


def fold_of(count: int) -> NDArray[np.int64]:
    """Return the fold that each tweet is left out of."""
    folds = np.empty(count, np.int64)
    for fold, (_, out) in enumerate(KFold(FOLDS, shuffle=True, random_state=SEED).split(folds)):
        folds[out] = fold
    return folds


if __name__ == "__main__":
    main()
