"""`siaga score`: the sentiment of posts or lines of text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import IO

import click
from msgspec import Struct

from agents.commands.options import config_option, example
from agents.exit_codes import ExitCode
from agents.settings import folder_of, load_settings
from detector.codec import CodecError, from_json, to_json
from detector.post import MAX_TEXT_CHARS
from detector.sentiment import Language, Scorer, Term
from detector.sentiment.registry import SCORER_NAMES, make_scorer

_MAX_LINE_BYTES = 1_048_576


class Scorable(Struct, frozen=True):
    """What is needed of a post; a post for `siaga send` has it, other keys do no harm."""

    text: str
    id: str | int | None = None
    lang: str | None = None


class Scored(Struct, frozen=True):
    """One line of the output."""

    id: str | int | None
    lang: Language
    compound: float
    polarity: float
    label: str
    coverage: float
    terms: tuple[Term, ...]


@click.command(
    epilog=example(
        "echo 'internet lemot, admin tidak membantu' | siaga score", "siaga score posts.jsonl | head -3"
    )
)
@click.argument("file", default="-", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@config_option
@click.option("--scorer", type=click.Choice(SCORER_NAMES), help="Instead of the configured one.")
def command(file: str, config: str | None, scorer: str | None) -> ExitCode:
    """Score the sentiment of posts or lines of text.

    Reads JSON lines with a text, or plain text lines, from FILE or the standard input; writes one JSON
    object a line in the same order: id (else the line's number), lang, compound, polarity, label, coverage
    and terms.
    The brands' own words are not known here, so they count like others.

    Ends with 65 when a line could not be read; it is named on stderr, and the others are scored.
    """
    chosen = make_scorer(scorer or _configured(config))  # type: ignore[arg-type]
    with click.open_file(file, "rb") as lines:
        bad = score_lines(lines, chosen, sys.stdout.buffer, file)
    return ExitCode.DATA if bad else ExitCode.OK


def _configured(config: str | None) -> str:
    """Return the configured scorer; without a configuration the default one."""
    folder = folder_of(config, os.environ)
    if config is None and not os.environ.get("SIAGA_CONFIG") and not os.path.isdir(folder):
        return "lexicon"
    return load_settings(folder, os.environ).detector.scorer


def score_lines(lines: Iterable[bytes], scorer: Scorer, out: IO[bytes], name: str) -> int:
    """Score line by line, written as soon as read; return how many could not be read."""
    bad = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            post = _scorable(line)
        except CodecError as error:
            bad += 1
            print(f"{name}: line {number}: {error}", file=sys.stderr)
            continue
        score = scorer.explain(post.text[:MAX_TEXT_CHARS], lang=post.lang)
        row = Scored(
            id=number if post.id is None else post.id,
            lang=score.lang,
            compound=score.compound,
            polarity=score.polarity,
            label=score.label,
            coverage=score.coverage,
            terms=score.terms,
        )
        out.write(to_json(row) + b"\n")
        out.flush()
    return bad


def _scorable(line: bytes) -> Scorable:
    if len(line) > _MAX_LINE_BYTES:
        raise CodecError(f"line too long: {len(line)} bytes; expected at most 1 MiB; cut it", line)
    if line.lstrip()[:1] == b"{":
        return from_json(line, Scorable)
    try:
        return Scorable(line.decode("utf-8-sig").rstrip("\r\n"))
    except UnicodeDecodeError:
        raise CodecError("not UTF-8: expected UTF-8; save it as UTF-8", line) from None
