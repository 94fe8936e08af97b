"""From the valences of a text to its four numbers, as VADER defines them (Hutto & Gilbert 2014)."""

from __future__ import annotations

from math import sqrt

_ALPHA = 15  # about the largest sum that occurs
_EXCLAMATION, _MOST_EXCLAMATIONS = 0.292, 4
_QUESTION, _MANY_QUESTIONS = 0.18, 0.96


def emphasis(text: str) -> float:
    """Return what exclamation and question marks add to a sum of valences, 0 to 2.128."""
    added = min(text.count("!"), _MOST_EXCLAMATIONS) * _EXCLAMATION
    questions = text.count("?")
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
    return round(total / sqrt(total * total + _ALPHA), 4)


def shares(valences: list[float], tokens: int, emphasis: float) -> tuple[float, float, float]:
    """Return how much of a text is negative, neutral and positive, each 0 to 1, to three places."""
    if not valences:
        return 0.0, 1.0 if tokens else 0.0, 0.0
    positive = negative = 0.0
    for valence in valences:
        if valence > 0:
            positive += valence + 1  # as a neutral word counts 1
        else:
            negative += 1 - valence
    if positive > negative:
        positive += emphasis
    elif positive < negative:
        negative += emphasis
    neutral = tokens - len(valences)
    whole = positive + negative + neutral
    return (
        round(negative / whole, 3) if negative else 0.0,
        round(neutral / whole, 3),
        round(positive / whole, 3) if positive else 0.0,
    )
