"""From the valences of a text to its four numbers, as VADER defines them (Hutto & Gilbert 2014)."""

from __future__ import annotations

from math import sqrt

_ALPHA = 15  # about the largest sum that occurs
_EXCLAMATION, _MOST_EXCLAMATIONS = 0.292, 4
_QUESTION, _MANY_QUESTIONS = 0.18, 0.96
_WHOLE = 1.5 * 2.0**52  # round about here doubles have no fraction: adding it rounds
_SURELY = 0.499  # of a rounded digit: nearer to the half only round() itself decides


def emphasis(text: str) -> float:
    """Return what exclamation and question marks add to a sum of valences, 0 to 2.128."""
    exclamations, questions = text.count("!"), text.count("?")
    added = 0.0
    if exclamations:
        added = min(exclamations, _MOST_EXCLAMATIONS) * _EXCLAMATION
    if questions > 1:
        added += questions * _QUESTION if questions <= 3 else _MANY_QUESTIONS
    return added


def compound(valences: list[float], emphasis: float) -> float:
    """Return the normalised sum of valences, -1 to 1, to four places."""
    total = float(sum(valences))  # sum(), as the reference: compensated since Python 3.12
    if total > 0:
        total += emphasis
    elif total < 0:
        total -= emphasis
    else:
        return 0.0
    return rounded(total / sqrt(total * total + _ALPHA), 4, 10_000.0)


def rounded(value: float, places: int, scale: float) -> float:
    """Return what `round` returns for a value of -1 to 1, in half its time (0.1 us).

    `scale` is ten to the `places`. A quotient of two whole numbers is the double nearest to it, and so is
    what `round` reads from decimal digits.
    """
    scaled = value * scale
    whole = scaled + _WHOLE - _WHOLE
    if whole and -_SURELY < scaled - whole < _SURELY:
        return whole / scale
    return round(value, places)


def masses(valences: list[float], emphasis: float) -> tuple[float, float]:
    """Return the normalised sums of the negative and of the positive valences, each 0 to 1.

    The emphasis belongs to the larger one.
    """
    negative = positive = 0.0
    for valence in valences:
        if valence > 0:
            positive += valence
        else:
            negative -= valence
    if positive > negative:
        positive += emphasis
    elif negative > positive:
        negative += emphasis
    return negative / sqrt(negative * negative + _ALPHA), positive / sqrt(positive * positive + _ALPHA)


def spreads(valences: list[float]) -> tuple[float, float]:
    """Return what the negative and the positive valences are divided by in `masses`, emphasis left out."""
    negative = sum(valence for valence in valences if valence < 0)
    positive = sum(valence for valence in valences if valence > 0)
    return sqrt(negative * negative + _ALPHA), sqrt(positive * positive + _ALPHA)


def four_numbers(valences: list[float], tokens: int, text: str) -> dict[str, float]:
    """Return how much of a text is ``neg``, ``neu`` and ``pos``, 0 to 1, and its ``compound``.

    Parameters
    ----------
    valences
        Those that are not 0, in the order of the text.
    tokens
        How many tokens the text has.
    text
        Where the marks are counted.
    """
    if not valences:
        return {"neg": 0.0, "neu": 1.0 if tokens else 0.0, "pos": 0.0, "compound": 0.0}
    added = emphasis(text)
    positive = negative = 0.0
    for valence in valences:
        if valence > 0:
            positive += valence + 1  # as a neutral word counts 1
        else:
            negative += 1 - valence
    if positive > negative:
        positive += added
    elif positive < negative:
        negative += added
    neutral = tokens - len(valences)
    whole = positive + negative + neutral
    return {
        "neg": rounded(negative / whole, 3, 1_000.0) if negative else 0.0,
        "neu": rounded(neutral / whole, 3, 1_000.0),
        "pos": rounded(positive / whole, 3, 1_000.0) if positive else 0.0,
        "compound": compound(valences, added),
    }
