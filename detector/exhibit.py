"""Puts the figures of a window together from the gists of its minutes, open and closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from detector.bucket import Tally
from detector.clock import Minute, start_of, to_rfc3339
from detector.evidence import Evidence
from detector.gist import Gist
from detector.mention import LANGUAGES, POLARITY_SCALE
from detector.post import PLATFORMS
from detector.usual import Usual


def evidence_of(
    gists: Mapping[Minute, tuple[Tally, Gist]],
    minute: Minute,
    length: int,
    authors: int,
    negative_authors: int,
    timeline: tuple[int, ...] = (),
    negative_timeline: tuple[int, ...] = (),
    usual: Usual | None = None,
) -> Evidence:
    """Return the evidence of a window, without drivers and examples; equal sets of mentions, equal evidence.

    Parameters
    ----------
    gists
        Sums and gists of the minutes in which something was said; others than the window's are ignored.
    minute, length
        The last minute of the window, and how many there are.
    authors, negative_authors
        Distinct authors of the window's posts, and of its negative ones.
    timeline, negative_timeline
        The same by minute, oldest first.
    usual
        What is known of the brand's own negative share.
    """
    total = Tally()
    platforms: Counter[int] = Counter()
    languages: Counter[int] = Counter()
    texts = _Texts()
    for at in range(minute - length + 1, minute + 1):
        if at not in gists:
            continue
        tally, gist = gists[at]
        for field in Tally.__struct_fields__:
            setattr(total, field, getattr(total, field) + getattr(tally, field))
        platforms.update(gist.platforms)
        languages.update(gist.languages)
        texts.add(gist)
    posts = max(total.posts, 1)
    origins, begin, end = min(authors, texts.distinct), start_of(minute - length + 1), start_of(minute + 1)
    return Evidence(
        posts=total.posts,
        negatives=total.negatives,
        positives=total.positives,
        authors=authors,
        mean_polarity=round(total.polarity / posts / POLARITY_SCALE, 4),
        coverage=round(total.covered / posts, 4),
        reach=total.reach,
        near_copies=total.posts - texts.distinct,
        platforms={PLATFORMS[code]: n for code, n in sorted(platforms.items())},
        languages={LANGUAGES[code]: n for code, n in sorted(languages.items())},
        negative_authors=negative_authors,
        origins=origins,
        negative_origins=min(negative_authors, texts.distinct_negative),
        amplified_share=round(max(total.posts - origins, 0) / posts, 4),
        usual_negative_share=None if usual is None else round(usual.share, 4),
        from_at=to_rfc3339(max(begin, 0)),
        to_at=to_rfc3339(max(end, 0)),
        timeline=timeline,
        negative_timeline=negative_timeline,
    )


class _Texts:
    """The distinct texts of a window."""

    def __init__(self) -> None:
        self._negative: set[int] = set()
        self._all: set[int] = set()
        self._plain_negative = 0
        self._plain = 0

    def add(self, gist: Gist) -> None:
        """Take in those of a minute."""
        self._negative.update(gist.negative_texts.numbers())
        self._all.update(gist.negative_texts.numbers(), gist.other_texts.numbers())
        self._plain_negative += gist.negative_texts.plain
        self._plain += gist.negative_texts.plain + gist.other_texts.plain

    @property
    def distinct(self) -> int:
        return len(self._all) + self._plain

    @property
    def distinct_negative(self) -> int:
        return len(self._negative) + self._plain_negative
