"""Puts a demonstration together, runs it, and takes it down again."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct
from rich.console import Console

from agents.demo.broker import EmbeddedBroker
from agents.demo.folder import write_folder
from agents.demo.gauge import Gauge
from agents.demo.inbox import Inbox
from agents.demo.picture import write_page
from agents.demo.play import play
from agents.demo.script import own, story
from agents.demo.summary import Account, delay_ms, faults, print_summary
from agents.demo.view import LiveView, PlainView
from agents.demo.words import WORDS, Language
from agents.demo.worker_process import WorkerProcess, free_port
from agents.exit_codes import ExitCode
from agents.settings import load_settings
from agents.topic_plan import plan_topics
from agents.wall_clock import now_ms, sleep
from detector.clock import MINUTE_MS


class Wanted(Struct, frozen=True):
    """What the command line asked for."""

    posts: Path | None
    own: Path | None
    seed: int
    language: Language
    page: Path
    keep: bool


def run(wanted: Wanted, folder: Path, opened: ExitStack) -> ExitCode:
    """Run a demonstration; what it starts is closed by `opened`."""
    console, words = Console(), WORDS[wanted.language]
    script = own(wanted.posts, now_ms()) if wanted.posts else story(wanted.seed, now_ms())
    console.print(words.starting, highlight=False)
    broker, inbox, port = EmbeddedBroker(), Inbox(), free_port()
    opened.callback(inbox.close)
    write_folder(
        folder,
        broker=broker.address,
        web_port=port,
        inbox=inbox.url,
        language=wanted.language,
        own=wanted.own,
    )
    settings = load_settings(folder, {k: v for k, v in os.environ.items() if not k.startswith("SIAGA_")})
    broker.make_topics(plan.name for plan in plan_topics(settings.service))
    worker = WorkerProcess(folder, port)
    opened.callback(worker.stop)
    ready_s = worker.wait_until_ready()
    console.print(words.ready.format(seconds=ready_s, posts=script.posts), highlight=False)
    gauge = Gauge(settings)
    view = (
        LiveView(console, words, wanted.language, gauge)
        if console.is_terminal
        else PlainView(console, words, wanted.language)
    )
    with view:
        scene = play(script, broker, worker, inbox, gauge, view, settings.service.topic)
    counts = Account.of(worker.samples())
    print_summary(console, scene, counts, words, wanted.language)
    write_page(script, settings, folder, wanted.page, now_ms())
    console.print(words.page.format(path=wanted.page), highlight=False, soft_wrap=True)
    wrong = faults(scene, counts)
    for key, n in wrong:
        console.print(words.bad[key].format(n=n), style="bold red", highlight=False)
    if not wrong and script.events and (delay := delay_ms(scene)) is not None:
        console.print(words.good.format(delay=delay // MINUTE_MS), style="bold green", highlight=False)
    if wanted.keep:
        console.print(
            words.addresses.format(kafka=broker.address, metrics=worker.page, folder=folder), soft_wrap=True
        )
        while True:
            worker.check()
            sleep(1)
    return ExitCode.FAILED if wrong else ExitCode.OK
