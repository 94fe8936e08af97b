"""One backtest from its files to what each choice of settings and detectors made of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from msgspec import Struct

from agents.backtest.choice import Choice
from agents.backtest.counts import replay_counts
from agents.backtest.curves import Curves
from agents.backtest.inputs import Inputs
from agents.backtest.labels import Judgement, Label, brands_named, judge
from agents.backtest.order import in_time_order, survey
from agents.backtest.past import Past, detected_at
from agents.backtest.posts import replay_posts, replay_rows
from agents.backtest.rows import Rows
from agents.errors import CommandError
from agents.exit_codes import ExitCode
from agents.send_posts import Refuse
from agents.sources.files import CountsFile
from agents.sources.line import Line
from detector.clock import Millis
from detector.duration import format_duration
from detector.spike import Signal


class OptionError(CommandError):
    """Options that do not go together."""

    code = ExitCode.USAGE


Seen = Callable[[Iterator[Line]], Iterator[Line]]


class Wanted(Struct, frozen=True, kw_only=True):
    """What to run: the files, the choices (the first is the main one), and how.

    `as_given` runs posts in the order of the files, as the service would get them; `rows` is a file or a
    folder for a line for each row; `seen` is handed the posts on their way, to show progress;
    `curves` get what plots of the main choice need; `refuse` is told of posts that intake rejects.
    """

    inputs: Inputs
    choices: Sequence[Choice]
    signal: Signal
    now: Millis
    as_given: bool = False
    rows: str | None = None
    seen: Seen = iter
    curves: Curves | None = None
    refuse: Refuse | None = None


def run(wanted: Wanted) -> list[Past]:
    """Return what each choice led to, in their order."""
    pasts = [Past(int(choice.settings.detector.allowed_lateness)) for choice in wanted.choices]
    with ExitStack() as stack:
        writers = _Writers(wanted, stack)
        for brand, one in wanted.inputs.counts.items():
            for choice, past in zip(wanted.choices, pasts, strict=True):
                main = past is pasts[0]
                rows = writers.of(one.name) if main else None
                curve = wanted.curves.of(brand) if main and wanted.curves is not None else None
                with one.opened() as content:
                    if isinstance(content, CountsFile):
                        past.add(replay_counts(content.counts, brand, wanted.signal, choice, rows, curve))
        if wanted.inputs.posts:
            _run_posts(wanted, pasts, writers)
    return pasts


def _run_posts(wanted: Wanted, pasts: list[Past], writers: _Writers) -> None:
    rows = writers.of(wanted.inputs.posts[0].name)
    if rows is None:
        found = replay_posts(_lines(wanted), wanted.choices, wanted.now, wanted.curves, wanted.refuse)
    else:
        first, *others = wanted.choices
        found = [replay_rows(_lines(wanted), first, wanted.now, rows, wanted.curves, wanted.refuse)]
        found += replay_posts(_lines(wanted), others, wanted.now) if others else []
    for past, more in zip(pasts, found, strict=True):
        past.add(more)


def _lines(wanted: Wanted) -> Iterator[Line]:
    """Yield the posts in time order; those that already are, within the lateness, stay as they are."""
    lines = wanted.inputs.lines
    if wanted.as_given:
        return wanted.seen(lines())
    lateness_ms = min(int(choice.settings.detector.allowed_lateness) for choice in wanted.choices)
    found = survey(lines(), lateness_ms, wanted.now)
    if not found.behind:
        return wanted.seen(lines())
    print(
        f"not in time order: {found.behind} of {found.posts} posts are older than one before them, by up to "
        f"{format_duration(found.behind_ms // 1000 * 1000)}, and more than allowed_lateness "
        f"({format_duration(lateness_ms)}): sorted first; with --as-given they count as late",
        file=sys.stderr,
    )
    return wanted.seen(in_time_order(lines()))


class _Writers:
    """The files of `--rows`: one, or one for each input in a folder."""

    def __init__(self, wanted: Wanted, stack: ExitStack) -> None:
        self._path, self._stack = wanted.rows, stack
        self._folder = self._path is not None and (self._path.endswith("/") or Path(self._path).is_dir())
        inputs = len(wanted.inputs.counts) + bool(wanted.inputs.posts)
        if self._path is not None and not self._folder and inputs > 1:
            raise OptionError(
                f"one file for the rows of {inputs} series: got --rows {self._path}; expected a folder; "
                "end it with /"
            )
        if self._folder and self._path is not None:
            Path(self._path).mkdir(parents=True, exist_ok=True)

    def of(self, name: str) -> Rows | None:
        """Return where the rows of an input go."""
        if self._path is None:
            return None
        if self._path == "-":
            return Rows(sys.stdout)
        stem = "rows" if name == "-" else Path(name).stem
        path = Path(self._path, f"{stem}.csv") if self._folder else Path(self._path)
        out: IO[str] = self._stack.enter_context(path.open("w", encoding="utf-8"))
        return Rows(out)


def judged(
    labels: dict[str, list[Label]], past: Past, inputs: Inputs, names: dict[str, str], near_ms: int
) -> tuple[list[Judgement], list[str]]:
    """Return what the alarms of a run are worth, by key of the labels, and the labels that mean nothing here.

    These are keys that name nothing, and labels outside the time of the input: nobody could have seen that.
    `names` are the brands of posts with the names that people read.
    """
    known = _known(past, inputs, names)
    alarms: dict[str, list[Millis]] = {}
    for revision in past.alarms:
        alarms.setdefault(revision.brand, []).append(detected_at(revision, past.lateness_ms))
    judgements, unknown = [], []
    for key, wanted in labels.items():
        brands = brands_named(key, known)
        if not brands:
            unknown.append(key)
            continue
        told = [at for brand in brands for at in alarms.get(brand, [])]
        weeks = sum(past.weeks.get(brand, 0.0) for brand in brands)
        spans = [past.spans[brand] for brand in brands if brand in past.spans]
        seen = [label for label in wanted if any(label.is_within(*span, near_ms) for span in spans)]
        unknown += [f"{key} at {label}" for label in wanted if label not in seen]
        judgements.append(judge(key, brands, seen, told, weeks, near_ms))
    return judgements, unknown


def _known(past: Past, inputs: Inputs, names: dict[str, str]) -> dict[str, list[str]]:
    files = [one.name for one in inputs.posts]
    known = {brand: [brand, one.name] for brand, one in inputs.counts.items()}
    if inputs.posts:
        known |= {brand: [brand, name, *files] for brand, name in names.items()}
    return {brand: all_names for brand, all_names in known.items() if brand in past.weeks}
