"""How a command ends, for scripts and supervisors.

Source: `sysexits.h` of BSD; the names say what it takes to get on.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    OK = 0
    FAILED = 1
    """It ran, and what it was to show did not happen."""
    USAGE = 64
    """The command line is wrong."""
    DATA = 65
    """Some of the input was refused; the rest was worked on."""
    UNAVAILABLE = 69
    """Kafka or a receiver cannot be reached."""
    SOFTWARE = 70
    """A fault of this program, or a write that was not confirmed: a restart replays it."""
    DISK = 74
    """An output cannot be written: the disk is full, over its quota or broken."""
    TEMPORARY = 75
    """Stuck: a restart is likely to help."""
    NO_PERMISSION = 77
    """Kafka or the file system refuses the access."""
    CONFIG = 78
    """The configuration, or what is stored in Kafka, does not fit: somebody has to decide."""
    INTERRUPTED = 130
    """Ended by Ctrl-C."""
