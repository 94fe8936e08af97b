"""The picture at the end: the backtest's page, of the same posts through the same core."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from agents.backtest.choice import choose
from agents.backtest.curves import Curves
from agents.backtest.inputs import open_inputs
from agents.backtest.page import page
from agents.backtest.report import Column
from agents.backtest.run import Wanted, run
from agents.demo.script import Script
from agents.settings import Settings
from detector.clock import Millis
from detector.spike import Signal


def write_page(script: Script, settings: Settings, folder: Path, path: Path, now: Millis) -> None:
    """Write a self-contained page of what was replayed; `folder` is for a scratch file."""
    name = folder / "demo.jsonl"
    name.write_bytes(b"".join(line + b"\n" for step in script.steps for line in step.posts))
    choice = choose("default", settings)
    curves = Curves(choice)
    with ExitStack() as stack:
        inputs = open_inputs([str(name)], "other", stack)
        wanted = Wanted(inputs=inputs, choices=[choice], signal=Signal.NEGATIVE_COUNT, now=now, curves=curves)
        (past,) = run(wanted)
    columns = [Column(choice.name, past)]
    path.write_text(page(columns, curves.finished(), [name.name], set()), encoding="utf-8")
