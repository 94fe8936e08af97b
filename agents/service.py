"""The composition root: settings become a Faust app with its three agents, in the order of the flow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from faust.types.tuples import TP

from agents.assembly import new_reader, new_shard
from agents.delivery import Dispatcher
from agents.detect_spikes import DetectSpikes, DetectSpikesSettings
from agents.ending import end_process
from agents.exit_codes import ExitCode
from agents.faust_app import make_app
from agents.log import tell_repeats
from agents.loop_watch import LOOK_S as LOOP_LOOK_S
from agents.loop_watch import LoopWatch
from agents.metrics import OFFSET_TOPICS, Metrics
from agents.receiver_assembly import receiver_of
from agents.score_posts import TICK_S, ScorePosts, ScorePostsSettings
from agents.send_alerts import RECONCILE_S, LedgerTable, SendAlerts
from agents.sender import Sender
from agents.settings.load import Settings
from agents.state_table import StateTable
from agents.transport import SupersededError, install
from agents.wall_clock import now_ms
from agents.watchdog import LOOK_S, Memory, Sight, Watchdog, standstill_s

# How often silent platforms are counted: every platform of every brand is looked at.
_SILENCE_S = 60.0
# How often the size of the state is measured: every record is looked at.
_SIZE_S = 30.0
# How often the log says what it left out.
_REPEATS_S = 5.0
# How often the newest windows are shown.
_WINDOWS_S = 5.0


class Service:
    """The running parts, for the probes and for tests."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.settings = settings
        self.metrics = metrics
        self.app = make_app(settings)
        kafka = settings.service.kafka
        topics = [settings.service.topic("posts"), settings.service.topic("mentions")]
        transport = install(self.app, topics, kafka.session_timeout.seconds)
        self._lease = transport.lease
        self.sender = Sender(self.app, self._lease)
        self.restored = False
        self._tables: dict[str, StateTable] = {}
        self._on_lost = transport.on_lost
        self._score_posts()
        self._detect_spikes()
        self._send_alerts()
        _timer(self.app, _SIZE_S, "show_sizes", self._show_sizes)
        watchdog = Watchdog(self.app, self._lease, lambda: self.is_ready, self._show_progress)
        _timer(self.app, LOOK_S, "watchdog", watchdog.look)
        _timer(self.app, LOOP_LOOK_S, "loop_watch", LoopWatch().look)
        _timer(self.app, _REPEATS_S, "tell_repeats", _tell_repeats)

    @property
    def is_connected(self) -> bool:
        """Whether Kafka answered a heartbeat not long ago."""
        return self._lease.is_held

    @property
    def is_ready(self) -> bool:
        """Whether partitions are assigned and their state is restored."""
        return self.restored and self._detecting.is_prepared and not self.app.rebalancing

    def _score_posts(self) -> None:
        settings, service = self.settings, self.settings.service
        scoring = ScorePosts(
            self.app,
            new_reader(settings, service.topics.partitions.mentions),
            self.sender,
            self.metrics,
            ScorePostsSettings(
                posts=service.topic("posts"),
                mentions=service.topic("mentions"),
                rejected=service.topic("posts_rejected"),
                lateness_ms=int(settings.detector.allowed_lateness),
                start=settings.detector.start,
            ),
        )
        self._on_lost.append(scoring.forget)
        _agent(self.app, service.topic("posts"), "score_posts", lambda event: scoring.handle(event.value))
        _timer(self.app, TICK_S / 2, "tick", scoring.tick)

    def _detect_spikes(self) -> None:
        service = self.settings.service
        table = StateTable(self.app, "state", service.topics.partitions.mentions)
        self._tables["state"] = table
        detecting = self._detecting = DetectSpikes(
            self.app,
            table,
            partial(new_shard, self.settings),
            self.sender,
            self.metrics,
            DetectSpikesSettings(
                mentions=service.topic("mentions"),
                late=service.topic("posts_late"),
                incidents=service.topic("incidents"),
                state_topic=table.topic,
                incident_partitions=service.topics.partitions.incidents,
                lateness_ms=int(self.settings.detector.allowed_lateness),
            ),
        )
        self._on_lost.append(detecting.forget)
        self._watch_rebalances(table)
        _timer(self.app, TICK_S / 2, "prepare", detecting.prepare)
        _timer(self.app, TICK_S, "show", detecting.show)
        _timer(self.app, _WINDOWS_S, "show_windows", detecting.show_windows)
        _timer(self.app, _SILENCE_S, "show_silence", detecting.show_silence)
        _agent(
            self.app, service.topic("mentions"), "detect_spikes", lambda event: detecting.handle(event.value)
        )

    def _send_alerts(self) -> None:
        settings, service = self.settings, self.settings.service
        partitions = service.topics.partitions.incidents
        table = StateTable(self.app, "alerts", partitions)
        self._tables["alerts"] = table
        ledger = LedgerTable(table, self.sender, partitions)
        receivers = [receiver_of(configured) for configured in settings.receivers]
        rules = {r.name: r.rule for r in settings.receivers}
        dispatcher = Dispatcher(receivers, rules, ledger, self.metrics, now_ms, guide=settings.guide)
        sending = SendAlerts(self.app, service.topic("incidents"), ledger, dispatcher)
        table.on_recover(sending.restored)
        _agent(
            self.app, service.topic("incidents"), "send_alerts", lambda event: sending.handle(event.message)
        )
        _timer(self.app, RECONCILE_S, "reconcile", sending.reconcile)

        @self.app.on_before_shutdown.connect
        async def shutting_down(app: Any, **kwargs: Any) -> None:
            await sending.close()

    def _show_progress(self, seen: Mapping[TP, Sight] | None, memory: Memory | None) -> None:
        """Show how much waits, by Kafka's own word: slabs that do not come say nothing of it."""
        self.metrics.last_look.set(now_ms() / 1_000)
        names = {self.settings.service.topic(which): which for which in OFFSET_TOPICS}
        for name, which in names.items():
            self.metrics.standstill.labels(topic=which).set(standstill_s(memory, name))
        for tp, sight in (seen or {}).items():
            waiting = max(sight.end - sight.progress.handled, 0)
            self.metrics.lag.labels(topic=names[tp.topic], partition=str(tp.partition)).set(waiting)

    async def _show_sizes(self) -> None:
        for name, table in self._tables.items():
            records, size = table.size
            self.metrics.state_records.labels(table=name).set(records)
            self.metrics.state_bytes.labels(table=name).set(size)

    def _watch_rebalances(self, table: StateTable) -> None:
        async def recovered() -> None:
            self.restored = True
            self.metrics.state_restored.set(1)
            self.metrics.rebalancing.set(0)

        def lost() -> None:
            self.restored = False
            self.metrics.state_restored.set(0)
            self.metrics.rebalancing.set(1)
            # All partitions go, and some may not come back: what is said of them is nobody's now.
            for gauge in (self.metrics.lag, self.metrics.watermark, self.metrics.watermark_delay):
                gauge.clear()

        table.on_recover(recovered)
        self._on_lost.append(lost)


def _agent(app: Any, topic: str, name: str, handle: Any) -> None:
    """Register an agent; what its handler cannot deal with ends the process, and a restart replays it."""

    async def run(stream: Any) -> None:
        async for event in stream.events():
            try:
                await handle(event)
            except SupersededError:
                continue
            except asyncio.CancelledError:
                raise
            except Exception as error:
                end_process(ExitCode.SOFTWARE, f"{name}: {error!r}", error)

    channel = app.topic(topic, value_type=None, value_serializer="raw", key_serializer="raw")
    app.agent(channel, name=name, concurrency=1)(run)


def _timer(app: Any, every_s: float, name: str, work: Any) -> None:
    async def run() -> None:
        while not app.should_stop:
            try:
                await work()
            except SupersededError:
                pass
            except asyncio.CancelledError:
                raise
            except Exception as error:
                if not app.rebalancing and not app.should_stop:
                    end_process(ExitCode.SOFTWARE, f"{name}: {error!r}", error)
            await app.sleep(every_s)

    run.__name__ = name
    app.task(run)


async def _tell_repeats() -> None:
    tell_repeats()
