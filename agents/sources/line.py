"""One post as its file has it."""

from __future__ import annotations

from msgspec import Struct


class Line(Struct, frozen=True):
    """Where a post stands in its file (line, or place in the array, from 1), and its JSON.

    `data` is whatever was there when it is no post; intake says what is wrong with it. `problem` says it
    where only the reader of the file can know; `file` names it where one stream is made of several.
    """

    number: int
    data: bytes
    problem: str = ""
    file: str = ""
