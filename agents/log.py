"""The log: for people on a console, or one JSON object a line; never texts, names or authors.

Modules log through `structlog.get_logger(__name__)` with numbers and ids as values, never with a post.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import stamina.instrumentation
import structlog

from agents.log_limit import Allowance, Kind, More, Repeats, kind_of
from agents.wall_clock import monotonic
from detector.codec import to_json

# They repeat themselves for as long as a broker is down: 3,700 lines in a 30 s outage.
NOISY = ("agents.transport", "aiokafka", "faust", "kafka", "mode")  # Faust logs by its subclass, too
OF_LIBRARIES = Allowance(1, 60.0)
OF_FAULTS = Allowance(10, 60.0)
# Partitions of a start, incidents of a bad hour.
OF_EVENTS = Allowance(100, 60.0)
# What would be personal if somebody logged it by mistake.
_PRIVATE = frozenset(
    {"text", "author", "handle", "post", "payload", "data", "url", "password", "token", "key"}
)


class LimitedHandler(logging.StreamHandler[Any]):
    """Writes lines, but of those that repeat themselves only some, and how many more there were.

    Parameters
    ----------
    stream
        Where to.
    clock
        Seconds that never go back.
    """

    def __init__(self, stream: Any, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(stream)
        self._clock = clock
        self._repeats = Repeats()

    def handle(self, record: logging.LogRecord) -> bool:
        """Write a line, unless many like it were written just now."""
        with self._turn:
            if record.levelno >= logging.CRITICAL:  # the last line: the process ends
                self._tell(self._repeats.rest())
                return bool(super().handle(record))
            self.tell_repeats()
            allowance = _allowance(record)
            if allowance is not None and not self._repeats.admits(_kind(record), allowance, self._clock()):
                return False
            return bool(super().handle(record))

    def tell_repeats(self) -> None:
        """Write how often lines came that were left out, where their time is over."""
        with self._turn:
            self._tell(self._repeats.over(self._clock()))

    def close(self) -> None:
        """Write what there is to say of lines that were left out."""
        with self._turn:
            self._tell(self._repeats.rest())
        super().close()

    @property
    def _turn(self) -> Any:
        """Several threads log; the lock may be taken again by who has it."""
        return self.lock

    def _tell(self, left_out: Iterable[More]) -> None:
        for kind, count, within_s in left_out:
            # A library's line has places for what differs.
            text = f"{kind.text.replace('%s', '...')}: and {count:,} more in {within_s:.0f} s"
            super().handle(logging.LogRecord(kind.logger, kind.level, "", 0, text, None, None))


def tell_repeats() -> None:
    """Let the log say how often lines came that were left out; to be called every few seconds."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, LimitedHandler):
            handler.tell_repeats()


def _allowance(record: logging.LogRecord) -> Allowance | None:
    if record.levelno < logging.INFO:
        return None  # who asks for all gets all
    if record.name.startswith(NOISY):
        return OF_LIBRARIES
    return OF_EVENTS if record.levelno == logging.INFO else OF_FAULTS


def _kind(record: logging.LogRecord) -> Kind:
    said = record.msg
    text = said.get("event", "") if isinstance(said, dict) else said
    return kind_of(record.name, record.levelno, str(text))


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
    handler = LimitedHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_last(style, stream)],
        )
    )
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
