"""The files of a backtest: each can be read more than once, the standard input too."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, count
from pathlib import Path
from typing import IO

from msgspec import Struct

from agents.sources.files import CountsFile, PostsFile, open_file
from agents.sources.line import Line


class Input(Struct, frozen=True):
    """One file, or what came over the standard input."""

    name: str
    platform: str
    spooled: IO[bytes] | None = None

    @contextmanager
    def opened(self) -> Iterator[PostsFile | CountsFile]:
        """Yield its content from the start."""
        if self.spooled is not None:
            self.spooled.seek(0)
            yield open_file(self.spooled, self.name, self.platform)
            return
        with open(self.name, "rb") as stream:
            yield open_file(stream, self.name, self.platform)


class Inputs(Struct, frozen=True):
    """All files: those of posts are one stream, each of counts is a brand; `counts` are by brand."""

    posts: list[Input]
    counts: dict[str, Input]

    def lines(self) -> Iterator[Line]:
        """Yield all posts, file by file."""
        for one in self.posts:
            with one.opened() as content:
                if not isinstance(content, PostsFile):
                    continue
                if len(self.posts) == 1:
                    yield from content.lines
                else:
                    yield from (Line(it.number, it.data, it.problem, one.name) for it in content.lines)


def open_inputs(names: Sequence[str], platform: str, stack: ExitStack) -> Inputs:
    """Return the files, looked into; `stack` ends what they need.

    A file of counts is named after its file; a name that is taken gets a number.
    """
    found = Inputs([], {})
    for name in names:
        one = Input(name, platform, _spooled(stack) if name == "-" else None)
        with one.opened() as content:
            if isinstance(content, CountsFile):
                found.counts[_free(_brand_of(name), found.counts)] = one
                continue
            if content.ignored:
                print(f"{name}: columns that nobody reads: {', '.join(content.ignored)}", file=sys.stderr)
        found.posts.append(one)
    return found


def _spooled(stack: ExitStack) -> IO[bytes]:
    file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(sys.stdin.buffer, file)
    return file


def _brand_of(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", Path(name).stem.lower()).strip("-")[:60] or "counts"


def _free(brand: str, taken: dict[str, Input]) -> str:
    names = chain([brand], (f"{brand}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)
