"""Which posts stand for a window: a few that differ, spread over time and platforms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from detector.clock import Millis, to_rfc3339
from detector.evidence import Example
from detector.gist import Sample
from detector.mention import POLARITY_SCALE
from detector.post import PLATFORMS

EXAMPLES = 5
# Posts that share so much of their words (Jaccard) say the same.
_SAME = 0.6


def examples_of(
    negative: Sequence[Sample], other: Sequence[Sample], begin: Millis, end: Millis
) -> tuple[Example, ...]:
    """Return up to five posts of a window, in order of time: negative ones first, no near copies.

    Each time that post is taken whose platform and whose fifth of the window are shown least; of those the
    most negative, then the one with the least hash: equal sets of posts give equal examples.

    Parameters
    ----------
    negative, other
        The posts to choose from.
    begin, end
        Of the window; to be split into fifths.
    """
    chosen: list[Sample] = []
    words: list[set[str]] = []
    platforms: Counter[int] = Counter()
    parts: Counter[int] = Counter()

    def rank(sample: Sample) -> tuple[int, int, int]:
        part = (sample.created_at - begin) * EXAMPLES // max(end - begin, 1)
        return platforms[sample.platform] + parts[part], sample.polarity, sample.post

    for group in (negative, other):
        candidates = list(group)
        while candidates and len(chosen) < EXAMPLES:
            best = min(candidates, key=rank)
            candidates.remove(best)
            said = set(best.text.casefold().split())
            if _is_new(best, said, chosen, words):
                chosen.append(best)
                words.append(said)
                platforms[best.platform] += 1
                parts[(best.created_at - begin) * EXAMPLES // max(end - begin, 1)] += 1
    chosen.sort(key=lambda sample: (sample.created_at, sample.post))
    return tuple(map(_example, chosen))


def _is_new(sample: Sample, said: set[str], chosen: Collection[Sample], words: Collection[set[str]]) -> bool:
    if sample.near and any(sample.near == other.near for other in chosen):
        return False
    return all(len(said & other) < _SAME * len(said | other) for other in words if other or said)


def _example(sample: Sample) -> Example:
    return Example(
        text=sample.text,
        platform=PLATFORMS[sample.platform],
        created_at=to_rfc3339(sample.created_at),
        polarity=sample.polarity / POLARITY_SCALE,
    )
