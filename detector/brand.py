"""Which brands a post is about: aliases found as whole words, less those inside exclusion phrases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from ahocorasick_rs import BytesAhoCorasick, Implementation
from msgspec import Struct

from detector.fold import fold

MAX_ALIAS_CHARS = 100
TAG = "tag"

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Brand(Struct, frozen=True):
    """A watched brand.

    `key` identifies it everywhere: 1 to 64 of ``a-z 0-9 -``, the first no hyphen. `aliases` are the
    words and phrases that mean it (its `name` only if listed among them); `exclude` are phrases
    inside which an alias does not count, such as "bank jago" for a brand "jago".

    Raises
    ------
    ValueError
        When the key is no slug, the name is empty, or a phrase has no letter or digit or is longer
        than `MAX_ALIAS_CHARS`.
    """

    key: str
    name: str
    aliases: tuple[str, ...]
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(
                f"bad brand key: got {self.key[:80]!r}; expected 1 to 64 of a-z, 0-9 and -, "
                "the first no hyphen; choose a short lower-case key"
            )
        if not self.name.strip():
            raise ValueError(f"brand {self.key} has no name: got {self.name!r}; expected text; name it")
        for what, phrases in (("alias", self.aliases), ("exclusion", self.exclude)):
            for phrase in phrases:
                if len(phrase) > MAX_ALIAS_CHARS or not any(map(str.isalnum, _plain(phrase))):
                    raise ValueError(
                        f"bad {what} of brand {self.key}: got {phrase[:80]!r}; expected 1 to "
                        f"{MAX_ALIAS_CHARS} characters with a letter or digit; correct or drop it"
                    )


class Match(NamedTuple):
    """A brand that a post is about, and the alias as configured, or ``tag`` when the source said so."""

    brand: str
    alias: str


class _Use(NamedTuple):
    """What a pattern stands for: an alias of a brand, or (alias None) one of its exclusions."""

    brand: str
    alias: str | None


_Found: TypeAlias = tuple[int, int, int]  # pattern, start, end

_SPACES = ("  ", "\n", "\t")
# Of a byte of UTF-8: whether it may belong to a letter or digit; those above 127 need a closer look.
_MAY_BE_WORD = [byte > 127 or chr(byte).isalnum() or byte == ord("_") for byte in range(256)]


class BrandMatcher:
    """Finds brands in texts; one pass over the text however many aliases there are.

    An alias counts where it stands as a whole word, whatever its case and diacritics: `#biznet` and
    `@Biznet` are the alias "biznet", "biznethome" is not. Letters and digits of any script and the
    underscore make words. An alias that itself starts with @ or # stands only where no word
    character comes before.

    Parameters
    ----------
    brands
        With distinct keys. Two brands may share an alias: a post then is about both.

    Raises
    ------
    ValueError
        When two brands have the same key.

    Examples
    --------
    >>> matcher = BrandMatcher([Brand("jago", "Jago", ("jago", "kopi jago"), exclude=("bank jago",))])
    >>> matcher.match("Kopi Jago lebih enak, bukan Bank Jago")
    [Match(brand='jago', alias='kopi jago')]
    """

    def __init__(self, brands: Sequence[Brand]) -> None:
        uses: dict[str, list[_Use]] = {}
        keys: set[str] = set()
        for brand in brands:
            if brand.key in keys:
                raise ValueError(
                    f"two brands with the same key: got {brand.key!r} twice; "
                    "expected distinct keys; rename one"
                )
            keys.add(brand.key)
            for phrase in brand.exclude:
                uses.setdefault(_plain(phrase), []).append(_Use(brand.key, None))
            for alias in brand.aliases:
                uses.setdefault(_plain(alias), []).append(_Use(brand.key, alias))
        # Phrases match across line breaks and double spaces. That there are any is found by the way.
        spaces = _SPACES if any(" " in phrase for phrase in uses) else ()
        self._spaces = len(spaces)
        uses = {**{space: [] for space in spaces}, **uses}
        self._bars = [{b for b, a in use if a is None} for use in uses.values()]
        self._alone = [
            [Match(b, a) for b, a in use if a is not None and b not in bars]
            for use, bars in zip(uses.values(), self._bars, strict=True)
        ]
        self._whole_start = [_is_word(phrase[0]) or phrase[0] in "@#" for phrase in uses]
        self._whole_end = [_is_word(phrase[-1]) for phrase in uses]
        patterns = [phrase.encode("utf-8", "replace") for phrase in uses]
        self._find = BytesAhoCorasick(patterns, implementation=Implementation.DFA).find_matches_as_indexes
        self._tags = _tags(brands)

    def match(self, text: str, tagged: Sequence[str] = ()) -> list[Match]:
        """Return the brands of a post, one match each: in order of appearance, then those tagged.

        Where aliases of a brand begin at the same place, the longest is reported.

        Parameters
        ----------
        text
            As received.
        tagged
            Keys, names or aliases of brands that the source attached; unknown ones are ignored.
        """
        text = text.lower() if text.isascii() else fold(text)  # saves a call a post
        matches = self._whole(text)
        if matches is None:
            matches = self._whole(" ".join(text.split())) or []
        return self._add_tags(matches, tagged) if tagged else matches

    def _whole(self, text: str) -> list[Match] | None:
        """Return the matches in a folded text, or None where its white space may break a phrase."""
        # Bytes: a search in them need not count characters. The space is what comes before and after.
        try:
            raw = (text + " ").encode()
        except UnicodeEncodeError:  # lone surrogates are no text, yet they must not stop a batch
            raw = (text + " ").encode("utf-8", "replace")
        found = []
        for hit in self._find(raw, True):
            pattern, start, end = hit
            if pattern < self._spaces:
                return None
            if _MAY_BE_WORD[raw[start - 1]] and self._whole_start[pattern] and _word_before(raw, start):
                continue
            if _MAY_BE_WORD[raw[end]] and self._whole_end[pattern] and _word_after(raw, end):
                continue
            found.append(hit)
        if len(found) == 1:
            return self._alone[found[0][0]].copy()
        return self._resolve(found) if found else []

    def _resolve(self, found: list[_Found]) -> list[Match]:
        found.sort(key=_place)
        barred: dict[str, list[_Found]] = {}
        for hit in found:
            for brand in self._bars[hit[0]]:
                barred.setdefault(brand, []).append(hit)
        first: dict[str, Match] = {}
        for hit in found:
            for match in self._alone[hit[0]]:
                if match.brand in first or (barred and _inside(hit, barred.get(match.brand, ()))):
                    continue
                first[match.brand] = match
        return list(first.values())

    def _add_tags(self, matches: list[Match], tagged: Sequence[str]) -> list[Match]:
        seen = {match.brand for match in matches}
        for tag in tagged:
            brand = self._tags.get(_plain(tag))
            if brand is not None and brand not in seen:
                seen.add(brand)
                matches.append(Match(brand, TAG))
        return matches


def _plain(phrase: str) -> str:
    return " ".join(fold(phrase).split())


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _word_before(raw: bytes, at: int) -> bool:
    return raw[at - 1] < 128 or _is_word(raw[max(0, at - 4) : at].decode("utf-8", "ignore")[-1:])


def _word_after(raw: bytes, at: int) -> bool:
    return raw[at] < 128 or _is_word(raw[at : at + 4].decode("utf-8", "ignore")[:1])


def _inside(hit: _Found, spans: Sequence[_Found]) -> bool:
    return any(span[1] <= hit[1] and span[2] >= hit[2] for span in spans)


def _place(hit: _Found) -> tuple[int, int]:
    return hit[1], -hit[2]


def _tags(brands: Sequence[Brand]) -> dict[str, str]:
    """Return what a tag means: keys win over names, names over aliases, then the first brand wins."""
    tags = {brand.key: brand.key for brand in brands}
    for brand in brands:
        tags.setdefault(_plain(brand.name), brand.key)
    for brand in brands:
        for alias in brand.aliases:
            tags.setdefault(_plain(alias), brand.key)
    return tags
