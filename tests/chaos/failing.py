"""A worker that fails at a chosen place: `python -m tests.chaos.failing` stands for `siaga`.

The environment says where. ``FAILPOINTS`` is a JSON list of points, each with

* ``what``: ``incident``, ``late``, ``rejected``, ``mentions``, ``minute``, ``brand``, ``header``,
  ``baseline``, ``ledger`` - a record that is sent; or ``commit``, ``fetch``, ``restored``;
* ``when``: ``before`` or ``after`` it is done, or ``within``: writing was allowed, nothing is sent yet;
* ``do``: ``kill`` (SIGKILL), ``stop`` (SIGSTOP, of this process), ``hang`` (wait for ever), ``fail`` (raise);
* ``at``: at which time the place is reached, 1 by default.

``CLOCK_FILE`` names a file with milliseconds by which the wall clock is wrong; it is read at every look.
``LIMITS`` is a JSON object of constants that are to be shorter, such as ``agents.watchdog.STILL_S``.
"""

import asyncio
import importlib
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct


class Point(Struct):
    """A place, and what happens there."""

    what: str
    do: str
    when: str = "before"
    at: int = 1


class Points:
    """Counts how often each place is reached, and fails where it was asked to."""

    def __init__(self, points: Iterable[Point]) -> None:
        self.points = list(points)
        self.reached: Counter[tuple[str, str]] = Counter()

    def concern(self, what: str) -> bool:
        return any(point.what == what for point in self.points)

    async def reach(self, when: str, what: str | None) -> None:
        if what is None:
            return
        self.reached[when, what] += 1
        for point in self.points:
            if (point.when, point.what) == (when, what) and point.at == self.reached[when, what]:
                print(
                    json.dumps({"event": "failpoint", "when": when, "what": what, "do": point.do}), flush=True
                )
                await _do(point.do)


async def _do(what: str) -> None:
    match what:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "hang":
            await asyncio.Event().wait()
        case "fail":
            raise RuntimeError("failed on purpose")
        case _:
            raise ValueError(f"unknown deed: got {what}")


def kind_of(topic: str, key: bytes | None) -> str | None:
    """Say what a record is, as points name it."""
    if topic.endswith("-state-changelog"):
        return (key or b"").split(b"/")[1].decode()
    ends = {
        "incidents": "incident",
        "posts-late": "late",
        "posts-rejected": "rejected",
        "mentions": "mentions",
    }
    if topic.endswith("-alerts-changelog"):
        return "ledger"
    return next((kind for end, kind in ends.items() if topic.endswith(end)), None)


def place(points: Points) -> None:
    """Put the points into the running code, by wrapping what it calls."""
    from faust.transport.drivers import aiokafka as driver

    from agents.detect_spikes import DetectSpikes
    from agents.sender import Sender
    from agents.transport import SlabConsumer

    send, produce = Sender.send, driver.Producer.send
    commit, fetch, restored = SlabConsumer._commit, SlabConsumer._getmany, DetectSpikes._own

    async def sending(self, records):
        records = list(records)
        kinds = [kind_of(record.topic, record.key) for record in records]
        if not any(kind and points.concern(kind) for kind in kinds):
            return await send(self, records)
        times = []
        # One by one: what is sent at once may become durable in any part.
        for record, kind in zip(records, kinds, strict=True):
            await points.reach("before", kind)
            times += await send(self, [record])
            await points.reach("after", kind)
        return times

    async def producing(self, topic, key, *rest, **more):
        await points.reach("within", kind_of(topic, key))
        return await produce(self, topic, key, *rest, **more)

    def around(name, call):
        async def wrapped(*args, **more):
            await points.reach("before", name)
            done = await call(*args, **more)
            await points.reach("after", name)
            return done

        return wrapped

    Sender.send = sending
    driver.Producer.send = producing
    SlabConsumer._commit = around("commit", commit)
    SlabConsumer._getmany = around("fetch", fetch)
    DetectSpikes._own = around("restored", restored)


def step_clock(path: Path) -> None:
    """Let the wall clock of this process be wrong by what a file says."""
    real, real_ns = time.time, time.time_ns

    def wrong_by_ms() -> int:
        try:
            return int(path.read_text() or 0)
        except FileNotFoundError:
            return 0

    time.time = lambda: real() + wrong_by_ms() / 1_000
    time.time_ns = lambda: real_ns() + wrong_by_ms() * 1_000_000


def shorten(limits: dict[str, float]) -> None:
    """Set constants of the program, which must exist."""
    for path, value in limits.items():
        module, _, name = path.rpartition(".")
        found = importlib.import_module(module)
        getattr(found, name)
        setattr(found, name, value)


def main() -> None:
    if clock := os.environ.get("CLOCK_FILE"):
        step_clock(Path(clock))
    from agents import worker
    from agents.command_line import main as siaga

    points = Points(Point(**point) for point in json.loads(os.environ.get("FAILPOINTS", "[]")))
    run = worker.run

    def running(*args):
        # Late: uvloop must be there before Faust is imported.
        place(points)
        shorten(json.loads(os.environ.get("LIMITS", "{}")))
        run(*args)

    worker.run = running
    sys.argv[0] = "siaga"
    siaga()


if __name__ == "__main__":
    main()
