"""How a score comes about, step by step, for people to read."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from detector.sentiment import Score
from detector.sentiment import engine as rules
from detector.sentiment.engine import Engine, Word


class Step(Struct, frozen=True):
    """One word of the cleaned text.

    `valence` is that of the list, None where the word has none; `counts` what it adds after all rules;
    `rules` say in words what changed it, or which rule it is a word of.
    """

    text: str
    valence: float | None
    counts: float
    rules: tuple[str, ...] = ()


class Trace(Struct, frozen=True):
    """A score and the way to it.

    `clean` is the text that is scored, `cleaned` the rules of the normaliser that changed it; `emphasis`
    is what exclamation and question marks add to the size of the sum of `steps`.
    """

    score: Score
    clean: str
    cleaned: tuple[str, ...]
    steps: tuple[Step, ...]
    emphasis: float


def steps_of(engine: Engine, tokens: Sequence[str]) -> tuple[Step, ...]:
    """Return what the rules make of each word; punctuation is left out."""
    tokens = list(tokens)
    at, valences, _, _ = engine.hits(tokens)
    counts = dict(zip(at, valences, strict=True))
    words = [engine.meaning(token) for token in tokens]
    pivot = next((i for i, word in enumerate(words) if word and word.flags & rules.CONTRAST), None)
    steps = []
    for i, word in enumerate(words):
        if word is False:
            continue
        shown = engine.bare(tokens[i]).replace("_", " ")
        if not word or not word.known:
            steps.append(Step(shown, None, 0.0, _roles(word) if word else ()))
            continue
        reasons = _reasons(engine, tokens, words, i, pivot) if counts.get(i, 0.0) != word.valence else ()
        steps.append(Step(shown, word.valence, round(counts.get(i, 0.0), 4), reasons))
    return tuple(steps)


_ROLES = (
    (rules.NEGATES | rules.NEVER, "turns the words behind it"),
    (rules.CONTRAST, "what follows counts more"),
    (rules.LEAST, "turns the next word"),
)


def _roles(word: Word) -> tuple[str, ...]:
    found = [text for flag, text in _ROLES if word.flags & flag]
    if word.scale or word.scale_back:
        found.append("strengthens" if max(word.scale, word.scale_back) > 0 else "weakens")
    return tuple(found)


def _reasons(
    engine: Engine, tokens: list[str], words: Sequence[Word | bool | None], i: int, pivot: int | None
) -> tuple[str, ...]:
    word = words[i]
    if not isinstance(word, Word):
        return ()
    found = []
    for k in engine.modifiers(tokens, i):
        near = words[k]
        if isinstance(near, Word):
            name = engine.bare(tokens[k]).replace("_", " ")
            scale = near.scale_back if k > i else near.scale
            if scale:
                found.append(f"{'stronger' if scale > 0 else 'weaker'} by {name!r}")
            elif k < i:
                found.append(f"turned by {name!r}")
    if word.flags & (rules.NO | rules.YIELDS) and i + 1 < len(words) and isinstance(words[i + 1], Word):
        found.append("gives way to the next word")
    if word.flags & rules.UPPER:
        found.append("capitals")
    if pivot is not None and i != pivot:
        found.append(f"{'before' if i < pivot else 'after'} {engine.bare(tokens[pivot]).replace('_', ' ')!r}")
    return tuple(found)
