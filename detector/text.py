"""Texts for evidence: personal data taken out, and copies of one text recognised as such."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

MAX_EVIDENCE_CHARS = 280
# Longer texts are cut before they are searched, so that no text costs more than a few microseconds.
_MAX_READ_CHARS = 1_024

# Each pattern starts with a literal, which the regex engine finds many times faster than a class.
_HANDLE = re.compile(r"@\w+(?:[.-]\w+)*")
_EMAIL_HINT = re.compile(r"@(?<=\w@)\w")
_EMAIL = re.compile(r"@?\w[\w.+%-]{0,63}@\w+(?:[.-]\w+)*")
_LINK = re.compile(r"(\.[A-Za-z]{2,24}(?::\d+)?)[/?#]\S+")
_REDDIT_USER = re.compile(r"(?<!\w)(/?u)/[\w-]+")
_NUMBER_HINT = re.compile(r"\d(?:[^\w,:;/]{0,2}\d){7}")
_NUMBER = re.compile(r"\+?\(?\d(?:[^\w,:;/]{0,2}\d){7,}")
_DAY = r"(?:(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)\d\d)"
_DATE = re.compile(_DAY + r"(?: \d{1,2}(?:\.\d\d)?)?|\d{1,2}\.\d\d[ -]+" + _DAY)
_MONEY = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){2,}")
_LEAST_DIGITS = 8
_NOT_DIGITS = bytes(c for c in range(256) if not chr(c).isdecimal() or c > 127)
_MOST_PHONE_DIGITS = 15  # ITU-T E.164; an Indonesian NIK and most cards have 16

_RETWEET = re.compile(r"\s*(?:rt\s+@\w+\s*:?\s*)+", re.I)
_URL = re.compile(r"(?:https?://|www\.)\S*", re.I)
# Of a link what names the page; and fewer letters than this beside it say nothing of their own.
_LINK_ITSELF = re.compile(r"^(?:https?://)?(?:www\.)?|[?#].*$|/$", re.I)
_HARDLY_A_WORD = 12
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_FEW = 8  # so many emoji and marks, or fewer, are likely to come again
_LOWER = bytes(range(256)).lower()
_NOT_LETTERS = bytes(c for c in range(256) if not chr(c).isalpha() or c > 127)


def redact(text: str) -> str:
    """Return a text fit to be shown: personal data replaced, at most `MAX_EVIDENCE_CHARS` characters.

    ``@name`` becomes ``@…``, an e-mail address ``[email]``, a phone number ``[phone]``, longer
    numbers (bank cards, NIK) ``[number]``; of a link the host stays, for its path often names a
    person. Dates and amounts of money stay. Names of people in plain words are not recognised.

    >>> redact("@budi telepon saya 0812-3456-7890 atau a.b@contoh.example")
    '@… telepon saya [phone] atau [email]'
    """
    if len(text) > _MAX_READ_CHARS:
        text = text[:_MAX_READ_CHARS].rsplit(maxsplit=1)[0].rstrip("0123456789 ().-+")
    if "/" in text or "?" in text:
        text = _LINK.sub(r"\1/…", text)
    if "u/" in text:
        text = _REDDIT_USER.sub(r"\1/…", text)
    if "@" in text:
        if _EMAIL_HINT.search(text):
            text = _EMAIL.sub(_at_marker, text)
        text = _HANDLE.sub("@…", text)
    if _has_digits(text) and _NUMBER_HINT.search(text):
        text = _NUMBER.sub(_number_marker, text)
    if len(text) > MAX_EVIDENCE_CHARS:
        text = text[: MAX_EVIDENCE_CHARS - 1] + "…"
    return text


def _has_digits(text: str) -> bool:
    """Whether a text has as many digits as a number to hide; all beyond ASCII may be digits, too."""
    raw = text.encode("ascii", "ignore")
    return len(text) - len(raw) + len(raw.translate(None, _NOT_DIGITS)) >= _LEAST_DIGITS


def _at_marker(match: re.Match[str]) -> str:
    return "@…" if match[0][0] == "@" else "[email]"


def _number_marker(match: re.Match[str]) -> str:
    found = match[0]
    digits = sum(map(str.isdecimal, found))
    if found[0] in "+(0" or found.startswith("62"):
        return "[phone]" if digits <= _MOST_PHONE_DIGITS else "[number]"
    if digits < 9 or _DATE.fullmatch(found) or _MONEY.fullmatch(found):
        return found
    return "[phone]" if digits < 13 else "[number]"


def near_copy(text: str) -> int:
    """Return a 64-bit hash that copies of one text share, on every machine.

    Copies may differ in case, diacritics, links, handles, a leading ``RT @x:``, digits,
    punctuation, emoji and white space. Texts of a link and hardly a word are copies when the link is
    the same (scheme, query and fragment apart). 0 means that no letters remain: such texts are no
    copies of each other.

    >>> near_copy("RT @budi: Internet MATI lagi!!") == near_copy("internet mati lagi 😭 https://a.example/1")
    True
    """
    if "@" in text:
        text = _RETWEET.sub("", text, count=1) if _RETWEET.match(text) else text
        text = _HANDLE.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    said = text
    if has_links := "://" in text or "www." in text:
        said = " ".join(_URL.split(text))
    letters = _letters(said)
    if has_links and len(letters) < _HARDLY_A_WORD and (links := _URL.findall(text)):
        letters = _LINK_ITSELF.sub("", links[0]).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(letters, digest_size=8).digest()) if letters else 0


def _letters(text: str) -> bytes:
    """Return what is left of a text without case, diacritics and all that is no letter."""
    if not text.isascii():
        if _has_letters("".join(_BEYOND_ASCII.findall(text))):
            text = "".join(filter(str.isalpha, unicodedata.normalize("NFKD", text))).casefold()
            if not text.isascii():
                return text.encode("utf-8", "surrogatepass")
        else:  # emoji and marks, as a rule
            return text.encode("ascii", "ignore").translate(_LOWER, _NOT_LETTERS)
    return text.encode().translate(_LOWER, _NOT_LETTERS)


def _has_letters(beyond: str) -> bool:
    if len(beyond) <= _FEW:
        return _have_letters(beyond)
    return any(map(str.isalpha, unicodedata.normalize("NFKD", beyond)))


@lru_cache(2_048)
def _have_letters(few: str) -> bool:
    return any(map(str.isalpha, unicodedata.normalize("NFKD", few)))
