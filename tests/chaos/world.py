"""An installation under load whose workers fail: what the cases share."""

import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.chaos import judge
from tests.chaos.load import crisis, parts
from tests.integration.installation import SIAGA, Installation, Worker, wait_for

FAILING = [sys.executable, "-m", "tests.chaos.failing"]
RESTARTS = (70, 75, -9)
Points = list[dict[str, object]]


class World:
    """Workers, a load and a judgement; a worker that ends is started anew, as a supervisor would.

    Parameters
    ----------
    siaga
        The installation; it ends its workers.
    seed
        Of the load and of everything that happens at random.
    hours
        How much event time the load spans.
    """

    def __init__(self, siaga: Installation, seed: int, hours: int = 7) -> None:
        print(f"seed {seed}")
        self.siaga = siaga
        self.seed = seed
        self.rng = random.Random(seed)
        self.sent = crisis(seed, hours)
        self.exits: list[int] = []
        self.plans: list[Points] = []  # for the workers that take the place of others, one after the other
        self._kept: list[Worker] = []
        self._plan_of: dict[int, Points] = {}
        self._over = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._supervisor.start()

    def start(self, *, ready: bool = True, env: dict[str, str] | None = None, **failing: object) -> Worker:
        """Start a worker, with failpoints where there are some: ``points=[...]``, ``limits={...}``."""
        env = dict(env or {})
        if points := failing.get("points"):
            env["FAILPOINTS"] = json.dumps(points)
        if limits := failing.get("limits"):
            env["LIMITS"] = json.dumps(limits)
        command = FAILING if env.keys() & {"FAILPOINTS", "LIMITS", "CLOCK_FILE"} else SIAGA
        worker = self.siaga.worker(ready=False, command=command, env=env)
        if ready:
            worker.wait_ready(120)
        self._kept.append(worker)
        self._plan_of[worker.process.pid] = failing.get("points") or []
        return worker

    @property
    def newest(self) -> Worker:
        """The worker that was started last."""
        return self._kept[-1]

    def _supervise(self) -> None:
        """Start a worker anew for each that ended by itself; `exits` has all codes."""
        while not self._over.wait(0.2):
            for worker in list(self._kept):
                if (code := worker.process.poll()) is not None and worker in self._kept:
                    self.exits.append(code)
                    self._kept.remove(worker)
                    if code not in RESTARTS:
                        print(f"ended with {code}:\n{worker.log.read_text()[-3000:]}")
                        return
                    if code != -9 and (missed := self._plan_of[worker.process.pid]):
                        self.plans.insert(0, missed)  # it never came to its place
                    self.start(ready=False, points=self.plans.pop(0) if self.plans else [])

    def close(self) -> None:
        """Start no more workers."""
        self._over.set()
        self._supervisor.join()

    def retire(self, worker: Worker) -> None:
        """Let a worker be ended by the case itself."""
        with suppress(ValueError):
            self._kept.remove(worker)

    def load(self, seconds: float, count: int = 40) -> Iterator[int]:
        """Send all posts in parts, evenly over some seconds; yield after each part."""
        begun = time.monotonic()
        for number, part in enumerate(parts(self.sent, count)):
            self.siaga.send(part)
            assert set(self.exits) <= set(RESTARTS), self.exits
            yield number
            while time.monotonic() - begun < seconds * (number + 1) / count:
                time.sleep(0.05)

    def run(
        self, seconds: float, deeds: dict[int, Callable[[], object]] | None = None, count: int = 40
    ) -> None:
        """Send all posts, and do something after some of the parts."""
        for number in self.load(seconds, count):
            if deeds and number in deeds:
                deeds[number]()

    def assert_exact(self) -> None:
        """Judge, with the supervisor at work meanwhile."""
        judge.assert_exact(self.siaga, self.sent)
        assert set(self.exits) <= set(RESTARTS), self.exits

    def send_in_parts(self, posts: list[dict], count: int = 10, pause_s: float = 0.5) -> None:
        """Send some posts at an even pace."""
        for part in parts(posts, count):
            self.siaga.send(part)
            time.sleep(pause_s)

    def halves(self) -> tuple[list[dict], list[dict]]:
        """Return the posts before and after the middle of the load."""
        half = len(self.sent) // 2
        return self.sent[:half], self.sent[half:]

    def counted(self, workers: Sequence[Worker] | None = None) -> float:
        """Return how many mentions the living workers have counted since they started."""
        living = [w for w in workers or self._kept if w.process.poll() is None]
        return sum(w.metric("siaga_mentions_outcome_total", outcome="counted") for w in living)

    def wait_for_log(self, worker: Worker, text: str, timeout_s: float = 60.0) -> None:
        wait_for(f"{text!r} in the log", lambda: text in worker.log.read_text(errors="replace"), timeout_s)


class Remembered:
    """An installation some of whose topics are judged by other records than they hold now."""

    def __init__(self, siaga: Installation, **topics: Callable[[], list[Any]]) -> None:
        self._siaga = siaga
        self._topics = {name.replace("_", "-"): records for name, records in topics.items()}

    def records(self, name: str) -> Iterable[Any]:
        known = self._topics.get(name)
        return self._siaga.records(name) if known is None else known()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._siaga, name)


def state_of(worker: Worker) -> str:
    """Return the kernel's letter for a process: T is stopped."""
    return Path(f"/proc/{worker.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
