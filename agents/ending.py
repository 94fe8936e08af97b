"""The one way in which the running service gives up: at once, with a reason and an exit code."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import structlog


def end_process(code: int, why: str, error: BaseException | None = None) -> NoReturn:
    """Log why, then end the process without any further write.

    Faust would acknowledge what was in work when an exception leaves an agent; ending the process leaves it
    uncommitted, so that the successor reads it again.
    """
    structlog.get_logger("siaga").critical("ending", why=why, exit_code=int(code), exc_info=error)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
