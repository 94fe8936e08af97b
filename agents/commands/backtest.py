"""`siaga backtest`: what the detector would have said of the past."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from agents.backtest.choice import DETECTORS, Choice, choose
from agents.backtest.curves import Curves
from agents.backtest.inputs import open_inputs
from agents.backtest.labels import read_labels
from agents.backtest.report import Column, document, lines
from agents.backtest.run import Wanted, judged, run
from agents.commands.options import Seconds, config_option, example, keep_apart, loaded
from agents.commands.progress import progress
from agents.commands.refusals import Refusals
from agents.exit_codes import ExitCode
from agents.settings import Settings, folder_of, load_settings
from agents.sources.line import Line
from agents.wall_clock import now_ms
from detector.codec import pretty_json
from detector.spike import Signal

_SIGNALS = {"negative": Signal.NEGATIVE_COUNT, "total": Signal.TOTAL_COUNT}
_EXAMPLES = (
    "siaga backtest july.csv --labels what-happened.json --html july.html",
    "siaga backtest july.csv --compare stricter/detector.yml --compare zscore",
    "siaga backtest --counts total volume.csv --rows volume-scores.csv --json -",
)
_out = click.Path(dir_okay=False, allow_dash=True)


@click.command(epilog=example(*_EXAMPLES))
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@config_option
@click.option(
    "--labels",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help='What had happened, as JSON: {"brand or file": ["TIME", ["FROM", "TO"]]}.',
)
@click.option(
    "--near",
    "near_s",
    metavar="DURATION",
    type=Seconds(),
    default="2h",
    show_default=True,
    help="How far an alarm may be from a labelled instant; inside a labelled window any is a hit.",
)
@click.option(
    "--compare",
    metavar="DETECTOR.YML|NAME",
    multiple=True,
    help=f"Run a second detector.yml, or another detector ({', '.join(DETECTORS)}), side by side.",
)
@click.option(
    "--detector",
    type=click.Choice(list(DETECTORS)),
    default="default",
    show_default=True,
    help="Which detector decides; the service has the default.",
)
@click.option(
    "--json", "json_file", metavar="FILE", type=_out, help="Write the result there; - for the output."
)
@click.option(
    "--html", "html_file", metavar="FILE", type=_out, help="Write a page with plots there, for people."
)
@click.option(
    "--rows",
    metavar="FILE|FOLDER/",
    type=click.Path(allow_dash=True),
    help="Write timestamp,value,anomaly_score,alarm for each row of the input.",
)
@click.option("--platform", default="other", show_default=True, help="Platform of CSV rows that have none.")
@click.option(
    "--counts",
    type=click.Choice(list(_SIGNALS)),
    default="negative",
    show_default=True,
    help="What the values of a file of counts are.",
)
@click.option("--as-given", is_flag=True, help="Do not sort posts by time: old ones then count as late.")
def command(
    files: tuple[str, ...],
    config: str | None,
    labels: str | None,
    near_s: float,
    compare: tuple[str, ...],
    detector: str,
    json_file: str | None,
    html_file: str | None,
    rows: str | None,
    platform: str,
    counts: str,
    as_given: bool,
) -> ExitCode:
    """Run posts or counts of the past through the detector.

    FILES of posts (as for `siaga send`) are one stream, sorted by time if need be. A file of counts
    (timestamp,value) is one brand, named after the file. The same code decides as in the service, and
    the same input gives the same output.

    With --labels: a label is hit when an alarm is inside its window, or within --near of its instant; an
    alarm that hits no label of its brand is false. The lead time is from the first such alarm to the label's
    begin, negative when the alarm came after it; the median is over the hits. An alarm is an
    opening or an escalation. In --rows, anomaly_score is above 0 only where one goes out.

    Ends with 65 when posts were refused; the others were run.
    """
    keep_apart(files, {"--json": json_file, "--html": html_file, "--rows": rows})
    settings = loaded(config)
    known = {} if labels is None else read_labels(Path(labels).read_bytes(), labels)
    choices = [choose(detector, settings), *(_other(name, settings, config) for name in compare)]
    # Millions of small objects come and go, hardly any in a cycle: to look less often saves a twentieth.
    gc.set_threshold(50_000, 20, 20)
    with ExitStack() as stack:
        inputs = open_inputs(files, platform, stack)
        refusals = Refusals(None, "`siaga send --dry-run --rejects FILE` writes all", files[0])
        wanted = Wanted(
            inputs=inputs, choices=choices, signal=_SIGNALS[counts], now=now_ms(), as_given=as_given,
            rows=rows, seen=_progress, curves=Curves(choices[0]) if html_file else None,
            refuse=refusals.add,
        )  # fmt: skip
        pasts = run(wanted)
    near_ms = int(near_s * 1000)
    names = {brand.key: brand.name for brand in settings.brands}
    columns = []
    for choice, past in zip(choices, pasts, strict=True):
        judgements = None
        if labels is not None:
            judgements, unknown = judged(known, past, inputs, names, near_ms)
            if past is pasts[0]:
                _warn(unknown)
        columns.append(Column(choice.name, past, judgements))
    if html_file and wanted.curves is not None:
        from agents.backtest.page import page

        with click.open_file(html_file, "w", encoding="utf-8") as out:
            out.write(
                page(columns, wanted.curves.finished(), [Path(n).name for n in files], set(inputs.counts))
            )
    _tell(columns, near_ms, json_file, quiet="-" in (rows, html_file))
    return ExitCode.DATA if pasts[0].counts["rejected"] else ExitCode.OK


def _other(name: str, settings: Settings, config: str | None) -> Choice:
    """Return what `--compare` names: a detector, or else the file of a detector.yml."""
    if name in DETECTORS:
        return choose(name, settings)
    if not Path(name).is_file():
        raise click.BadParameter(
            f"nothing to compare with: got {name[:80]!r}; expected a detector.yml or one of "
            f"{', '.join(DETECTORS)}; correct it",
            click.get_current_context(),
            param_hint="--compare",
        )
    return choose("default", load_settings(folder_of(config, os.environ), os.environ, Path(name)), name)


def _progress(posts: Iterator[Line]) -> Iterator[Line]:
    with progress("posts", known_end=False) as advance:
        for line in posts:
            yield line
            advance(line)


def _warn(unknown: list[str]) -> None:
    if unknown:
        some = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        print(f"labels of what is not in the input: {some}", file=sys.stderr)


def _tell(columns: list[Column], near_ms: int, json_file: str | None, quiet: bool) -> None:
    if json_file:
        with click.open_file(json_file, "w") as out:
            out.write(pretty_json(document(columns, near_ms)))
    if json_file != "-" and not quiet:
        for line in lines(columns):
            click.echo(line)
