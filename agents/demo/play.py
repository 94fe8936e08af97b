"""Replays a script on a running worker, and watches what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agents.demo.broker import PARTITIONS, EmbeddedBroker
from agents.demo.gauge import Gauge
from agents.demo.inbox import Inbox
from agents.demo.scene import Scene
from agents.demo.script import Script, Step
from agents.demo.summary import Account
from agents.demo.view import View
from agents.demo.worker_process import WorkerProcess
from agents.errors import CommandError
from agents.wall_clock import monotonic, now_ms, sleep
from detector.codec import from_json
from detector.incident_record import Incident

STEP_S = 0.09
_SETTLE_S, _QUIET_S = 20.0, 2.5


def play(
    script: Script, broker: EmbeddedBroker, worker: WorkerProcess, inbox: Inbox, gauge: Gauge, view: View,
    topics: Callable[[str], str],
) -> Scene:  # fmt: skip
    """Send all steps, one each 0.09 s, and return what was seen once nothing more comes.

    Raises
    ------
    CommandError
        When the worker ends, or does not account for all posts in time.
    """
    scene = Scene(script)
    incidents = broker.reader([topics("incidents")])
    try:
        for step in script.steps:
            if step.scene != scene.scene:
                _catch_up(scene, worker)
            begun = monotonic()
            _send(step, broker, topics("posts"))
            scene.take_step(step, gauge.read(step, now_ms()), begun)
            _look(scene, incidents, inbox, view, until=begun + STEP_S)
            worker.check()
        _settle(scene, worker, incidents, inbox, view)
    finally:
        incidents.close()
    return scene


def _send(step: Step, broker: EmbeddedBroker, topic: str) -> None:
    """Send the posts of a step as one record for each partition, so that all of them have the same time."""
    for partition in range(PARTITIONS):
        if lines := step.posts[partition::PARTITIONS]:
            broker.send(topic, partition, b"\n".join(lines), now_ms())
    broker.flush()


def _look(scene: Scene, incidents: Any, inbox: Inbox, view: View, until: float) -> bool:
    """Take in what came until a moment; return whether anything did."""
    something = False
    while True:
        revisions = [from_json(m.value(), Incident) for m in incidents.consume(100, 0) if m.value()]
        scene.revisions += revisions
        delivered = scene.take_delivered(inbox)
        something = something or bool(revisions or delivered)
        view.show(scene, revisions, delivered)
        if (left := until - monotonic()) <= 0:
            return something
        sleep(min(left, 0.04))


def _catch_up(scene: Scene, worker: WorkerProcess) -> None:
    """Let the worker finish the days before: what comes is to be seen as it happens, not from a backlog."""
    end = monotonic() + _SETTLE_S
    while monotonic() < end and Account.of(worker.samples()).missing(scene.sent_posts):
        worker.check()
        sleep(0.05)


def _settle(scene: Scene, worker: WorkerProcess, incidents: Any, inbox: Inbox, view: View) -> None:
    """Wait until every post is accounted for and no more incidents come."""
    end = monotonic() + _SETTLE_S
    while monotonic() < end:
        came = _look(scene, incidents, inbox, view, until=monotonic() + _QUIET_S)
        worker.check()
        if not came and Account.of(worker.samples()).missing(scene.sent_posts) == 0:
            return
    missing = Account.of(worker.samples()).missing(scene.sent_posts)
    if missing:
        raise CommandError(f"{missing} posts are not accounted for; look into the worker's log: {worker.log}")
