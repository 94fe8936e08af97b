"""What is wrong with the characters of a text before its words are looked at."""

from __future__ import annotations

import html
import re
import unicodedata

# Controls, joiners, direction marks, fillers, tags: nothing is seen of them. White space is not among them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
_VARIANTS = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]+")
_EMOJI = re.compile(
    "[\u203c\u2049\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff]"
)
_MARKS = (
    ("'", "\u2018\u2019\u201a\u201b\u02b9\u02bb\u02bc\u02bd\u0374\u2032\u00b4\u1fef\u1ffd\uff07"),
    ('"', "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02"),
    (" - ", "\u2013\u2014\u2015"),
    ("-", "\u2010\u2011\u2012\u2212"),
    ("...", "\u2026"),
    (" ", "\u2800"),
)
_PLAIN = {char: plain for plain, chars in _MARKS for char in chars}
_PLAIN |= {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in _PLAIN}
_MARK = re.compile(
    "[\u00ab\u00b4\u00bb\u02b9-\u02bd\u0374\u1fef\u1ffd\u2010-\u2033\u2212\u2800\uff01-\uff5e]"
)
_STYLED = re.compile("[\U0001d400-\U0001d7ff]+")


def unescape(text: str) -> str:
    """Return a text with its HTML entities as characters: "&amp;" is "&"."""
    return html.unescape(text) if "&" in text else text


def without_invisible(text: str) -> str:
    """Return a text without characters that nobody sees, such as the joiner that splits "le\u200dmot"."""
    # An ASCII text that is printable has none; the question is twenty times cheaper than the search.
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)


def without_variants(text: str) -> str:
    """Return a text without variation selectors and skin tones: the thumb is the same in every colour."""
    return text if text.isascii() else _VARIANTS.sub("", text)


def plain_marks(text: str) -> str:
    """Return a text with the marks that keyboards have.

    Curly quotes, backticks, typographic dashes and the ellipsis become plain ones, full-width forms and
    mathematical letters, which people use as bold type, ASCII. Phones type a curly quote in "don’t".
    """
    if "`" in text:
        text = text.replace("`", "'")
    if text.isascii():
        return text
    text = _MARK.sub(lambda match: _PLAIN.get(match[0], match[0]), text)
    return _STYLED.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


def composed(text: str) -> str:
    """Return a text in Unicode's normal form C: one character for "é", whoever typed it."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def part_emoji(text: str) -> str:
    """Return a text with a space on both sides of every emoji: "mati😡" is a word and an emoji."""
    return text if text.isascii() else _EMOJI.sub(r" \g<0> ", text)
