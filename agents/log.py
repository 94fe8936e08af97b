"""The log: for people on a console, or one JSON object a line; never texts, names or authors.

Modules log through `structlog.get_logger(__name__)` with numbers and ids as values, never with a post.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import stamina.instrumentation
import structlog

from agents.wall_clock import monotonic
from detector.codec import to_json

# They repeat themselves for as long as a broker is down: 3,700 lines in a 30 s outage.
NOISY = ("agents.transport", "aiokafka", "faust", "kafka", "mode")  # Faust logs by its subclass, too
ONCE_IN_S = 10.0
# What would be personal if somebody logged it by mistake.
_PRIVATE = frozenset(
    {"text", "author", "handle", "post", "payload", "data", "url", "password", "token", "key"}
)


class RateLimit(logging.Filter):
    """Lets each message of a library through once in a while, and says how often it came in between.

    Parameters
    ----------
    every_s
        Seconds between two lines of the same template and level.
    clock
        Seconds that never go back.
    """

    def __init__(self, every_s: float = ONCE_IN_S, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._every_s = every_s
        self._clock = clock
        self._last: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is to be written."""
        if not record.name.startswith(NOISY) or record.levelno <= logging.INFO:
            return True
        # Some libraries format before they log; digits are what differs then.
        template = "".join(c for c in str(record.msg)[:200] if not c.isdigit())
        key = (record.name, record.levelno, template)
        now = self._clock()
        at, left_out = self._last.get(key, (float("-inf"), 0))
        if now - at < self._every_s:
            self._last[key] = (at, left_out + 1)
            return False
        if len(self._last) > 1_000:
            self._last.clear()
        self._last[key] = (now, 0)
        if left_out:
            record.msg = f"{record.getMessage()} ({left_out} more like it)"
            record.args = ()
        return True


def set_up_log(style: str = "console", level: str = "info", stream: Any = None) -> None:
    """Send structlog's and the libraries' lines to one stream, in one shape.

    Parameters
    ----------
    style
        ``console`` or ``json``.
    level
        ``debug``, ``info``, ``warning`` or ``error``.
    stream
        Where to; standard error when missing.
    """
    stream = stream or sys.stderr
    # What is tried again is told where it is known whose try it was: once, not at each attempt.
    stamina.instrumentation.set_on_retry_hooks(())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_last(style, stream)],
        )
    )
    handler.addFilter(RateLimit())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))


def _last(style: str, stream: Any) -> list[Any]:
    """Return the steps that make an event a line."""
    if style == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    return [structlog.dev.ConsoleRenderer(colors=bool(getattr(stream, "isatty", bool)()))]


def _without_private(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in _PRIVATE & event.keys():
        event[name] = "(left out)"
    return event


def _json(value: Any, **_: Any) -> str:
    try:
        return to_json(value).decode()
    except (TypeError, ValueError):
        return to_json({name: str(part) for name, part in value.items()}).decode()


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _without_private,
]
