"""What is usually said of one brand, and what stands out from it."""

from __future__ import annotations

from collections.abc import Sequence

from detector.background import learn, unpack
from detector.clock import Minute
from detector.drivers import drivers_of
from detector.gist import Sample
from detector.terms import terms_of, words_of

# Posts of a minute whose terms are learnt: that with the least hash, a choice any order agrees on.
LEARNT = 1


class Talk:
    """The background of one brand, packed: a few kilobytes that are read once an hour and for incidents."""

    def __init__(self, brand: str) -> None:
        self._brand = brand
        self.background = b""
        self._next_at: Minute = 0

    def restore(self, background: bytes) -> None:
        """Go on from a background of before."""
        self.background = background
        self._next_at = unpack(background).next_at

    def is_due(self, minute: Minute) -> bool:
        """Whether it is time to learn from the posts of a minute."""
        return minute >= self._next_at

    def learn(self, minute: Minute, samples: Sequence[Sample]) -> None:
        """Learn from some posts of a closed minute without an incident."""
        chosen = sorted(samples, key=lambda sample: sample.post)[:LEARNT]
        brand_words = self._words(chosen)
        self.background = learn(self.background, minute, [terms_of(s.text, brand_words) for s in chosen])
        self._next_at = unpack(self.background).next_at

    def drivers(self, samples: Sequence[Sample]) -> tuple[str, ...]:
        """Return the terms that stand out in some posts; copies of one text count once."""
        distinct = {sample.near or sample.post: sample for sample in sorted(samples, key=lambda s: s.post)}
        brand_words = self._words(samples)
        texts = [terms_of(sample.text, brand_words) for sample in distinct.values()]
        usual = unpack(self.background)
        return tuple(driver.term for driver in drivers_of(texts, usual.counts, usual.texts))

    def _words(self, samples: Sequence[Sample]) -> frozenset[str]:
        return words_of({self._brand, *(sample.alias for sample in samples)})
