"""Measures the service end to end: one worker, a real Kafka, a backlog of posts that all match a brand.

    python -m bench.end_to_end [--posts 120000] [--scorers vader lexicon fused] [--per-record 1 100] [--write]

The posts are in Kafka before the worker starts, and so is the state of a service that has run for hours: all
brands are judged. Measured is from ready until every mention is counted: CPU
time of the worker's process with all its threads, so that a busy machine changes little; the median of the
runs is shown. A second table has what the core's stages cost in this process, on the same posts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from msgspec import Struct, to_builtins

from agents.settings.load import Settings, load_settings
from bench.bars import Bars
from bench.document import DOCS, machine, table, write_block
from bench.material import JAVA, PARTITIONS, brands, bundled, make_posts
from bench.past import give_past, state_with_a_past
from bench.produce import Outgoing, append
from bench.stages import stage_costs
from bench.worker_run import STAGES, run_backlog
from detector.codec import pretty_json
from tests.integration.installation import installed
from tests.kafka.broker import Broker

# Posts per CPU-second, by scorer and posts a record.
AT_LEAST = {("vader", 1): 35_000, ("vader", 100): 40_000, ("lexicon", 1): 20_000, ("lexicon", 100): 20_000}


class Line(Struct):
    """The median of some runs of one kind."""

    scorer: str
    per_record: int
    posts_per_cpu_s: float
    posts_per_s: float
    cpu_us: float
    stages_us: dict[str, float]
    late: int


def end_to_end(
    broker: Broker,
    posts: Sequence[bytes],
    about: dict[str, dict[str, Any]],
    scorer: str,
    per_record: int,
    runs: int,
    fresh: bool = False,
) -> tuple[Line, Settings]:
    """Return the median of some runs, each on topics of its own, and the settings they ran with."""
    found, state = [], None
    for run in range(runs):
        prefix = f"bench-{scorer}-{per_record}-{run}-"
        with (
            tempfile.TemporaryDirectory() as folder,
            installed(broker.bootstrap, prefix, Path(folder), brands=about, scorer=scorer) as siaga,
        ):
            settings = load_settings(siaga.config, {"SIAGA_SERVICE_KAFKA_BROKERS": broker.bootstrap})
            if not fresh:
                state = state or state_with_a_past(settings, posts, list(about), int(time.time() * 1_000))
                give_past(siaga, state)
            records = enumerate(bundled(posts, per_record))
            append(broker.bootstrap, siaga.topic("posts"), (Outgoing(r, i % PARTITIONS) for i, r in records))
            found.append(run_backlog(siaga, len(posts)))
        rate = f"{found[-1].rate:,.0f} posts per CPU-second"
        print(f"{scorer}, {per_record} a record, run {run + 1}: {rate}", file=sys.stderr, flush=True)
    line = Line(
        scorer,
        per_record,
        posts_per_cpu_s=median(run.rate for run in found),
        posts_per_s=median(run.posts / run.wall_s for run in found),
        cpu_us=median(1e6 / run.rate for run in found),
        stages_us={stage: median(run.stages_us[stage] for run in found) for stage in STAGES},
        late=max(run.late for run in found),
    )
    return line, settings


def rates(lines: Sequence[Line]) -> str:
    """Return the lines as a table."""
    rows = [
        (
            f"{line.scorer}, {line.per_record} a record",
            f"{line.posts_per_cpu_s:,.0f}",
            f"{line.cpu_us:.1f}",
            f"{line.posts_per_s:,.0f}",
            *(f"{cost:.1f}" for cost in line.stages_us.values()),
            line.late,
        )
        for line in lines
    ]
    walls = [f"{stage}, wall µs" for stage in STAGES]
    return table(("scorer", "posts a CPU-second", "CPU µs a post", "posts/s", *walls, "late"), rows)


def stages(lines: Sequence[Line], costs: dict[str, dict[str, float]]) -> str:
    """Return the cost of each stage as a table, a column a scorer; what is left is Kafka's and Faust's."""
    names = [name for name in next(iter(costs.values())) if not name.startswith("(")]
    apart = [name for name in next(iter(costs.values())) if name.startswith("(")]
    core = {scorer: sum(found[name] for name in names) for scorer, found in costs.items()}
    whole = {line.scorer: line.cpu_us for line in lines if line.per_record == 1}
    rows = [(name, *(f"{found[name]:.1f}" for found in costs.values())) for name in names]
    rows.append(("core, all of the above", *(f"{core[scorer]:.1f}" for scorer in costs)))
    if whole:
        rest = (f"{whole[scorer] - core[scorer]:.1f}" for scorer in costs)
        rows.append(("fetch, send, Kafka's protocol, Faust, ticks: the rest of the worker", *rest))
    rows += [(name, *(f"{found[name]:.1f}" for found in costs.values())) for name in apart]
    return table(("CPU µs a post, one a record", *costs), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="what one worker reaches on a real Kafka")
    parser.add_argument("--posts", type=int, default=120_000)
    parser.add_argument("--brands", type=int, default=1_000)
    parser.add_argument("--fresh", action="store_true", help="brands without a past: none is judged")
    parser.add_argument("--scorers", nargs="+", default=["vader", "lexicon", "fused"])
    parser.add_argument("--per-record", type=int, nargs="+", default=[1, 100])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=2, help="over how many minutes the posts spread")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    options = parser.parse_args(arguments)
    about = brands(options.brands)
    now, span_ms = int(time.time() * 1_000), int(options.minutes * 60_000)
    posts = make_posts(options.posts, now - 60_000, about=about, span_ms=span_ms)
    lines, costs = [], {}
    with Broker(java_options=JAVA) as broker:
        for scorer in options.scorers:
            for per_record in options.per_record:
                line, settings = end_to_end(
                    broker, posts, about, scorer, per_record, options.runs, options.fresh
                )
                lines.append(line)
            costs[scorer] = stage_costs(settings, posts, now)
    said = (
        f"Median of {options.runs} runs of {options.posts:,} posts over {options.minutes:g} minutes, "
        f"{options.brands:,} brands, {PARTITIONS} partitions, one worker; {machine()}."
    )
    print(f"{rates(lines)}\n\n{said}\n\n{stages(lines, costs)}\n")
    bars = Bars()
    for line in lines:
        if (bar := AT_LEAST.get((line.scorer, line.per_record))) is not None:
            what = f"posts per CPU-second, {line.scorer}, {line.per_record} a record"
            bars.at_least(what, round(line.posts_per_cpu_s), bar)
    if options.json:
        options.json.write_text(pretty_json({"end_to_end": to_builtins(lines), "stages_us": costs}))
    if options.write:
        write_block(DOCS / "performance.md", "end to end", f"{rates(lines)}\n\n{said}")
        write_block(DOCS / "performance.md", "stages", stages(lines, costs))
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
