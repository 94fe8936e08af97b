"""`siaga worker`: waits for Kafka, then runs the service until it is told to stop."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, NoReturn

import structlog

from agents.ending import end_process
from agents.exit_codes import ExitCode
from agents.garbage import look_seldom
from agents.metrics import CONTENT_TYPE, Metrics, new_registry, render
from agents.probes import Probes
from agents.settings.load import Settings
from agents.wall_clock import sleep
from detector.intake import Rejection

log = structlog.get_logger("siaga.worker")

_RETRY_S = 2.0


def main(settings: Settings) -> NoReturn:
    """Run the service; returns only by ending the process.

    Parameters
    ----------
    settings
        Checked settings.
    """
    import uvloop

    uvloop.install()  # before faust makes its loop

    registry = new_registry()
    metrics = Metrics(
        registry,
        [r.name for r in settings.receivers],
        [str(reason) for reason in Rejection],
        [brand.key for brand in settings.brands[: settings.service.metrics.brands]],
    )
    state: dict[str, Any] = {}

    def is_ready() -> tuple[bool, str]:
        service = state.get("service")
        if service is None:
            return False, "waiting for Kafka"
        return (True, "ready") if service.is_ready else (False, "restoring state")

    web = settings.service.web

    def page() -> tuple[bytes, str]:
        if (service := state.get("service")) is not None:
            metrics.kafka_connected.set(service.is_connected)
        return render(registry), CONTENT_TYPE

    probes = Probes(web.host, web.port, page, is_ready)
    try:
        probes.start()
    except OSError as error:
        said = os.strerror(error.errno) if error.errno else str(error)
        why = f"cannot listen on {web.host}:{web.port} ({said}); change web.port in service.yml"
        end_process(ExitCode.UNAVAILABLE, why)
    _make_folder(settings.service.data_dir)
    # Until Faust listens itself; nothing that could need an orderly end has begun.
    signal.signal(signal.SIGTERM, _leave)
    _wait_for_kafka(settings, metrics)
    run(settings, metrics, state)


def _make_folder(path: str) -> None:
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
        said = "" if os.access(path, os.W_OK) else "it is not writable"
    except OSError as error:
        said = os.strerror(error.errno) if error.errno else str(error)
    if said:
        end_process(ExitCode.CONFIG, f"cannot use the folder {path} ({said}); change data_dir in service.yml")


def _leave(_signal: int, _frame: Any) -> NoReturn:
    raise SystemExit(ExitCode.OK)


def _wait_for_kafka(settings: Settings, metrics: Metrics) -> None:
    from agents.kafka_wait import look_at_kafka, unfit_topics

    brokers = ",".join(settings.service.kafka.brokers)
    told = False
    while (view := look_at_kafka(settings)).problem is not None:
        metrics.kafka_connected.set(0)
        if view.refused is not None:
            end_process(view.refused.code, str(view.refused))
        if not told:
            log.warning("waiting for Kafka", brokers=brokers, problem=view.problem)
        told = True
        sleep(_RETRY_S)
    metrics.kafka_connected.set(1)
    log.info("connected to Kafka", brokers=brokers)
    wrong = unfit_topics(settings, view.partitions)
    if wrong:
        end_process(ExitCode.CONFIG, f"{'; '.join(wrong)}; run `siaga topics`, or correct service.yml")


def run(settings: Settings, metrics: Metrics, state: dict[str, Any]) -> NoReturn:
    """Start Faust with the agents."""
    from agents.faust_app import make_worker
    from agents.service import Service

    look_seldom()
    service = Service(settings, metrics)
    state["service"] = service
    make_worker(service.app).execute_from_commandline()
    raise SystemExit(ExitCode.OK)
