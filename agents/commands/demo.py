"""`siaga demo`: everything embedded, a crisis replayed, alerts delivered, and a summary."""

from __future__ import annotations

import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from agents.commands.options import example
from agents.exit_codes import ExitCode


@click.command(
    epilog=example("siaga demo", "siaga demo --lang id", "siaga demo --posts posts.jsonl --config config")
)
@click.option("--posts", type=click.Path(exists=True, dir_okay=False), help="Replay these posts instead.")
@click.option("--config", "config", metavar="DIR", type=click.Path(exists=True, file_okay=False),
              help="With --posts: brands.yml and detector.yml of this folder.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True, help="Of the invented story.")
@click.option("--lang", "language", type=click.Choice(["en", "id"]), default="en", show_default=True,
              help="Language of what is shown.")  # fmt: skip
@click.option("--html", metavar="FILE", type=click.Path(dir_okay=False), default="siaga-demo.html",
              show_default=True, help="Where the picture goes.")  # fmt: skip
@click.option("--keep", is_flag=True, help="Leave everything running until Ctrl-C.")
def command(
    posts: str | None, config: str | None, seed: int, language: Any, html: str, keep: bool
) -> ExitCode:
    """Show a crisis being caught, with everything embedded.

    Starts a broker in memory, a real worker and a receiver of alerts; replays sixteen days of an invented
    internet provider in half a minute: two quiet weeks, a joke that goes viral, an outage at dusk. Ends with
    1 when the outage was not alerted once, or the joke was.
    """
    from agents.demo.run import Wanted, run

    if not Path(html).absolute().parent.is_dir():
        raise click.UsageError(
            f"no folder for the picture: got {html}; expected one that exists; make it first"
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted = Wanted(
        posts=Path(posts) if posts else None, own=Path(config) if config else None, seed=seed,
        language=language, page=Path(html), keep=keep,
    )  # fmt: skip
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="siaga-demo-")))
        return run(wanted, folder, opened)
