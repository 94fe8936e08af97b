"""Laws of brand matching: it finds what a slow and plain search finds."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from detector.brand import Brand, BrandMatcher
from detector.fold import fold

_PIECES = [
    "nusa",
    "net",
    "jago",
    "bank",
    "kopi",
    "é",
    "я",
    "_",
    "@",
    "#",
    "!",
    " ",
    "  ",
    "\n",
    "\t",
    "😡",
    "7",
]
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=9).map("".join)
_PHRASES = _TEXTS.map(lambda text: " ".join(text.split())).filter(
    lambda text: any(map(str.isalnum, fold(text)))
)


def whole(phrase: str, text: str) -> list[tuple[int, int]]:
    """Return where a phrase stands as whole words: every place, overlapping ones too."""
    start = r"(?<!\w)" if re.match(r"[\w@#]", phrase) else ""
    end = r"(?!\w)" if re.search(r"\w$", phrase) else ""
    found = re.finditer(f"{start}(?=({re.escape(phrase)}){end})", text)
    return [(match.start(1), match.end(1)) for match in found]


def plainly(brands: list[Brand], text: str) -> dict[str, str]:
    text = " ".join(fold(text).split())
    found = []
    for brand in brands:
        barred = [span for phrase in brand.exclude for span in whole(fold(phrase), text)]
        for alias in brand.aliases:
            for start, end in whole(fold(alias), text):
                if not any(a <= start and end <= b for a, b in barred):
                    found.append((start, -end, brand.key, alias))
    first: dict[str, str] = {}
    for _, _, key, alias in sorted(found, key=lambda hit: hit[:2]):
        first.setdefault(key, alias)
    return first


@given(
    st.lists(
        st.tuples(st.lists(_PHRASES, max_size=3), st.lists(_PHRASES, max_size=2)), min_size=1, max_size=3
    ),
    _TEXTS | st.text(max_size=20),
)
def test_it_finds_what_a_plain_search_finds(words: list[tuple[list[str], list[str]]], text: str) -> None:
    brands = [Brand(f"b{i}", "B", tuple(a), tuple(x)) for i, (a, x) in enumerate(words)]
    found = BrandMatcher(brands).match(text)
    expected = plainly(brands, text)
    assert {match.brand: fold(match.alias) for match in found} == {k: fold(v) for k, v in expected.items()}
