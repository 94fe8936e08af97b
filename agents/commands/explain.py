"""What `siaga score --explain` prints: how a score comes about, for people."""

from __future__ import annotations

import sys
from io import StringIO
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from detector.sentiment import Score
from detector.sentiment.trace import Step, Trace

_COLOURS = {"negative": "red", "neutral": "yellow", "positive": "green"}
_WIDE = 20_000  # a pipe has no width: nothing is wrapped


def show(trace: Trace, scorer: str, out: IO[str] | None = None) -> None:
    """Print a trace: in colour on a terminal, as plain aligned text elsewhere.

    Parameters
    ----------
    trace
        What to show.
    scorer
        Name and version of the scorer.
    out
        Where to; the standard output where left out.
    """
    out = out or sys.stdout
    on_terminal = out.isatty()
    console = Console(
        file=out if on_terminal else StringIO(), width=None if on_terminal else _WIDE, highlight=False
    )
    console.print(_head(trace, scorer))
    if trace.steps:
        console.print(_words(trace.steps))
    console.print(_sum(trace))
    if isinstance(console.file, StringIO):
        out.writelines(line.rstrip() + "\n" for line in console.file.getvalue().splitlines())


def _head(trace: Trace, scorer: str) -> Table:
    score = trace.score
    table = _grid()
    table.add_row("scored", Text(trace.clean or "(nothing is left)"))
    table.add_row("cleaned by", ", ".join(trace.cleaned) or "no rule")
    table.add_row("language", score.lang)
    table.add_row("scorer", scorer)
    table.add_row("")
    return table


def _words(steps: tuple[Step, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("word")
    table.add_column("list", justify="right")
    table.add_column("counts", justify="right")
    table.add_column("rules")
    for step in steps:
        if step.valence is None:
            table.add_row(Text(step.text, "dim"), "", "", Text(", ".join(step.rules), "dim"))
        else:
            colour = "red" if step.counts < 0 else "green" if step.counts > 0 else "dim"
            counts = Text(f"{step.counts:+.2f}", colour)
            table.add_row(Text(step.text), f"{step.valence:+.1f}", counts, ", ".join(step.rules))
    return table


def _sum(trace: Trace) -> Table:
    score = trace.score
    table = _grid()
    total = sum(step.counts for step in trace.steps)
    marks = f", and {trace.emphasis:.2f} for ! and ?" if trace.emphasis else ""
    table.add_row("")
    table.add_row("sum", f"{total:+.2f}{marks}: compound {score.compound:+.4f}")
    if terms := _terms(score):
        table.add_row("decided by", terms)
    table.add_row("polarity", f"{score.polarity:+.4f}, coverage {score.coverage:.0%}")
    table.add_row("label", Text(score.label, f"bold {_COLOURS[score.label]}"))
    return table


def _terms(score: Score) -> Text:
    shown = ", ".join(f"{term.text} {term.contribution:+.2f}" for term in score.terms)
    return Text(shown)


def _grid() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", min_width=10)
    table.add_column()
    return table
