"""`siaga why BRAND`: why there is, or is not, an alert."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import click
from msgspec import Struct

from agents.backtest.inputs import open_inputs
from agents.backtest.order import in_time_order
from agents.backtest.report import kept_back_line
from agents.commands.options import Instant, config_option, example, json_option, loaded, wait_option
from agents.errors import DataError
from agents.exit_codes import ExitCode
from agents.settings import Settings
from agents.wall_clock import now_ms
from detector.clock import Millis, minute_of, start_of, to_rfc3339
from detector.codec import pretty_json
from detector.duration import format_duration
from detector.incident_record import Incident
from detector.shard import Shard
from detector.spike import Signal
from detector.why import Answer, Look, Told, feed_of, minute_asked, told_of, why


class Report(Struct, frozen=True):
    """An answer, what it rests on, and the incidents that the service had open at the asked time."""

    answer: Answer
    basis: list[str]
    recorded: list[Incident]


@click.command(
    epilog=example(
        "siaga why kunang-fiber",
        "siaga why kunang-fiber --at 2025-07-21T15:05:00+07:00",
        "siaga why kunang-fiber --at 2025-07-21T15:05:00+07:00 --posts july.csv",
    )
)
@click.argument("brand")
@config_option
@wait_option
@json_option
@click.option("--at", "at", metavar="TIME", type=Instant(), help="Ask about this time, not the present.")
@click.option(
    "--posts",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="Ask posts from files, not the service; may be given several times.",
)
@click.option("--platform", default="other", show_default=True, help="Platform of CSV rows that have none.")
def command(
    brand: str,
    config: str | None,
    wait_s: float,
    as_json: bool,
    at: Millis | None,
    posts: tuple[str, ...],
    platform: str,
) -> ExitCode:
    """Say why there is, or is not, an alert about a brand.

    Shows counts, thresholds and what is short of them, warming up, mute, open incident, how far the posts
    have come, silent sources, and what each receiver was told and why. Reads the state of the running
    service from Kafka and goes on from there with the very code that decides; changes nothing.

    A time that the service has closed already is decided again from what the topic `mentions` still holds
    (7 days by default), so thresholds may differ from those of then; incidents of then are shown as recorded.
    """
    settings = loaded(config)
    if brand not in {known.key for known in settings.brands}:
        some = ", ".join(known.key for known in settings.brands[:10])
        raise DataError(f"unknown brand: got {brand[:64]!r}; expected one of {some}; correct it")
    report = (
        _of_files(settings, brand, at, posts, platform) if posts else _of_kafka(settings, brand, at, wait_s)
    )
    if as_json:
        click.echo(pretty_json(report), nl=False)
    else:
        for line in lines(report):
            click.echo(line)
    return ExitCode.OK


def _of_kafka(settings: Settings, brand: str, at: Millis | None, wait_s: float) -> Report:
    from agents.brand_state import from_kafka, ledger, recorded
    from agents.kafka_read import opened_log

    now = now_ms()
    with opened_log(settings, wait_s) as log:
        was_open = [] if at is None else recorded(log, settings, brand, at)
        try:
            known = from_kafka(log, settings, brand, at)
        except DataError as error:
            open_then = ", ".join(one.id for one in was_open)
            raise DataError(f"{error}; open then: {open_then}" if open_then else str(error)) from None
        rules = {receiver.name: receiver.rule for receiver in settings.receivers}
        told = told_of(ledger(log, settings, brand), rules, brand, now)
    answer = _answer(known.shard, settings, brand, at, now if at is None else None, told)
    return Report(answer, known.basis, was_open)


def _of_files(
    settings: Settings, brand: str, at: Millis | None, posts: tuple[str, ...], platform: str
) -> Report:
    from agents.brand_state import from_files

    with ExitStack() as stack:
        inputs = open_inputs(posts, platform, stack)
        if inputs.counts:
            name = next(iter(inputs.counts.values())).name
            raise DataError(
                f"{name}: counts, not posts: got timestamp and value; expected posts; leave it out"
            )
        known = from_files(in_time_order(inputs.lines()), settings, now_ms(), at)
    return Report(_answer(known.shard, settings, brand, at, None, []), known.basis, [])


def _answer(
    shard: Shard, settings: Settings, brand: str, at: Millis | None, now: Millis | None, told: list[Told]
) -> Answer:
    lateness_ms = int(settings.detector.allowed_lateness)
    newest = minute_asked(shard.clocks, lateness_ms)
    if newest is None:
        raise DataError("no posts yet: got none, about any brand; expected some; send posts first")
    if shard.closed_to is not None:
        # Where nobody posts, minutes are closed though no post is newer.
        newest = max(newest, shard.closed_to + 1)
    if at is not None and minute_of(at) > newest:
        raise DataError(
            f"--at lies after the posts: got {to_rfc3339(at)}; expected at most "
            f"{to_rfc3339(start_of(newest + 1) - 1)}, for none is newer; ask about that, or leave out --at"
        )
    minute = newest if at is None else minute_of(at)
    minute = minute if shard.closed_to is None else max(minute, shard.closed_to + 1)
    feed = feed_of(shard.clocks, lateness_ms, now)
    silent = shard.silent(brand) if brand in shard.tracks else ()
    track, incidents = shard.tracks.get(brand), settings.incident_settings
    return why(brand, track, minute, shard.closed_to, incidents, feed, told, silent)


def lines(report: Report) -> Iterator[str]:
    """Yield an answer for people."""
    answer = report.answer
    yield f"{answer.brand} at {answer.at}: {answer.sentence}"
    for look in answer.looks:
        yield from _look(look)
    yield _row("history", _history(answer))
    if answer.incident is not None:
        yield _row("incident", _incident(answer.incident))
    else:
        yield _row("incident", "none open")
    yield _row("mute", _mute(answer))
    yield _row("kept back", _kept_back(answer))
    yield _row("posts", _feed(answer))
    for stopped in answer.silent:
        yield _row("platform", stopped.sentence)
    for one in answer.receivers:
        yield _row("receiver", f"{one.receiver}: {_told(one)}")
    if not answer.receivers:
        yield _row("receivers", "nothing to tell them so far")
    for incident in report.recorded:
        yield _row(
            "recorded", f"{incident.id} was open, now at revision {incident.revision}: {incident.reason}"
        )
    for text in report.basis:
        yield _row("rests on", text)


def _row(name: str, text: str) -> str:
    return f"  {name:<15} {text}"


def _look(look: Look) -> Iterator[str]:
    if look.signal is Signal.NEGATIVE_SHARE:
        seen, usual = f"{look.observed:.0%} negative", f"{look.expected:.0%}"
    else:
        seen, usual = f"{look.observed:g}", f"{look.expected:.1f}"
    limit = "no threshold yet" if look.threshold is None else f"an alarm from {look.threshold:g}"
    short = f", {look.missing:g} short of it" if look.missing else ""
    window = f"in the {look.window_min} min up to {look.at}"
    yield _row(str(look.signal), f"{seen} {window} ({usual} expected), {limit}{short}: {look.sentence}")


def _history(answer: Answer) -> str:
    if not answer.looks:
        return "none: it begins with the first minute that is closed"
    verdict = answer.looks[0].verdict
    exposure = verdict.numbers.get("exposure_min")
    needed = verdict.numbers.get("min_exposure_min")
    posts = f"{max(look.verdict.history for look in answer.looks)} posts"
    if exposure is None or needed is None:
        return posts
    watched = format_duration(int(exposure) * 60_000)
    state = "warming up until" if exposure < needed else "judged from"
    return f"{posts} in {watched} observed, {state} {format_duration(int(needed) * 60_000)}"


def _incident(one: Incident) -> str:
    return f"{one.id}, revision {one.revision}, {one.severity} ({one.score} of 100), since {one.onset_at}"


def _mute(answer: Answer) -> str:
    mute = answer.mute
    if mute is None:
        return "not muted"
    what = f"{mute.severity} alarm of {mute.alarm_at} ({mute.level:g} {mute.signal})"
    return (
        f"until {mute.until}, by the {what}; a higher severity comes through, and {mute.breaks_through_at:g} "
        f"from {mute.breaks_through_from} on"
    )


def _kept_back(answer: Answer) -> str:
    one = answer.kept_back
    if one is None:
        return "no alarm so far"
    return f"last at {kept_back_line(one)}"


def _feed(answer: Answer) -> str:
    feed = answer.feed
    if feed.watermark is None:
        return "not all partitions of posts have spoken yet: nothing can be closed"
    parts = [f"closed up to {feed.watermark}"]
    if feed.behind_ms is not None:
        behind = format_duration(feed.behind_ms // 1000 * 1000)
        parts.append(f"{behind} behind the clock: " + ("catching up" if feed.catching_up else "up to date"))
    if feed.silent:
        parts.append(f"partitions of posts silent for 10 min: {', '.join(map(str, feed.silent))}")
    return ", ".join(parts)


def _told(one: Told) -> str:
    has = f"has revision {one.delivered_revision}" if one.delivered_revision else "was told nothing"
    return f"{has} of {one.revision} of {one.incident}: {one.sentence}"
