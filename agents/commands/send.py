"""`siaga send`: validates posts and sends them to Kafka."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import IO

import click

from agents.commands.options import (
    Number,
    config_option,
    example,
    json_option,
    keep_apart,
    loaded,
    wait_option,
)
from agents.commands.progress import progress
from agents.commands.refusals import Refusals
from agents.exit_codes import ExitCode
from agents.send_posts import Account, Outlet, SendPosts
from agents.settings import Settings
from agents.sources.files import open_posts
from agents.wall_clock import monotonic
from detector.codec import pretty_json
from detector.duration import format_duration
from detector.intake import MAX_RECORD_POSTS


@click.command(
    epilog=example(
        "siaga send posts.jsonl", "siaga send --rate 500 --rejects refused.jsonl day1.csv day2.csv"
    )
)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@config_option
@wait_option
@json_option
@click.option(
    "--posts-per-record",
    type=click.IntRange(1, MAX_RECORD_POSTS),
    default=1,
    show_default=True,
    help="Bundle posts.",
)
@click.option("--rate", type=Number(min=0, min_open=True), help="Posts a second at most.")
@click.option("--platform", default="other", show_default=True, help="Platform of CSV rows that have none.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False),
    help="Write refused posts there, with reasons, as JSON lines.",
)
@click.option("--dry-run", is_flag=True, help="Validate only; needs no Kafka.")
def command(
    files: tuple[str, ...],
    config: str | None,
    wait_s: float,
    as_json: bool,
    posts_per_record: int,
    rate: float | None,
    platform: str,
    rejects: str | None,
    dry_run: bool,
) -> ExitCode:
    """Validate posts and send them to Kafka.

    FILES are JSON lines, a JSON array, or CSV with a header (created_at and text at least; also platform, id,
    author, followers, lang, url, reply_to, reach, brands); - is the standard input. CSV rows without an id
    get one made from their content, so sending a file twice counts once. Input belongs in time order.

    Ends with 65 when posts were refused; the others were sent. Ends with 69 when Kafka does not answer.
    """
    keep_apart(files, {"--rejects": rejects})
    settings = loaded(config)
    begin = monotonic()
    with ExitStack() as stack:
        out = stack.enter_context(open(rejects, "wb")) if rejects else None
        refused = Refusals(out, "--rejects FILE keeps all")
        sending = SendPosts(_outlet(settings, wait_s, dry_run), posts_per_record, rate, refused.add)
        for name in files:
            refused.file = name
            _take(sending, name, stack.enter_context(click.open_file(name, "rb")), platform)
        sending.finish()
    account = sending.account
    _warn(account, settings)
    if as_json:
        click.echo(pretty_json(_document(account, monotonic() - begin, dry_run)), nl=False)
    else:
        click.echo(_sentence(account, dry_run))
    return ExitCode.DATA if account.refused else ExitCode.OK


def _take(sending: SendPosts, name: str, stream: IO[bytes], platform: str) -> None:
    posts = open_posts(stream, name, platform)
    if posts.ignored:
        print(f"{name}: columns that nobody reads: {', '.join(posts.ignored)}", file=sys.stderr)
    with progress(name) as advance:
        for line in posts.lines:
            sending.take(line)
            advance(line)


class _Nowhere:
    """The outlet of a dry run."""

    def send(self, value: bytes, posts: int) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""


def _outlet(settings: Settings, wait_s: float, dry_run: bool) -> Outlet:
    if dry_run:
        return _Nowhere()
    from agents.kafka_outlet import KafkaOutlet

    return KafkaOutlet(settings, wait_s)


def _warn(account: Account, settings: Settings) -> None:
    if account.behind:
        by = format_duration(account.behind_ms // 1000 * 1000 or 1000)
        lateness = format_duration(int(settings.detector.allowed_lateness))
        print(
            f"warning: not in time order: got {account.behind} posts up to {by} older than one before them; "
            f"expected at most {lateness} (allowed_lateness); sort by created_at, or old ones count as late",
            file=sys.stderr,
        )
    if account.cut:
        print(
            f"warning: {account.cut} texts are longer than 4,096 characters: their end is not read",
            file=sys.stderr,
        )


def _sentence(account: Account, dry_run: bool) -> str:
    verb = "valid" if dry_run else "sent"
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(account.refused.items()))
    refused = account.refused.total()
    return f"{account.sent} {verb}, {refused} refused" + (f" ({reasons})" if refused else "")


def _document(account: Account, seconds: float, dry_run: bool) -> dict[str, object]:
    return {
        "read": account.read,
        "sent": 0 if dry_run else account.sent,
        "valid": account.sent,
        "records": 0 if dry_run else account.records,
        "refused": dict(account.refused),
        "cut": account.cut,
        "out_of_order": account.behind,
        "seconds": round(seconds, 3),
    }
