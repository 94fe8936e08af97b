"""Texts for comparing sentiment engines: generated ones dense in rules, and real ones where present."""

from __future__ import annotations

import csv
import os
import random
from functools import cache
from pathlib import Path

from vaderSentiment import vaderSentiment as reference

_RULE_WORDS = """
    no No NO kind Kind of or nor least at very never so this without doubt but BUT However not isn't n't
    the shit bomb bad ass badass bus stop yeah right kiss death to die for beating heart just enough sort
    kind-of sort-of plain word table 12 -- I U A
"""
_ENDS = ("", "", "", "", "!", "?", "!!", "??", "???", "!!!!!", ".", ",", "…", "!?!?!?", ")", "'")
_STARTS = ("", "", "", "", "", "", "(", "'", "#", "@", "…")
_SPACES = (" ", " ", " ", " ", " ", "  ", "\n", "\t", "\u00a0", "\u2028")
_EMOJI_TAILS = ("", "", "", "\ufe0f", "🏽", "x", "!")


@cache
def _vocabulary() -> tuple[tuple[str, ...], ...]:
    analyzer = reference.SentimentIntensityAnalyzer()
    boosters = [word for phrase in reference.BOOSTER_DICT for word in phrase.split()]
    emoji = [char for char in analyzer.emojis if len(char) == 1]
    return (
        tuple(analyzer.lexicon),
        tuple(boosters),
        tuple(reference.NEGATE),
        tuple(emoji),
        tuple(_RULE_WORDS.split()),
    )


def rule_dense_texts(count: int, seed: int) -> list[str]:
    """Return texts of 0 to 14 tokens in which nearly every word takes part in a rule."""
    rng = random.Random(seed)
    return [_text(rng) for _ in range(count)]


def _text(rng: random.Random) -> str:
    lexicon, boosters, negators, emoji, rule_words = _vocabulary()
    few = rng.sample(lexicon, 2)  # repeated words: equal valences are a case of their own
    parts = []
    for _ in range(rng.randrange(15)):
        kind = rng.random()
        if kind < 0.03:
            word = rng.choice(emoji) + rng.choice(_EMOJI_TAILS)
        elif kind < 0.25:
            word = rng.choice(lexicon)
        elif kind < 0.4:
            word = rng.choice(few)
        else:
            word = rng.choice(rng.choice((boosters, negators, rule_words, rule_words)))
        word = rng.choice((str, str, str, str.upper, str.title))(word)
        parts.append(rng.choice(_STARTS) + word + rng.choice(_ENDS) + rng.choice(_SPACES))
    return "".join(parts)


def shared_data() -> Path | None:
    """Return the folder of real texts, from SIAGA_SHARED or beside the checkout, or None."""
    root = os.environ.get("SIAGA_SHARED")
    folder = (Path(root) if root else Path(__file__).parents[2] / "shared") / "data"
    return folder if folder.is_dir() else None


def streams(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Return the rows of each stream of posts by file name."""
    found = {}
    for path in sorted((folder / "streams").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.name] = list(csv.DictReader(file))
    return found


def labelled(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Return pairs of text and label (or human score) of each labelled set by file name."""
    found = {}
    for path in sorted((folder / "sentiment").glob("*")):
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                found[path.name] = [(row["text"], row["label"]) for row in csv.DictReader(file)]
            continue
        rows = [line.split("\t") for line in path.read_text("utf-8", "replace").splitlines() if "\t" in line]
        text, label = (0, 1) if path.name.startswith("smsa") else (-1, 1)
        found[path.name] = [(row[text], row[label]) for row in rows]
    return found
