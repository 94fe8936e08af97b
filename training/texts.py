"""The texts that a model may be trained on: SmSA and NusaX train (CC BY-SA), VADER's ground truth (MIT)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.sentiment_texts import labelled, shared_data

LABELS = ("negative", "neutral", "positive")
GROUND_TRUTH = {
    "amazonReviewSnippets": 1.0,
    "movieReviewSnippets": 0.3,
    "nytEditorialSnippets": 0.5,
    "tweets": 4.0,
}
"""VADER's sets, and how much a text of each counts: the nearer to a post, the more."""


class Scored(NamedTuple):
    """A text with people's mean score, -4 to 4, and the set it is of."""

    text: str
    score: float
    kind: str


def folder() -> Path:
    """Return the folder of real texts, or end the program."""
    found = shared_data()
    if found is None:
        raise SystemExit("no texts to train on: ../shared/data is absent; set SIAGA_SHARED to its parent")
    return found


def smsa(part: str) -> list[tuple[str, str]]:
    """Return texts and labels of SmSA: ``train`` or ``valid``."""
    return labelled(folder())[f"smsa_{part}.tsv"]


def nusax() -> list[tuple[str, str]]:
    """Return texts and labels of NusaX train that are in no part of SmSA, letters and digits compared."""
    seen = {_letters(text) for part in ("train", "valid") for text, _ in smsa(part)}
    new = []
    for text, label in labelled(folder())["nusax_indonesian_train.csv"]:
        if (letters := _letters(text)) not in seen:
            seen.add(letters)
            new.append((text, label))
    return new


def ground_truth() -> list[Scored]:
    """Return VADER's human-scored texts."""
    sets = labelled(folder())
    return [
        Scored(text, float(score), kind)
        for kind in GROUND_TRUTH
        for text, score in sets[f"vader_{kind}_GroundTruth.txt"]
    ]


def target(score: float) -> float:
    """Return what the English model learns of a human score, -1 to 1."""
    return float(np.tanh(score / 2))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))
