"""How the cost of a post changes with workers, brands, partitions, and one brand that has half of all.

    python -m bench.scale [--posts 60000] [--runs 3] [--json FILE] [--write]

From one setting - one worker, 100 brands, 4 partitions - one thing at a time is changed. Workers are ready
and have shared the partitions before the posts come. CPU time is that of all workers together; no brand has
a past, so that only what is varied differs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient
from msgspec import Struct, to_builtins

from bench.bars import Bars
from bench.document import DOCS, machine, table, write_block
from bench.material import JAVA, bare_settings, brands, make_posts
from bench.needs import mention_bytes, needs, state_bytes
from bench.process_watch import cpu_seconds, rss_mb
from bench.produce import Outgoing, append
from bench.worker_run import run_workers
from detector.codec import pretty_json
from tests.integration.installation import Installation, Worker, installed, wait_for
from tests.kafka.broker import Broker

SPAN_MS = 2 * 60_000
BAR_WORKERS = 1.15


class Setting(Struct, frozen=True):
    """What is varied; `half` says that the first brand has half of all posts."""

    workers: int = 1
    brands: int = 100
    partitions: int = 4
    half: bool = False

    @property
    def name(self) -> str:
        """What differs from the base."""
        changed = [
            f"{getattr(self, field):,} {field}"
            for field in ("workers", "brands", "partitions")
            if getattr(self, field) != getattr(BASE, field)
        ]
        changed += ["half of all posts about one brand"] if self.half else []
        return ", ".join(changed) or "1 worker, 100 brands, 4 partitions"


BASE = Setting()
SETTINGS = (
    BASE,
    Setting(workers=2),
    Setting(workers=4),
    Setting(brands=1),
    Setting(brands=10_000),
    Setting(partitions=1),
    Setting(partitions=16),
    Setting(half=True),
    Setting(workers=4, partitions=16),
)


class Line(Struct):
    """The median of some runs of one setting: CPU seconds a million posts, memory of the largest worker."""

    setting: str
    cpu_s_per_million: float
    posts_per_s: float
    rss_mb: float
    shares: list[float]


@contextmanager
def partitioned(partitions: int) -> Iterator[None]:
    """Let siaga make and expect so many partitions."""
    names = [f"SIAGA_SERVICE_TOPICS_PARTITIONS_{topic}" for topic in ("POSTS", "MENTIONS")]
    os.environ.update(dict.fromkeys(names, str(partitions)))
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]


def one_run(broker: Broker, setting: Setting, count: int, prefix: str) -> Line:
    """Return what one run of a setting took."""
    about = brands(setting.brands)
    posts = make_posts(
        count,
        int(time.time() * 1_000),
        about=about,
        span_ms=SPAN_MS,
        first_share=0.5 if setting.half else None,
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        partitioned(setting.partitions),
        installed(broker.bootstrap, prefix, Path(folder), brands=about, scorer="vader") as siaga,
    ):
        workers = [siaga.worker(ready=False) for _ in range(setting.workers)]
        wait_for("the partitions to be shared", lambda: _shared(siaga, workers), 120, every_s=0.5)
        before = [_cpu(worker) for worker in workers]
        records = (Outgoing(post, i % setting.partitions) for i, post in enumerate(posts))
        append(broker.bootstrap, siaga.topic("posts"), records)
        run = run_workers(workers, count)
        spent = [_cpu(worker) - cpu for worker, cpu in zip(workers, before, strict=True)]
        memory = max(rss_mb(worker.process.pid) for worker in workers)
        for worker in workers:
            worker.end(timeout_s=60)
    if run.late:
        raise SystemExit(f"{setting.name}: {run.late} posts late; expected none")
    shares = [round(cpu / sum(spent), 2) for cpu in spent]
    return Line(setting.name, sum(spent) / count * 1e6, count / run.wall_s, memory, shares)


def _cpu(worker: Worker) -> float:
    return cpu_seconds(worker.process.pid)


def _shared(siaga: Installation, workers: Sequence[Worker]) -> bool:
    """Tell whether all are ready, and Kafka has given each of them partitions."""
    if not all(worker.get("/readyz")[0] == 200 for worker in workers):
        return False
    group = f"{siaga.prefix}siaga"
    admin = AdminClient({"bootstrap.servers": siaga.bootstrap})
    told = admin.describe_consumer_groups([group])[group].result(30)
    owning = sum(bool(member.assignment.topic_partitions) for member in told.members)
    return told.state == ConsumerGroupState.STABLE and owning == len(workers)


def measure(broker: Broker, settings: Sequence[Setting], count: int, runs: int) -> list[Line]:
    """Return the median of each setting; settings take turns, so that a busy minute hits none alone."""
    found: dict[Setting, list[Line]] = {setting: [] for setting in settings}
    for run in range(runs):
        for at, setting in enumerate(settings):
            line = one_run(broker, setting, count, f"scale-{at}-{run}-")
            found[setting].append(line)
            print(
                f"run {run + 1}: {line.setting}: {line.cpu_s_per_million:.1f} s", file=sys.stderr, flush=True
            )
    return [_median(lines) for lines in found.values()]


def _median(lines: Sequence[Line]) -> Line:
    return Line(
        lines[0].setting,
        median(line.cpu_s_per_million for line in lines),
        median(line.posts_per_s for line in lines),
        median(line.rss_mb for line in lines),
        sorted(lines[0].shares, reverse=True),
    )


def as_table(lines: Sequence[Line]) -> str:
    """Return the lines as a table."""
    base = lines[0].cpu_s_per_million
    rows = [
        (
            line.setting,
            f"{line.cpu_s_per_million:.1f}",
            f"{line.cpu_s_per_million / base:.2f}",
            f"{line.posts_per_s:,.0f}",
            f"{line.rss_mb:.0f}",
            " ".join(f"{share:.2f}" for share in line.shares),
        )
        for line in lines
    ]
    heads = ("setting", "CPU s a million posts", "times the first", "posts/s", "MB, largest worker")
    return table((*heads, "CPU by worker"), rows)


def derive(cpu_s_per_million: float) -> str:
    """Return what larger streams need, from what a million posts cost and how large records are."""
    about, now = brands(1_000), int(time.time() * 1_000)
    posts = make_posts(20_000, now, about=about, span_ms=60_000)
    with tempfile.TemporaryDirectory() as folder:
        settings = bare_settings(Path(folder), about)
        a_mention = mention_bytes(settings, posts, now)
        a_baseline, a_minute = state_bytes(settings, posts, list(about), now)
    a_post = sum(map(len, posts)) / len(posts)
    said = (
        f"A post {a_post:.0f} bytes, a mention {a_mention:.0f}; in the state topic "
        f"{a_baseline / 1e3:.1f} kB a brand, written anew each hour, {a_minute:.0f} bytes a closed minute "
        "of a brand with some posts."
    )
    return f"{needs(cpu_s_per_million, a_post, a_mention)}\n\n{said}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="the cost of a post as things grow")
    parser.add_argument("--posts", type=int, default=60_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", type=int, nargs="+", help="settings by their number, from 0")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--write", action="store_true", help="put the table into docs/scaling.md")
    options = parser.parse_args(arguments)
    settings = [SETTINGS[at] for at in options.only or range(len(SETTINGS))]
    with Broker(java_options=JAVA) as broker:
        lines = measure(broker, settings, options.posts, options.runs)
    said = f"Median of {options.runs} runs of {options.posts:,} posts, scorer vader; {machine()}."
    print(f"{as_table(lines)}\n\n{said}")
    bars, cpu = Bars(), {line.setting: line.cpu_s_per_million for line in lines}
    if {BASE.name, Setting(workers=4).name} <= cpu.keys():
        ratio = round(cpu[Setting(workers=4).name] / cpu[BASE.name], 2)
        bars.at_most("CPU a million posts, 4 workers against 1, times", ratio, BAR_WORKERS)
    if options.json:
        options.json.write_text(pretty_json({"machine": machine(), "scale": to_builtins(lines)}))
    derived = derive(cpu[BASE.name]) if BASE.name in cpu else ""
    print(f"\n{derived}")
    if options.write:
        write_block(DOCS / "scaling.md", "scale", f"{as_table(lines)}\n\n{said}")
        write_block(DOCS / "scaling.md", "needs", derived)
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
