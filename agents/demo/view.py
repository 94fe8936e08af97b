"""The terminal while a demonstration runs: a drawing, or plain lines where there is no terminal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agents.demo.gauge import Gauge, Point
from agents.demo.inbox import Delivered
from agents.demo.scene import Scene
from agents.demo.words import Language, Words
from detector.clock import Millis, to_rfc3339
from detector.incident_record import Incident
from detector.message import message
from detector.severity import Severity

_COLORS = {Severity.INFO: "cyan", Severity.WARNING: "yellow", Severity.CRITICAL: "red"}
_BLOCKS = " ▁▂▃▄▅▆▇█"
_HEIGHT, _SHOWN = 10, 4


class View(Protocol):
    """What is told of a running demonstration."""

    def show(self, scene: Scene, revisions: Sequence[Incident], delivered: Sequence[Delivered]) -> None:
        """Show the scene as it is now, with what is new in it."""


class PlainView:
    """One line for each thing that happens."""

    def __init__(self, console: Console, words: Words, language: Language) -> None:
        self._console, self._words, self._language = console, words, language
        self._scene = ""

    def __enter__(self) -> PlainView:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""

    def show(self, scene: Scene, revisions: Sequence[Incident], delivered: Sequence[Delivered]) -> None:
        """Print what is new."""
        words = self._words
        if scene.scene != self._scene:
            self._scene = scene.scene
            self._say(f"{_moment(scene.now)}  -- {words.scenes[scene.scene]}")
        for one in revisions:
            self._say(f"{_moment_of(one.updated_at)}  {_incident_line(one, words, self._language)}")
        for alert in delivered:
            told = message(alert.incident, self._language).summary
            self._say(f"{_moment_of(alert.incident.updated_at)}  {words.alert.upper()}: {told}")

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class LiveView(AbstractContextManager["LiveView"]):
    """The drawing, redrawn in place."""

    def __init__(self, console: Console, words: Words, language: Language, gauge: Gauge) -> None:
        self._console, self._words, self._language, self._gauge = console, words, language, gauge
        self._live = Live(console=console, refresh_per_second=12, transient=False)

    def __enter__(self) -> LiveView:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, scene: Scene, revisions: Sequence[Incident], delivered: Sequence[Delivered]) -> None:
        """Draw the scene."""
        self._live.update(self.frame(scene))

    def frame(self, scene: Scene) -> RenderableType:
        """Return the whole drawing."""
        words, width = self._words, max(40, min(self._console.width, 110))
        points = list(scene.points)[-(width - 12) :]
        color = {"crisis": "bold red", "joke": "bold cyan"}.get(scene.scene, "bold green")
        title = Text.assemble(
            (self._gauge.name, "bold"), "   ", (_moment(scene.now), "dim"), "   ",
            (words.scenes[scene.scene], color), f"   {scene.sent_posts:,} / {scene.script.posts:,}",
        )  # fmt: skip
        return Group(
            Panel(Group(*chart(points, width - 12), _legend(points, words)), title=title, width=width),
            self._list(words.incidents, [self._incident(one[-1]) for one in scene.incidents], width),
            self._list(words.alerts, [self._alert(d.incident) for d in scene.delivered], width),
        )

    def _incident(self, one: Incident) -> Text:
        color = "dim" if one.state == "resolved" else _COLORS[one.severity]
        line = _incident_line(one, self._words, self._language)
        return Text(f"{_moment_of(one.updated_at)}  {line}", color)

    def _alert(self, one: Incident) -> Text:
        return Text(message(one, self._language).summary, _COLORS[one.severity])

    def _list(self, title: str, lines: Sequence[Text], width: int) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        for line in list(lines)[-_SHOWN:] or [Text(self._words.none_yet, "dim")]:
            table.add_row(line)
        return Panel(table, title=title, title_align="left", width=width, border_style="dim")


def chart(points: Sequence[Point], width: int) -> list[Text]:
    """Return the drawing: a column for each point, in the colour of the open incident.

    Parameters
    ----------
    points
        The oldest first; at most `width`.
    width
        Columns for the points.
    """
    top = max([10.0, *(float(p.observed) for p in points), *(1.2 * (p.least or 0) for p in points)])
    lines = []
    for row in range(_HEIGHT, 0, -1):
        line = Text(f"{top * row / _HEIGHT:5.0f} " if row in (1, _HEIGHT // 2, _HEIGHT) else " " * 6, "dim")
        line.append(" " * (width - len(points)))
        for point in points:
            level = point.observed / top * _HEIGHT - (row - 1)
            limit = -1.0 if point.least is None else point.least / top * _HEIGHT - (row - 1)
            color = _COLORS[point.severity] if point.severity else "green"
            if level > 0:
                block = _BLOCKS[max(1, min(8, round(8 * level)))]
                line.append(block, color)
            elif 0 <= limit < 1 and point.severity is None:
                line.append("┈", "yellow")
            else:
                line.append(" ")
        lines.append(line)
    return lines


def _legend(points: Sequence[Point], words: Words) -> Text:
    if not points:
        return Text()
    last = points[-1]
    mood = "" if last.polarity is None else f"   {words.mood} {last.polarity:+.2f}"
    least = "" if last.least is None or last.severity else f"   ┈ {words.least} {last.least}"
    return Text.assemble(
        ("█ ", "green"), f"{words.negative}: {last.observed}   {words.expected} {last.expected:.1f}",
        (least, "yellow"), mood,
    )  # fmt: skip


def _incident_line(one: Incident, words: Words, language: Language) -> str:
    told = message(one, language)
    why = told.summary if one.state == "resolved" else told.body.partition("\n")[0]
    return f"{words.changes[one.change]:<9} {words.severities[one.severity]:<9} {why}"


def _moment(at: Millis) -> str:
    return _moment_of(to_rfc3339(at))


def _moment_of(at: str) -> str:
    return f"{at[:10]} {at[11:16]} UTC"
