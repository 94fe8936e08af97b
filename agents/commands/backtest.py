"""`siaga backtest`: what the detector would have said of the past."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from agents.backtest import MENTIONS, POSTS, Past, Summary, replay_counts, replay_posts, summaries
from agents.commands.options import config_option, example, loaded
from agents.commands.progress import progress
from agents.exit_codes import ExitCode
from agents.settings import Settings
from agents.sources.files import CountsFile, open_file
from agents.sources.line import Line
from agents.wall_clock import now_ms
from detector.codec import pretty_json
from detector.spike import Signal

_SIGNALS = {"negative": Signal.NEGATIVE_COUNT, "total": Signal.TOTAL_COUNT}


@click.command(epilog=example("siaga backtest july.csv", "siaga backtest --counts total volume.csv --json -"))
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@config_option
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write the result there; - for the output.",
)
@click.option("--platform", default="other", show_default=True, help="Platform of CSV rows that have none.")
@click.option(
    "--counts",
    type=click.Choice(list(_SIGNALS)),
    default="negative",
    show_default=True,
    help="What the values of a file of counts are.",
)
def command(
    files: tuple[str, ...], config: str | None, json_file: str | None, platform: str, counts: str
) -> ExitCode:
    """Run posts or counts of the past through the detector.

    FILES of posts (as for `siaga send`) are run one after the other, as one stream in time order. A file of
    counts (timestamp,value) is one brand, named after the file. The same code decides as in the service.

    Ends with 65 when posts were refused; the others were run.
    """
    settings = loaded(config)
    past = _run(files, settings, platform, _SIGNALS[counts])
    found = summaries(past.revisions)
    if json_file:
        with click.open_file(json_file, "w") as out:
            out.write(pretty_json(_document(past, found)))
    if json_file != "-":
        _print(past, found)
    return ExitCode.DATA if past.counts["rejected"] else ExitCode.OK


def _run(files: tuple[str, ...], settings: Settings, platform: str, signal: Signal) -> Past:
    whole = Past()

    def lines() -> Iterator[Line]:
        for name in files:
            with click.open_file(name, "rb") as stream:
                opened = open_file(stream, name, platform)
                if isinstance(opened, CountsFile):
                    whole.add(replay_counts(opened.counts, _brand_of(name), signal, settings))
                    continue
                with progress(name) as advance:
                    for line in opened.lines:
                        yield line
                        advance(line)

    whole.add(replay_posts(lines(), settings, now_ms()))
    return whole


def _brand_of(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", Path(name).stem.lower()).strip("-")[:64] or "counts"


def _document(past: Past, found: list[Summary]) -> dict[str, object]:
    return {
        "incidents": found,
        "alarms": past.alarms,
        "brand_weeks": round(past.weeks, 4),
        "alarms_per_brand_week": _per_week(past),
        "posts": {name: past.counts[name] for name in POSTS},
        "mentions": {name: past.counts[name] for name in MENTIONS},
        "intervals": past.intervals,
        "revisions": past.revisions,
    }


def _per_week(past: Past) -> float | None:
    return round(past.alarms / past.weeks, 3) if past.weeks else None


def _print(past: Past, found: list[Summary]) -> None:
    for one in found:
        until = f"until {one.resolved_at}" if one.resolved_at else "still open at the end"
        figures = f"{one.posts} posts, {one.negatives} negative"
        click.echo(f"{one.opened_at}  {one.severity:<8}  {one.brand}  {figures}, {until}")
        click.echo(f"{'':>22}{one.reason}")
    rate = _per_week(past)
    shown = "" if rate is None else f", {rate:g} alarms a brand-week"
    click.echo(f"incidents: {len(found)}, alarms: {past.alarms}{shown}")
    if past.counts["read"]:
        click.echo("posts: " + ", ".join(f"{past.counts[name]} {name}" for name in POSTS))
        click.echo("mentions: " + ", ".join(f"{past.counts[name]} {name}" for name in MENTIONS))
    if past.intervals:
        click.echo(f"counts: {past.intervals} intervals")
