"""Workers go through a backlog of posts: what it takes them, seen from outside."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec import Struct

from bench.process_watch import check_alive, cpu_seconds
from tests.integration.installation import Installation, Worker, wait_for

STAGES = ("score", "pack", "count", "state")
_OUTCOMES = ("counted", "late", "duplicate", "ignored")


class Run(Struct):
    """One run through a backlog: CPU and wall seconds; of the stages wall microseconds a post."""

    posts: int
    cpu_s: float
    wall_s: float
    stages_us: dict[str, float]
    late: int

    @property
    def rate(self) -> float:
        """Posts per CPU-second."""
        return self.posts / self.cpu_s


def run_backlog(siaga: Installation, count: int) -> Run:
    """Measure a worker from ready until it has counted so many posts about one brand each; end it."""
    worker = siaga.worker(ready=False)
    wait_for("the worker to be ready", lambda: worker.get("/readyz")[0] == 200, 60, every_s=0.02)
    run = run_workers([worker], count)
    ended = worker.end()
    if ended:
        raise SystemExit(f"the worker ended with {ended}: {worker.log.read_text()[-2000:]}")
    return run


def run_workers(workers: Sequence[Worker], count: int) -> Run:
    """Measure workers that are ready, from now until together they have counted so many mentions."""
    before, began = sum(map(_handled, workers)), time.monotonic()
    cpu = sum(cpu_seconds(worker.process.pid) for worker in workers)
    wait_for("all mentions to be counted", lambda: _are_done(workers, count), 300, every_s=0.5)
    cpu_s = sum(cpu_seconds(worker.process.pid) for worker in workers) - cpu
    wall_s = time.monotonic() - began
    spent = {
        stage: sum(worker.metric("siaga_stage_seconds_sum", stage=stage) for worker in workers)
        for stage in STAGES
    }
    late = sum(worker.metric("siaga_mentions_outcome_total", outcome="late") for worker in workers)
    stages_us = {stage: seconds / count * 1e6 for stage, seconds in spent.items()}
    return Run(count - int(before), cpu_s, wall_s, stages_us, int(late))


def _handled(worker: Worker) -> float:
    """Return how many mentions were handled; one look costs the worker some milliseconds."""
    wanted = {f'siaga_mentions_outcome_total{{outcome="{outcome}"}}' for outcome in _OUTCOMES}
    samples = (line.rpartition(" ") for line in worker.get("/metrics")[1].splitlines())
    return sum(float(value) for name, _, value in samples if name in wanted)


def _are_done(workers: Sequence[Worker], count: int) -> bool:
    for worker in workers:
        check_alive(worker)
    if sum(map(_handled, workers)) < count:
        return False
    return sum(worker.metric("siaga_lag_records") for worker in workers) == 0
