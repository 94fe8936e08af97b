"""Rows of CSV, each with the line where it begins; an open quote costs its own line and no other."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator

from msgspec import Struct

# A row of more lines is no post: intake reads 4,096 characters of a text. The bound keeps what is read
# again after an open quote, and the memory, in proportion to the file.
MAX_ROW_LINES = 500


class Row(Struct, frozen=True, gc=False):
    """The cells of one row, the line where it begins (from 1), and what is wrong with it, if anything is."""

    line: int
    cells: list[str]
    problem: str = ""


def csv_rows(lines: Iterable[str], delimiter: str = ",") -> Iterator[Row]:
    r"""Yield the rows of CSV lines.

    Where a quote opens and is not closed at the end of a cell, the line in which it opened is a row with a
    `problem`, and the lines after it are read anew: they may be rows of their own.

    Examples
    --------
    >>> [row.problem[:26] or row.cells for row in csv_rows(['1,"a\n', "2,b\n"])]
    ['a quote that opens here is', ['2', 'b']]
    """
    lines, ahead, taken = iter(lines), deque[str](), list[str]()
    number = 1
    while True:
        rows = csv.reader(_noted(lines, ahead, taken), delimiter=delimiter, strict=True)
        try:
            for cells in rows:
                if cells:
                    yield Row(number, cells)
                number += len(taken)
                taken.clear()
            return
        except csv.Error as error:
            yield _broken(number, taken, error, delimiter)
            ahead.extendleft(reversed(taken[1:]))
            taken.clear()
            number += 1


def _noted(lines: Iterator[str], ahead: deque[str], taken: list[str]) -> Iterator[str]:
    """Yield the lines that are to be read anew, then those of the file; `taken` gets each."""
    while (line := ahead.popleft() if ahead else next(lines, None)) is not None:
        taken.append(line)
        if len(taken) > MAX_ROW_LINES:
            raise csv.Error(f"no end in {MAX_ROW_LINES} lines")
        yield line


def _broken(number: int, taken: list[str], error: csv.Error, delimiter: str) -> Row:
    first = taken[0]
    if len(taken) == 1 and first.count('"') % 2 == 0:
        # Quotes that are only misplaced, as in `"a" ,b`, harm no other row.
        try:
            return Row(number, next(csv.reader(taken, delimiter=delimiter)))
        except csv.Error as other:
            return Row(number, [], f"no CSV: got {other}; expected lines that end with LF or CRLF")
    problem = (
        f"a quote that opens here is not closed at the end of a cell: got {error}; expected a closing quote, "
        "and each quote inside a text doubled; correct this line"
    )
    return Row(number, [], problem)
