"""The shape of `brands.yml`: who is watched, and by which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from agents.settings.kinds import Text, rule
from detector.brand import MAX_ALIAS_CHARS, Brand
from detector.fold import fold

Key = Annotated[
    str,
    Meta(
        pattern="^[a-z0-9][a-z0-9-]{0,63}$",
        extra=rule("1 to 64 of a-z, 0-9 and -, the first no hyphen", "choose a short lower-case key"),
    ),
]
Phrase = Annotated[
    str,
    Meta(
        pattern=r"[^\W_]",
        max_length=MAX_ALIAS_CHARS,
        extra=rule(f"1 to {MAX_ALIAS_CHARS} characters with a letter or digit"),
    ),
]
Aliases = Annotated[tuple[Phrase, ...], Meta(min_length=1, extra=rule("1 or more words", "add one"))]


class BrandEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One brand as configured; its key is the key of the entry."""

    name: Text
    aliases: Aliases
    exclude: tuple[Phrase, ...] = ()


class BrandsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """All of `brands.yml`."""

    brands: Annotated[
        dict[Key, BrandEntry],
        Meta(min_length=1, extra=rule("1 or more brands", "add one, see the comments there")),
    ]


def core_brands(file: BrandsFile) -> list[Brand]:
    """Return the brands as the core knows them."""
    return [Brand(key, entry.name, entry.aliases, entry.exclude) for key, entry in file.brands.items()]


def doubtful_brands(file: BrandsFile) -> Iterator[tuple[str, str]]:
    """Yield path and text of what is allowed, yet seldom meant.

    An alias of two brands is no error: a post about the group may well concern its product too.
    """
    owners = defaultdict(list)
    for key, entry in file.brands.items():
        for i, alias in enumerate(entry.aliases):
            owners[fold(alias)].append((key, f"brands.{key}.aliases[{i}]", alias))
        inside = {fold(phrase) for phrase in entry.exclude}
        for alias in entry.aliases:
            if fold(alias) in inside:
                text = f"excludes its own alias: got {alias!r} in both lists; expected longer exclusions"
                yield f"brands.{key}.exclude", f"{text}; remove it from one of the two"
    for same in owners.values():
        first, *others = same
        for key, path, alias in others:
            if key == first[0]:
                yield path, f"alias listed twice: got {alias!r} again; expected each once; remove one"
            else:
                text = f"alias of two brands: got {alias!r}, which {first[0]} has too; expected one brand"
                yield path, f"{text}; leave it if such posts are about both, else remove one"
