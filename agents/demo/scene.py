"""All that a demonstration has seen so far: the terminal shows it, the summary judges it."""

from __future__ import annotations

from collections import deque
from queue import Empty

from msgspec import Struct, field

from agents.demo.gauge import Point
from agents.demo.inbox import Delivered, Inbox
from agents.demo.script import Script, Step
from detector.clock import MINUTE_MS, Millis, from_rfc3339
from detector.incident_record import Incident

POINTS = 240


class Sent(Struct, frozen=True):
    """When a step was sent: event time of its last post, and the monotonic clock in seconds."""

    until: Millis
    at: float


class Scene(Struct):
    """Grows while the replay runs; `revisions` are all of the incidents topic, in order of arrival."""

    script: Script
    sent_posts: int = 0
    scene: str = "quiet"
    now: Millis = 0
    points: deque[Point] = field(default_factory=lambda: deque(maxlen=POINTS))
    sent: list[Sent] = field(default_factory=list)
    revisions: list[Incident] = field(default_factory=list)
    delivered: list[Delivered] = field(default_factory=list)

    def take_step(self, step: Step, point: Point, at: float) -> None:
        """Note that a step was sent."""
        self.sent_posts += len(step.posts)
        self.scene, self.now = step.scene, step.until
        self.points.append(point)
        self.sent.append(Sent(step.until, at))

    def take_delivered(self, inbox: Inbox) -> list[Delivered]:
        """Take what reached the receiver since the last time."""
        new = []
        while True:
            try:
                new.append(inbox.arrived.get_nowait())
            except Empty:
                self.delivered += new
                return new

    @property
    def incidents(self) -> list[list[Incident]]:
        """The revisions of each incident, in the order in which the incidents opened."""
        by_id: dict[str, list[Incident]] = {}
        for revision in self.revisions:
            by_id.setdefault(revision.id, []).append(revision)
        return [sorted(one, key=lambda r: r.revision) for one in by_id.values()]

    def latency_s(self, delivered: Delivered) -> float | None:
        """Return the seconds from the sending of the deciding post to the receiver.

        The deciding post lies in the judged minute, hence in the first step that ends after it began.
        """
        decided = from_rfc3339(delivered.incident.opened_at)
        sent = next((s.at for s in self.sent if s.until >= decided + MINUTE_MS), None)
        return None if sent is None else max(0.0, delivered.at - sent)
