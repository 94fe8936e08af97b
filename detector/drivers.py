"""What stands out in the posts of a window against what is usually said of the brand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import log, sqrt
from typing import NamedTuple

DRIVERS = 5
# One-sided 1 %: of what is said by chance one term in a hundred would pass.
LEAST_Z = 2.33
# The prior weighs as much as so many texts: a term never seen before is not infinitely surprising.
PRIOR_TEXTS = 10.0
# A term of which the background knows nothing was in at most so many of its texts.
UNSEEN = 0.5
# A smaller background counts as so many texts: what most say of a new brand is told.
LEAST_BACKGROUND = 30.0
# So many of the texts must hold a term: a tenth of a crowd, and of a few posts at least two.
LEAST_TEXTS = 2
LEAST_SHARE = 0.1


class Driver(NamedTuple):
    """A term, how many of the window's texts hold it, and how far it stands out in standard errors."""

    term: str
    texts: int
    z: float


def drivers_of(
    texts: Sequence[Collection[str]], usual: Mapping[str, float], usual_texts: float
) -> list[Driver]:
    """Return the words and pairs that are over-represented in a window, the most telling first.

    The statistic is the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn,
    Fightin' Words, Political Analysis 16, 2008, eq. 15, 20 and 22), here on the number of texts that hold a
    term, so that one text that repeats a word is one: the prior is the background, scaled to `PRIOR_TEXTS`.
    A pair of words that holds most of what its words have stands for them.

    Parameters
    ----------
    texts
        The terms of each distinct text of the window.
    usual, usual_texts
        In how many of the background's texts each term was, and how many there are.

    Examples
    --------
    >>> texts = [{"internet", "mati"}] * 6 + [{"internet"}] * 2 + [{"paket"}] * 2
    >>> [driver.term for driver in drivers_of(texts, {"internet": 40.0, "paket": 9.0}, 50.0)]
    ['mati']
    """
    counts = Counter(term for text in texts for term in text)
    least = max(LEAST_TEXTS, LEAST_SHARE * len(texts))
    found = []
    for term, count in counts.items():
        if count >= least:
            z = _z(count, len(texts), usual.get(term, 0.0), usual_texts)
            if z >= LEAST_Z:
                found.append(Driver(term, count, round(z, 4)))
    found.sort(key=lambda driver: (-driver.z, -len(driver.term), driver.term))
    return _without_parts(found)[:DRIVERS]


def _z(count: int, texts: int, usual: float, usual_texts: float) -> float:
    usual, usual_texts = max(usual, UNSEEN), max(usual_texts, LEAST_BACKGROUND)
    prior = usual / usual_texts * PRIOR_TEXTS
    here = _log_odds(count + prior, texts + PRIOR_TEXTS)
    there = _log_odds(usual + prior, usual_texts + PRIOR_TEXTS)
    return (here - there) / sqrt(1.0 / (count + prior) + 1.0 / (usual + prior))


def _log_odds(count: float, total: float) -> float:
    return log(count / max(total - count, UNSEEN))


def _without_parts(found: list[Driver]) -> list[Driver]:
    """Drop words that are mostly part of a pair that stands out, and pairs that overlap a better one."""
    pairs = [driver for driver in found if " " in driver.term]
    kept: list[Driver] = []
    for driver in found:
        words = set(driver.term.split())
        wider = [p for p in pairs if words < set(p.term.split()) and p.texts >= 0.6 * driver.texts]
        if not wider and not any(words & set(one.term.split()) for one in kept):
            kept.append(driver)
    return kept
