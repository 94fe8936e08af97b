"""Figures in documents are what a run printed: a benchmark replaces the block between two marks."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def write_block(document: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``.

    Raises
    ------
    ValueError
        When the document has no such block.
    """
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    whole = document.read_text()
    head, found, rest = whole.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise ValueError(
            f"{document.name} has no block {name!r}; expected {begin.strip()} and {end}; add them"
        )
    document.write_text(f"{head}{begin}{text.rstrip()}\n{end}{tail}")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table in Markdown; the first column is text, the others are numbers."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def machine() -> str:
    """Return what a figure depends on: processor, cores, Python, and how busy the machine was."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    model = models[0] if models else platform.machine()
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, load at the end {load:.1f}"
