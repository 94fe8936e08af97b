"""Turns what can go wrong into one line for people and an exit code for scripts."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Mapping

from agents.exit_codes import ExitCode
from agents.settings.problem import ConfigError

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class CommandError(Exception):
    """A failure with its exit code; the text is the one line that people read."""

    code = ExitCode.SOFTWARE


class DataError(CommandError):
    """Input that cannot be worked on at all."""

    code = ExitCode.DATA


class UnavailableError(CommandError):
    """Kafka or a receiver that does not answer in time."""

    code = ExitCode.UNAVAILABLE


class RefusedError(CommandError):
    """An access that Kafka or the file system refuses."""

    code = ExitCode.NO_PERMISSION


class MismatchError(CommandError):
    """What is stored in Kafka does not fit the configuration."""

    code = ExitCode.CONFIG


def explain(error: BaseException) -> tuple[list[str], ExitCode]:
    """Return the lines that tell of an error, without a traceback, and the exit code."""
    if isinstance(error, ConfigError):
        return [str(problem) for problem in error.problems], ExitCode.CONFIG
    if isinstance(error, CommandError):
        return [_one_line(str(error))], error.code
    if isinstance(error, KeyboardInterrupt):
        return [], ExitCode.INTERRUPTED
    if isinstance(error, PermissionError):
        where = f" to {error.filename}" if error.filename else ""
        text = f"no access{where}: got {error.strerror}; expected to be allowed; mend its permissions"
        return [text], ExitCode.NO_PERMISSION
    if isinstance(error, OSError) and error.errno in (*_NO_ROOM, errno.EROFS):
        return [_unwritten(error)], ExitCode.NO_PERMISSION if error.errno == errno.EROFS else ExitCode.DISK
    if isinstance(error, OSError) and error.filename:
        return [f"{error.filename}: {error.strerror}; correct the path"], ExitCode.DATA
    name = type(error).__name__
    text = (
        f"fault of siaga: got {name}: {_one_line(str(error))}; please report it with what SIAGA_DEBUG=1 shows"
    )
    return [text], ExitCode.SOFTWARE


def _unwritten(error: OSError) -> str:
    # A write, unlike an opening, does not know its file.
    where = f" {error.filename}" if error.filename else ", or the temporary folder"
    expected = "a disk that can be written" if error.errno == errno.EROFS else "a disk with room"
    return (
        f"cannot write the output{where}: got {error.strerror}; expected {expected}; what is there is not "
        "complete; make room, or name another place (TMPDIR for the temporary folder)"
    )


def report(error: BaseException, env: Mapping[str, str]) -> ExitCode:
    """Print an error on stderr as people read it, and return the exit code."""
    lines, code = explain(error)
    if env.get("SIAGA_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)
    for line in lines:
        print(f"siaga: {line}", file=sys.stderr)
    return code


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]
