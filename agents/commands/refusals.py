"""Refused posts as people read them: the first few one by one, then only that there are more."""

from __future__ import annotations

import sys
from typing import IO

from agents.sources.line import Line
from detector.codec import to_json
from detector.intake import Rejected

_SHOWN = 5


class Refusals:
    """Tells of refused posts: the first few on stderr, all of them in a file.

    Parameters
    ----------
    out
        Gets a JSON object a line for each.
    hint
        How to see them all, where `out` is None.

    Attributes
    ----------
    file
        What is being read, for lines that do not know their file.
    """

    def __init__(self, out: IO[bytes] | None, hint: str, file: str = "") -> None:
        self.file = file
        self._out, self._hint = out, hint
        self._told = 0

    def add(self, line: Line, rejected: Rejected) -> None:
        """Tell of one."""
        self._told += 1
        file, detail = line.file or self.file, line.problem or rejected.detail
        if self._told <= _SHOWN:
            print(f"{file}: line {line.number}: {rejected.reason}: {detail}", file=sys.stderr)
        elif self._told == _SHOWN + 1:
            hint = "all are in the file of --rejects" if self._out else self._hint
            print(f"further refusals are only counted; {hint}", file=sys.stderr)
        if self._out:
            row = {
                "file": file,
                "line": line.number,
                "reason": str(rejected.reason),
                "detail": detail,
                "data": line.data.decode("utf-8", "replace"),
            }
            self._out.write(to_json(row) + b"\n")
