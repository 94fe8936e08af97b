"""Which brands a post is about: aliases found as whole words, less those inside exclusion phrases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from ahocorasick_rs import AhoCorasick, Implementation
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


_Found: TypeAlias = tuple[int, int, int]  # start, minus end, pattern: in sorting order


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
        self._uses = list(uses.values())
        self._alone = [[Match(b, a) for b, a in use if a is not None] for use in self._uses]
        self._phrases = any(" " in pattern for pattern in uses)
        self._open_start = [not _is_word(p[0]) and p[0] not in "@#" for p in uses]
        self._open_end = [not _is_word(p[-1]) for p in uses]
        self._find = AhoCorasick(
            list(uses), store_patterns=False, implementation=Implementation.DFA
        ).find_matches_as_indexes
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
        # Phrases match across line breaks and double spaces; the prechecks are cheap, split is not.
        if self._phrases and ("\n" in text or "  " in text or "\t" in text):
            text = " ".join(text.split())
        try:
            hits = self._find(text, True)
        except UnicodeEncodeError:  # lone surrogates: no text, yet they must not stop a batch
            text = text.encode("utf-8", "replace").decode()
            hits = self._find(text, True)
        matches = self._count(text, hits) if hits else []
        return self._add_tags(matches, tagged) if tagged else matches

    def _count(self, text: str, hits: list[tuple[int, int, int]]) -> list[Match]:
        found = []
        padded = text + " "  # so that index -1 and the one past the end are no word
        for pattern, start, end in hits:
            before, after = padded[start - 1], padded[end]
            if (before.isalnum() or before == "_") and not self._open_start[pattern]:
                continue
            if (after.isalnum() or after == "_") and not self._open_end[pattern]:
                continue
            found.append((start, -end, pattern))
        if len(found) < 2:
            return self._alone[found[0][2]].copy() if found else []
        return self._resolve(sorted(found))

    def _resolve(self, found: list[_Found]) -> list[Match]:
        barred: dict[str, list[_Found]] = {}
        for hit in found:
            for use in self._uses[hit[2]]:
                if use.alias is None:
                    barred.setdefault(use.brand, []).append(hit)
        aliases: dict[str, str] = {}
        for hit in found:
            for brand, alias in self._uses[hit[2]]:
                if alias is None or brand in aliases:
                    continue
                if not (barred and _inside(hit, barred.get(brand, ()))):
                    aliases[brand] = alias
        return [Match(brand, alias) for brand, alias in aliases.items()]

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


def _inside(hit: _Found, spans: Sequence[_Found]) -> bool:
    return any(span[0] <= hit[0] and span[1] <= hit[1] for span in spans)


def _tags(brands: Sequence[Brand]) -> dict[str, str]:
    """Return what a tag means: keys win over names, names over aliases, then the first brand wins."""
    tags = {brand.key: brand.key for brand in brands}
    for brand in brands:
        tags.setdefault(_plain(brand.name), brand.key)
    for brand in brands:
        for alias in brand.aliases:
            tags.setdefault(_plain(alias), brand.key)
    return tags
