"""Indonesian or English? Naive Bayes over byte n-grams, where that is sure.

The model is that of py3langid (Lui & Baldwin 2012), restricted to the two languages. Of two classes only
the difference matters, and for a short text Python's own numbers are several times as fast as numpy's. Near
the bound, where rounding could decide, py3langid itself is asked: the answer given is always its own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from math import log, log1p, sqrt
from typing import Any, Final

from detector.sentiment import Language

SURE: Final = 0.9
"""Probability from which the guess counts. Of texts without a vote in the labelled sets and streams, 2 to
10 % are guessed wrong without this bound, at most 2 % with it."""

_SURE_LOGIT = log(SURE / (1 - SURE))
# py3langid sums half-precision weights in single precision: its logits are off by some thousandths.
_ROUNDING = 0.02


class Guess:
    """The language of plain words, and ``und`` where it is not sure.

    Parameters
    ----------
    identifier
        py3langid's, restricted to two languages.
    """

    def __init__(self, identifier: Any) -> None:
        self._ask = identifier.classify
        self._first, self._second = identifier.nb_classes
        self._move: Sequence[int] = identifier.tk_nextmove
        self._rows: list[int] = [row << 8 for row in identifier.tk_row]
        self._feature: Sequence[int] = identifier.tk_output
        weights = identifier.nb_ptc.astype(float)
        self._weight: list[float] = (weights[:, 0] - weights[:, 1]).tolist()
        self._bias = float(identifier.nb_pc[0]) - float(identifier.nb_pc[1])

    def __call__(self, text: str) -> Language:
        """Return the language of a text in lower case."""
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        data = text.encode()
        move, rows, feature = self._move, self._rows, self._feature
        state = 0
        found: dict[int, int] = {}
        for byte in data:
            state = move[rows[state] + byte]
            seen = feature[state]
            if seen >= 0:
                found[seen] = found.get(seen, 0) + 1
        if not found:
            return "und"
        weight = self._weight
        logit = self._bias + sum([weight[seen] * log1p(times) for seen, times in found.items()])
        logit /= sqrt(len(data))
        if abs(abs(logit) - _SURE_LOGIT) < _ROUNDING:
            return self._asked(text)
        if abs(logit) < _SURE_LOGIT:
            return "und"
        return "id" if (self._first if logit > 0 else self._second) == "id" else "en"

    def _asked(self, text: str) -> Language:
        language, probability = self._ask(text)
        if probability < SURE:
            return "und"
        return "id" if language == "id" else "en"


@cache
def guess() -> Callable[[str], Language]:
    """Return the guess, loaded when it is first needed: it takes half a second and 55 MB."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    try:
        whole = LanguageIdentifier.from_model_file(MODEL_FILE)  # by way of a temporary file
    except OSError:
        return lambda text: "und"  # a read-only machine: no guess is better than no score
    whole.set_languages(["id", "en"])
    # Made anew of the two languages' part, because the other one keeps all 140.
    two = LanguageIdentifier(
        whole.nb_ptc,
        whole.nb_pc,
        whole.nb_classes,
        whole.tk_nextmove,
        whole.tk_output,
        norm_probs=True,
        tk_row=whole.tk_row,
    )
    return Guess(two)
