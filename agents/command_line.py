"""The command `siaga`: finds a subcommand, runs it, and ends with the exit code that fits."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from agents.exit_codes import ExitCode

# Written here too, so that `siaga --help` need not import Kafka and numpy; a test keeps both the same.
COMMANDS = {
    "demo": "Show a crisis being caught, with everything embedded.",
    "worker": "Run the service: read posts, detect spikes, send alerts.",
    "topics": "Create or check the topics in Kafka.",
    "send": "Validate posts and send them to Kafka.",
    "check": "Validate all configuration.",
    "score": "Score the sentiment of posts or lines of text.",
    "backtest": "Run posts or counts of the past through the detector.",
    "verify": "Recompute an incident's verdict from the numbers in its revision.",
    "warm": "Build baselines from history, so that a new brand is judged at once.",
    "why": "Say why there is, or is not, an alert about a brand.",
    "simulate": "Write simulated posts: quiet, seasonal, crisis, joke, author or story.",
    "alert": "Try the receivers of alerts.",
}


class Siaga(click.Group):
    """A group that imports a command when it is used, and ends with siaga's exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they are needed."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; the only place that imports it."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"agents.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; a reader that has had enough (`siaga score ... | head`) is no error."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # what cannot be written shows only now
            return result
        except BrokenPipeError:
            _discard_output()
            return ExitCode.OK

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> NoReturn:
        """Run a command line and end the process."""
        extra["standalone_mode"] = False
        extra.setdefault("prog_name", "siaga")
        sys.exit(self._code(args, *more, **extra))

    def _code(self, args: Sequence[str] | None, *more: Any, **extra: Any) -> int:
        try:
            return int(super().main(args, *more, **extra) or ExitCode.OK)
        except click.ClickException as error:
            error.show()
            return ExitCode.USAGE
        except click.Abort:
            return ExitCode.INTERRUPTED
        except (Exception, KeyboardInterrupt) as error:
            from agents.errors import report

            code = report(error, os.environ)
            try:
                sys.stdout.flush()
            except OSError:
                _discard_output()
            return code


def _discard_output() -> None:
    """Let the flush at the end of the process succeed: its failure would be a second error, and code 120."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"siaga {version('siaga')}")
        ctx.exit()


@click.group(
    cls=Siaga,
    epilog="\b\nExample:\n  siaga check && siaga topics && siaga worker\n\n"
    "Exit codes: 0 done, 1 the demo failed, 64 usage, 65 bad input, 69 Kafka unavailable, 70 fault, "
    "74 disk full, 75 try again, 77 no permission, 78 configuration.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
def siaga() -> None:
    """Notice within seconds when a brand's negative volume leaves its normal range."""


def main() -> NoReturn:
    """Run the command line of this process."""
    _open_streams()
    siaga.main()


def _open_streams() -> None:
    """Make streams usable: one that was closed is empty, and output is UTF-8 whatever the locale."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - for all of the process
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    main()
