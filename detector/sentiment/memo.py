"""A bounded memory of what tokens mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

MAX_TOKENS = 1 << 16
MAX_TOKEN_CHARS = 20  # longer ones are mostly links, which do not come again


class Memo(dict[str, T]):
    """A pure function of a token, remembered.

    It forgets everything when `MAX_TOKENS` are held and never holds a token of more than
    `MAX_TOKEN_CHARS`, so that no stream can fill the memory (about 10 MB at most).
    """

    def __init__(self, look_up: Callable[[str], T]) -> None:
        super().__init__()
        self._look_up = look_up

    def __missing__(self, token: str) -> T:
        value = self._look_up(token)
        if len(token) <= MAX_TOKEN_CHARS:
            if len(self) >= MAX_TOKENS:
                self.clear()
            self[token] = value
        return value
