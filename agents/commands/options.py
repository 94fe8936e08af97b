"""The options that several commands have, and their types."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from math import isnan
from typing import Any, TypeVar

import click

from agents.settings import Settings, folder_of, load_settings
from detector.clock import LAST_MS, from_rfc3339
from detector.duration import parse_duration

F = TypeVar("F", bound=Callable[..., Any])


class Seconds(click.ParamType):
    """A duration with a unit, such as 10s, as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds of a text."""
        try:
            return value if isinstance(value, float) else parse_duration(value) / 1000
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Instant(click.ParamType):
    """A time with its zone, such as 2025-06-02T00:00:00+07:00, as epoch milliseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the milliseconds of a text."""
        try:
            at = value if isinstance(value, int) else from_rfc3339(value)
            if not 0 <= at <= LAST_MS:
                raise ValueError(f"time out of range: got {value}; expected 1970 to 9999; correct it")
            return at
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Number(click.FloatRange):
    """A number within bounds; NaN, which no bound keeps out, is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number of a text."""
        number = super().convert(value, param, ctx)
        return self.fail(f"{value} is no number.", param, ctx) if isnan(number) else number


config_option = click.option(
    "--config",
    "config",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Folder of the configuration  [default: $SIAGA_CONFIG, else config]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
wait_option = click.option(
    "--wait",
    "wait_s",
    metavar="DURATION",
    type=Seconds(),
    default="10s",
    show_default=True,
    help="How long to wait for Kafka.",
)


def keep_apart(inputs: Iterable[str], outputs: Mapping[str, str | None]) -> None:
    """Refuse to write over an input, or two outputs into one file or both to the standard output.

    Parameters
    ----------
    inputs
        Files that are read.
    outputs
        By option, what is to be written; a folder ends with a slash and gets files named as the inputs.

    Raises
    ------
    click.UsageError
        When a file has two parts to play.
    """
    inputs = [name for name in inputs if name != "-"]
    taken = {os.path.realpath(name): "an input" for name in inputs}
    for option, path in outputs.items():
        if path is None:
            continue
        if path == "-":
            if "-" in taken:
                raise click.UsageError(
                    f"{option} would write among {taken['-']}: got - twice; expected it once; name a file"
                )
            taken["-"] = f"the output of {option}"
            continue
        folder = path.endswith("/")
        for name in [os.path.join(path, os.path.basename(one)) for one in inputs] if folder else [path]:
            where = os.path.realpath(name)
            if where in taken:
                raise click.UsageError(
                    f"{option} would write over {taken[where]}: got {name}; expected a file of its own; "
                    "name another one"
                )
            taken[where] = f"the file of {option}"


def example(*lines: str) -> str:
    """Return the example that ends a help text."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def loaded(config: str | None) -> Settings:
    """Return the settings of a command's `--config`."""
    return load_settings(folder_of(config, os.environ), os.environ)
