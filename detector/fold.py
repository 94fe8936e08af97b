"""Text as names are compared in: without case, diacritics, joiners and typographic variants."""

from __future__ import annotations

import re
import unicodedata

# Combining marks and invisible joiners go.
_DROP = dict.fromkeys([c for c in range(0x1E94B) if unicodedata.combining(chr(c))])
_DROP |= dict.fromkeys((0x00AD, 0x200C, 0x200D, 0x2060, 0xFEFF))
# Wide ranges around the keys of _DROP, clear of emoji and usual punctuation: a search for the exact
# set is fifty times slower.
_MAY_FOLD = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u1dff\u200c\u200d\u2060\u20d0-\u20ff\u2cef-\u309f"
    "\ua66f-\uabff\ufb1e\ufe20-\ufe2f\ufeff\U000101fd-\U0001e94a]"
)


def fold(text: str) -> str:
    """Return text without case and diacritics, so that ``CAFÉ``, ``Café`` and ``cafe`` are equal.

    Compatibility forms become plain ones (full width, mathematical letters), combining marks and
    invisible joiners go, case is folded. ASCII text, the usual case, is only lowered.

    >>> fold("Café Ｂｉｚｎｅｔ")
    'cafe biznet'
    """
    if text.isascii():
        return text.lower()
    text = text.replace("’", "'")  # phones type the curly one
    if text.isascii():  # often it was all
        return text.lower()
    text = unicodedata.normalize("NFKD", text)
    if _MAY_FOLD.search(text):
        text = text.translate(_DROP)
    return text.casefold()
