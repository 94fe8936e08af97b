"""The bar that shows how far a file has been read: on a terminal, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agents.sources.line import Line

_EVERY = 200


@contextmanager
def progress(name: str, known_end: bool = True) -> Iterator[Callable[[Line], None]]:
    """Yield what to call with each post of a file; ``-``, and what is no file, has no known end."""
    if not sys.stderr.isatty():
        yield lambda line: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    total = None if name == "-" or not known_end else Path(name).stat().st_size
    columns: list[Any] = [
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[posts]} posts"),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(Path(name).name, total=total, posts=0)
        state = {"posts": 0, "bytes": 0}

        def advance(line: Line) -> None:
            state["posts"] += 1
            state["bytes"] += len(line.data) + 1
            if state["posts"] % _EVERY == 0:
                bar.update(task, completed=state["bytes"], posts=state["posts"])

        yield advance
