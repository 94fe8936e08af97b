"""`siaga score`: the sentiment of posts or lines of text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import IO

import click
from msgspec import Struct

from agents.assembly import ignored_words, new_scorer
from agents.commands.options import config_option, example
from agents.exit_codes import ExitCode
from agents.settings import folder_of, load_settings
from agents.settings.detector import DetectorFile
from detector.codec import CodecError, from_json, pretty_json, to_json
from detector.post import MAX_TEXT_CHARS
from detector.sentiment import Language, Scorer, Term
from detector.sentiment.registry import SCORER_NAMES, ScorerName, make_scorer, trace_of

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
        "echo 'internet lemot, admin tidak membantu' | siaga score",
        "siaga score posts.jsonl | head -3",
        'siaga score --explain "pelayanannya ramah tapi lemot bgt"',
    )
)
@click.argument("file", default="-", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@config_option
@click.option("--scorer", type=click.Choice(SCORER_NAMES), help="Instead of the configured one.")
@click.option("--brand", metavar="KEY", help="Score as posts about this brand: its names say nothing.")
@click.option("--explain", metavar="TEXT", help="Show how the score of one text comes about.")
@click.option("--json", "as_json", is_flag=True, help="With --explain: print JSON, for machines.")
def command(
    file: str,
    config: str | None,
    scorer: ScorerName | None,
    brand: str | None,
    explain: str | None,
    as_json: bool,
) -> ExitCode:
    """Score the sentiment of posts or lines of text.

    Reads JSON lines with a text, or plain text lines, from FILE or the standard input; writes one JSON
    object a line in the same order: id (else the line's number), lang, compound, polarity, label, coverage
    and terms. What they mean: docs/sentiment.md.
    Without --brand the brands' own words are not known, so they count like others.

    Ends with 65 when a line could not be read; it is named on stderr, and the others are scored.
    """
    if explain is not None and file != "-":
        raise click.UsageError("--explain takes a text, and no file beside it; leave out one of the two")
    if as_json and explain is None:
        raise click.UsageError("--json goes with --explain; without it every line is JSON anyway")
    chosen, ignore = _chosen(config, scorer, brand)
    if explain is not None:
        _explain(explain, chosen, ignore, as_json)
        return ExitCode.OK
    with click.open_file(file, "rb") as lines:
        bad = score_lines(lines, chosen, sys.stdout.buffer, file, ignore)
    return ExitCode.DATA if bad else ExitCode.OK


def _chosen(config: str | None, name: ScorerName | None, key: str | None) -> tuple[Scorer, Sequence[str]]:
    """Return the scorer and what it is to ignore; without a configuration the default scorer."""
    folder = folder_of(config, os.environ)
    if config is None and not os.environ.get("SIAGA_CONFIG") and not os.path.isdir(folder):
        if key is not None:
            raise click.UsageError(f"--brand needs a configuration: got no folder {folder}; use --config")
        return make_scorer(name or DetectorFile().scorer), ()
    settings = load_settings(folder, os.environ)
    brands = {brand.key: brand for brand in settings.brands}
    if key is None:
        return new_scorer(settings, None, name), ()
    if key not in brands:
        keys = ", ".join(sorted(brands)[:10])
        raise click.UsageError(f"no such brand: got {key[:80]!r}; expected a key of brands.yml ({keys})")
    return new_scorer(settings, key, name), ignored_words(settings, brands[key])


def _explain(text: str, scorer: Scorer, ignore: Sequence[str], as_json: bool) -> None:
    text = text[:MAX_TEXT_CHARS]
    trace = trace_of(scorer, text, ignore)
    if as_json:
        click.echo(pretty_json(trace), nl=False)
    else:
        from agents.commands.explain import show

        show(trace, scorer.version)


def score_lines(
    lines: IO[bytes], scorer: Scorer, out: IO[bytes], name: str, ignore: Sequence[str] = ()
) -> int:
    """Score line by line, each written as soon as it is scored; return how many could not be read."""
    bad = 0
    for number, line in enumerate(_bounded(lines), 1):
        if not line.strip():
            continue
        try:
            post = _scorable(line)
        except CodecError as error:
            bad += 1
            print(f"{name}: line {number}: {error}", file=sys.stderr)
            continue
        score = scorer.explain(post.text[:MAX_TEXT_CHARS], ignore, post.lang)
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


def _bounded(lines: IO[bytes]) -> Iterator[bytes]:
    """Yield lines, of those that are too long no more than shows that they are: no line fills the memory."""
    while line := lines.readline(_MAX_LINE_BYTES + 1):
        yield line
        while len(line) > _MAX_LINE_BYTES and line[-1:] != b"\n":
            line = lines.readline(_MAX_LINE_BYTES + 1)


def _scorable(line: bytes) -> Scorable:
    if len(line) > _MAX_LINE_BYTES:
        raise CodecError("line too long: got more than 1 MiB; expected at most 1 MiB; cut it", line)
    if line.count(b"\0") * 3 > len(line) > 3:
        raise CodecError("as good as every other byte is NUL, as in UTF-16: save it as UTF-8", line)
    if line.lstrip()[:1] == b"{":
        return from_json(line, Scorable)
    try:
        return Scorable(line.decode("utf-8-sig").rstrip("\r\n"))
    except UnicodeDecodeError:
        raise CodecError("not UTF-8: expected UTF-8; save it as UTF-8", line) from None
