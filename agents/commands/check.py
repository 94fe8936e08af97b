"""`siaga check`: says what is wrong in the configuration, and where."""

from __future__ import annotations

import os
import sys

import click

from agents.commands.options import config_option, example, json_option
from agents.exit_codes import ExitCode
from agents.settings import ConfigError, Problem, Settings, folder_of, load_settings
from agents.settings.lexicon import word_count
from detector.codec import pretty_json
from detector.duration import format_duration


@click.command(epilog=example("siaga check --config config"))
@config_option
@json_option
def command(config: str | None, as_json: bool) -> ExitCode:
    """Validate all configuration.

    Reads every file and the environment, and names all that is wrong at once, each with what to do.
    Ends with 78 when something is wrong; warnings alone end with 0. Does not need Kafka.
    """
    folder = folder_of(config, os.environ)
    settings: Settings | None = None
    errors: tuple[Problem, ...] = ()
    try:
        settings = load_settings(folder, os.environ)
    except ConfigError as error:
        errors = error.problems
    if as_json:
        click.echo(pretty_json(_document(folder, settings, errors)), nl=False)
    else:
        _print(folder, settings, errors)
    return ExitCode.CONFIG if errors else ExitCode.OK


def _document(folder: str, settings: Settings | None, errors: tuple[Problem, ...]) -> dict[str, object]:
    warnings = settings.warnings if settings else ()
    return {
        "ok": not errors,
        "config": folder,
        "errors": [{"where": e.where, "key": e.key, "text": e.text} for e in errors],
        "warnings": [{"where": w.where, "key": w.key, "text": w.text} for w in warnings],
        "loaded": dict(_summary(settings)) if settings else {},
    }


def _summary(settings: Settings) -> list[tuple[str, str]]:
    service, detector = settings.service, settings.detector
    partitions = service.topics.partitions
    lateness = format_duration(int(detector.allowed_lateness))
    missing = [f"{name}.yml" for name, there in settings.files.items() if not there]
    return [
        ("brands", ", ".join(brand.key for brand in settings.brands[:10]) + _more(len(settings.brands), 10)),
        ("detector", f"{detector.scorer}, lateness {lateness}, window {detector.detector.window}"),
        ("lexicon", f"{word_count(settings.lexicon)} words of your own"),
        ("receivers", ", ".join(receiver.name for receiver in settings.receivers) or "none"),
        ("kafka", f"{','.join(service.kafka.brokers)} ({service.kafka.security.protocol})"),
        (
            "topics",
            f"{service.topic('posts')} ({partitions.posts}), {service.topic('mentions')} "
            f"({partitions.mentions}), {service.topic('incidents')} ({partitions.incidents} partitions)",
        ),
        ("group", service.group),
        ("web", f"{service.web.host}:{service.web.port}"),
        ("defaults", ", ".join(missing) or "none"),
        ("overrides", ", ".join(settings.overrides) or "none"),
    ]


def _more(count: int, shown: int) -> str:
    return f" and {count - shown} more" if count > shown else ""


def _print(folder: str, settings: Settings | None, errors: tuple[Problem, ...]) -> None:
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    if settings is None:
        noun = "error" if len(errors) == 1 else "errors"
        print(f"{folder}: {len(errors)} {noun}", file=sys.stderr)
        return
    for name, text in _summary(settings):
        click.echo(f"{name:<10} {text}")
    for warning in settings.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    click.echo(f"{folder} is right")
