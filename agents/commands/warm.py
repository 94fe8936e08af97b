"""`siaga warm`: builds baselines from history, so that a new brand does not wait for two weeks."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import click
from msgspec import Struct

from agents.backtest.inputs import open_inputs
from agents.backtest.order import in_time_order, survey
from agents.commands.options import Instant, config_option, example, json_option, loaded, wait_option
from agents.errors import DataError, UnavailableError
from agents.exit_codes import ExitCode
from agents.kafka_client import admin_client
from agents.kafka_read import Log, opened_log
from agents.settings import Settings
from agents.wall_clock import now_ms
from agents.warm import History, Home, Warmed, entry_of, homes, refuse_running, unknown_homes, write
from detector.clock import DAY_MIN, Millis, minute_of
from detector.codec import pretty_json
from detector.duration import format_duration


class _Wanted(Struct, frozen=True):
    files: tuple[str, ...]
    brands: tuple[str, ...]
    replace: bool
    watched_until: Millis | None
    platform: str
    wait_s: float
    dry_run: bool


@click.command(
    epilog=example(
        "siaga warm last-month.jsonl",
        "siaga warm --brand kunang-fiber --watched-until 2025-07-21T00:00:00+07:00 archive.csv",
        "siaga warm --mentions --replace",
    )
)
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@config_option
@wait_option
@json_option
@click.option("--mentions", is_flag=True, help="Learn from what the topic `mentions` still holds, not files.")
@click.option(
    "--brand", "brands", metavar="KEY", multiple=True, help="Only this one; may be given several times."
)
@click.option("--replace", is_flag=True, help="Also brands that have a baseline.")
@click.option(
    "--watched-until",
    metavar="TIME",
    type=Instant(),
    help="The history is complete up to then, though nothing was said  [default: its newest post]",
)
@click.option("--platform", default="other", show_default=True, help="Platform of CSV rows that have none.")
@click.option(
    "--dry-run", is_flag=True, help="Say what would be written, write nothing; FILES need no Kafka then."
)
def command(
    files: tuple[str, ...],
    config: str | None,
    wait_s: float,
    as_json: bool,
    mentions: bool,
    brands: tuple[str, ...],
    replace: bool,
    watched_until: Millis | None,
    platform: str,
    dry_run: bool,
) -> ExitCode:
    """Build baselines from history, so that a new brand is judged at once.

    FILES of posts (as for `siaga send`), in any order, are run through the same core as in the service, and
    what the detectors learnt is written to the service's state. Run it while no worker runs; the next one
    starts with it. Brands that have a baseline keep it, unless --replace is given.

    Nothing is made up: between the end of the history and the last minute that the service has
    closed (or, before its first start, the first one that it will close) nobody was watching, and nothing is
    learnt. Posts of minutes that the service has yet to read are left to it. No incident comes of history.

    Ends with 75 while workers run. Ends with 65 when there was nothing to learn from.
    """
    if bool(files) == mentions:
        raise click.UsageError(
            "either files or --mentions: got both or none; expected one; correct the command"
        )
    settings = loaded(config)
    wanted = _Wanted(files, brands, replace, watched_until, platform, wait_s, dry_run)
    found = _warm(settings, wanted)
    if as_json:
        click.echo(pretty_json(found), nl=False)
    else:
        _print(found, dry_run)
    return ExitCode.OK if any(one.status != "no posts" for one in found) else ExitCode.DATA


def _warm(settings: Settings, wanted: _Wanted) -> list[Warmed]:
    keys = _keys(settings, wanted.brands)
    try:
        with admin_client(settings, wanted.wait_s) as client, opened_log(settings, wanted.wait_s) as log:
            return _learn(settings, wanted, keys, homes(log, settings, keys), (client, log))
    except UnavailableError as error:
        if not wanted.dry_run or not wanted.files:
            raise
        print(f"as if no brand had a baseline, for Kafka cannot be asked: {error}", file=sys.stderr)
    return _learn(settings, wanted, keys, unknown_homes(settings, keys), None)


def _learn(
    settings: Settings,
    wanted: _Wanted,
    keys: Sequence[str],
    where: Mapping[str, Home],
    kafka: tuple[Any, Log] | None,
) -> list[Warmed]:
    """Return what was learnt of each brand, after writing it; without Kafka it comes of files only."""
    if kafka is not None and not wanted.dry_run:
        refuse_running(kafka[0], settings, wanted.wait_s)
    todo = [key for key in keys if wanted.replace or not where[key].has_baseline]
    kept = [Warmed(key, "kept", where[key].partition) for key in keys if key not in todo]
    if not todo:
        return kept
    closed = [where[key].closed_to for key in todo]
    history = History(settings, min((at for at in closed if at is not None), default=None))
    if kafka is None or wanted.files:
        _read(history, wanted)
    else:
        history.read_mentions(kafka[1], sorted({where[key].partition for key in todo}))
    until = None if wanted.watched_until is None else minute_of(wanted.watched_until)
    results = {key: history.learnt(key, where[key], until) for key in todo}
    entries = [entry_of(where[key], key, track) for key, (_, track) in results.items() if track]
    if entries and kafka is not None and not wanted.dry_run:
        refuse_running(kafka[0], settings, wanted.wait_s)
        write(settings, wanted.wait_s, entries)
        refuse_running(kafka[0], settings, wanted.wait_s)
    if history.refused:
        print(
            f"{history.refused} posts were refused; `siaga send --dry-run` with these files says why",
            file=sys.stderr,
        )
    if history.left:
        print(
            f"{history.left} posts are left to the service: it has not closed their minutes yet",
            file=sys.stderr,
        )
    return sorted([*kept, *(one for one, _ in results.values())], key=lambda one: keys.index(one.brand))


def _read(history: History, wanted: _Wanted) -> None:
    now = now_ms()
    with ExitStack() as stack:
        inputs = open_inputs(wanted.files, wanted.platform, stack)
        if inputs.counts:
            name = next(iter(inputs.counts.values())).name
            raise DataError(
                f"{name}: counts, not posts: got timestamp and value; expected posts; leave it out"
            )
        ordered = not survey(inputs.lines(), 0, now).behind
        history.read_posts(inputs.lines() if ordered else in_time_order(inputs.lines()), now)


def _keys(settings: Settings, wanted: Sequence[str]) -> list[str]:
    known = [brand.key for brand in settings.brands]
    for key in wanted:
        if key not in known:
            some = ", ".join(known[:10])
            raise DataError(f"unknown brand: got {key[:64]!r}; expected one of {some}; correct it")
    return [key for key in known if not wanted or key in wanted]


def _print(found: Sequence[Warmed], dry_run: bool) -> None:
    for one in found:
        if one.status == "kept":
            click.echo(f"{one.brand}: kept: it has a baseline; --replace overwrites it")
        elif one.status == "no posts":
            click.echo(f"{one.brand}: no posts of it in the history")
        else:
            verb = "would learn" if dry_run else "warmed"
            gap = (
                f", then {format_duration(one.unwatched_min * 60_000)} unwatched" if one.unwatched_min else ""
            )
            click.echo(f"{one.brand}: {verb}: {one.posts} posts up to {one.learnt_to}{gap}")
            if one.unwatched_min > DAY_MIN:
                click.echo(f"{'':>{len(one.brand)}}  more than a day unwatched: a newer history warms better")
