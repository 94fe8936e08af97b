"""What is wrong with a configuration: where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from msgspec import Struct


class Problem(Struct, frozen=True):
    """One finding; `where` is a file or an environment variable, `key` the path inside a file."""

    where: str
    key: str
    text: str

    def __str__(self) -> str:
        """Return the line that people read."""
        return ": ".join(part for part in (self.where, self.key, self.text) if part)


class ConfigError(Exception):
    """A configuration that cannot be used; carries all its problems, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def shown(value: object) -> str:
    """Return a value as it looks in YAML, shortened, for a message.

    >>> shown(True), shown([]), shown("5"), shown(5)
    ('true', 'an empty list', "'5'", '5')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "...")
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "keys and values" if value else "an empty mapping"
    return str(value)[:60]


def listed(names: Iterable[str], last: str = "or") -> str:
    """Return names as a sentence lists them.

    >>> listed(["a", "b", "c"])
    'a, b or c'
    """
    *head, tail = list(names) or ["nothing"]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    by_lower = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def advice(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return what to do about an unknown word."""
    meant = nearest(word, known)
    return f"did you mean {meant}?" if meant else otherwise
