"""What is replayed: posts cut into steps of event time, short ones where something happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from agents.errors import DataError
from agents.simulation.draft import NATURAL_MIX, Voice
from agents.simulation.events import Crisis, FuriousAuthor, Joke
from agents.simulation.names import DEFAULT_BRAND, names_of
from agents.simulation.plan import STORY_MS, Request, plan
from agents.simulation.season import HOUR_MS, latest
from agents.simulation.simulate import Simulation
from agents.sources.files import PostsFile, open_file
from detector.clock import MINUTE_MS, Millis, from_rfc3339
from detector.codec import to_json
from detector.intake import read_record

_CALM_STEP_MS = 4 * HOUR_MS
_SLOW_STEP_MS, _CLOSE_STEP_MS = 6 * MINUTE_MS, 2 * MINUTE_MS
_OWN_STEPS = 300
RATE = 0.4  # posts per minute on an ordinary day


class Step(Struct, frozen=True):
    """Posts that are sent together: all up to `until`, event time. `scene` names what is going on."""

    until: Millis
    posts: list[bytes]
    scene: str


class Event(Struct, frozen=True):
    """Something that happens in the story, from `onset` to `end`, event time."""

    name: str
    onset: Millis
    end: Millis

    def holds(self, at: Millis) -> bool:
        """Return whether it is going on."""
        return self.onset <= at < self.end


class Script(Struct, frozen=True):
    """The whole replay; `events` by name, empty for posts of one's own."""

    steps: list[Step]
    events: dict[str, Event]
    posts: int


def story(seed: int, now: Millis) -> Script:
    """Return the story of an internet provider: two quiet weeks, a joke, an outage at dusk; it ends now."""
    # From midnight (WIB) on: all chance follows the begin, so a seed tells one story whatever the minute is.
    start = latest(0.0, now - STORY_MS)
    wanted = Request("story", start, now - start, RATE)
    voice = Voice(names_of(DEFAULT_BRAND), NATURAL_MIX)
    simulation = Simulation(wanted, seed, DEFAULT_BRAND.key, voice)
    posts = [(from_rfc3339(post.created_at), to_json(post)) for post in simulation.posts()]
    happening = [stream for stream in plan(wanted) if isinstance(stream, Crisis | Joke | FuriousAuthor)]
    events = {one.name: Event(one.name, one.onset, one.end) for one in happening}
    return Script(list(_steps(posts, list(_edges(wanted.start, now, events)), events)), events, len(posts))


def own(path: Path, now: Millis) -> Script:
    """Return posts of a file, in order of time, cut into steps of equally many.

    Raises
    ------
    DataError
        When the file holds no posts.
    """
    posts: list[tuple[Millis, bytes]] = []
    other: list[bytes] = []  # what intake will reject is sent as well: it has its place
    with path.open("rb") as stream:
        opened = open_file(stream, path.name)
        if not isinstance(opened, PostsFile):
            raise DataError(
                f"{path}: no posts: got counts; expected posts as JSON lines or CSV; give such a file"
            )
        for line in opened.lines:
            data = line.data.replace(b"\n", b" ").replace(b"\r", b" ")
            taken = read_record(data, now).accepted
            if taken:
                posts.append((taken[0].post.created_at, data))
            else:
                other.append(data)
    if not posts:
        raise DataError(
            f"{path}: no post that can be read: got {len(other)} others; expected some; see `siaga send`"
        )
    posts.sort(key=lambda pair: pair[0])
    size = max(4, -(-len(posts) // _OWN_STEPS))
    cut = [posts[i : i + size] for i in range(0, len(posts), size)]
    steps = [Step(part[-1][0], [line for _, line in part], "replay") for part in cut]
    steps[0].posts.extend(other)
    return Script(steps, {}, len(posts) + len(other))


def _edges(start: Millis, end: Millis, events: dict[str, Event]) -> Iterator[Millis]:
    """Yield the ends of the steps: long ones on quiet days, short ones when something happens."""
    at = start
    while at < end:
        step = _CALM_STEP_MS
        for event, close in ((events.get("joke"), _SLOW_STEP_MS), (events.get("crisis"), _CLOSE_STEP_MS)):
            if event is None:
                continue
            begin = event.onset - HOUR_MS
            if begin <= at < event.end:
                step = close
            elif at < begin < at + step:
                step = begin - at
        at = min(end, at + step)
        yield at


def _steps(
    posts: Iterable[tuple[Millis, bytes]], edges: list[Millis], events: dict[str, Event]
) -> Iterator[Step]:
    waiting = iter(posts)
    following = next(waiting, None)
    for edge in edges:
        lines = []
        while following is not None and following[0] < edge:
            lines.append(following[1])
            following = next(waiting, None)
        if edge == edges[-1]:
            while following is not None:
                lines.append(following[1])
                following = next(waiting, None)
        yield Step(edge, lines, _scene(edge, events))


def _scene(at: Millis, events: dict[str, Event]) -> str:
    for name in ("crisis", "joke"):
        if name in events and events[name].holds(at):
            return name
    return "quiet"
