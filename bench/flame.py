"""Draws docs/flame.svg: where a worker's CPU time goes while it reads a backlog.

    build/peers/bin/python -m bench.flame [--posts 120000] [--scorer vader]

py-spy looks at the worker a hundred times a second, from outside; only samples that hold the interpreter or
run count. A bar is as wide as its part of the samples, and stands on what called it.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from msgspec import Struct, field

from agents.settings.load import load_settings
from bench.document import DOCS
from bench.material import JAVA, PARTITIONS, brands, make_posts
from bench.past import give_past, state_with_a_past
from bench.produce import Outgoing, append
from bench.worker_run import run_workers
from tests.integration.installation import installed
from tests.kafka.broker import Broker

WIDTH, ROW, LEAST = 1_200, 17, 0.004
_STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#111}rect{stroke:#fff;stroke-width:.5}"
    ".core{fill:#7fcdbb}.shell{fill:#c7e9b4}.other{fill:#d9d9d9}"
)


class Node(Struct):
    """A function and what it called; `samples` include those of its children."""

    name: str
    samples: int = 0
    children: dict[str, Node] = field(default_factory=dict)

    def add(self, frames: Sequence[str], samples: int) -> None:
        """Count the samples of a stack, outermost function first."""
        node = self
        node.samples += samples
        for frame in frames:
            node = node.children.setdefault(frame, Node(frame))
            node.samples += samples


def read_stacks(text: str) -> Node:
    """Return the tree of py-spy's raw output: ``outer;inner 17``, a stack a line.

    Functions below the first one of siaga's own are kept; event loop and interpreter above it are left out.
    """
    root = Node("all")
    for line in text.splitlines():
        stack, _, samples = line.rpartition(" ")
        frames = [frame.partition(":")[0].rstrip(")") for frame in stack.split(";")]
        first = next((i for i, frame in enumerate(frames) if _kind(frame) != "other"), 0)
        root.add([_short(frame) for frame in frames[first:]], int(samples))
    return root


def _short(frame: str) -> str:
    """Return a function and the last two parts of its file."""
    name, _, file = frame.partition(" (")
    return f"{name} {'/'.join(file.split('/')[-2:])}"


def _kind(frame: str) -> str:
    if "detector/" in frame or "sentiment/" in frame:
        return "core"
    return "shell" if "agents/" in frame else "other"


def draw(root: Node, title: str) -> str:
    """Return the tree as a whole SVG file; what is narrower than .4 % is left out."""
    rows = list(_rows(root, 0.0, 0, root.samples))
    height = (max(depth for *_, depth in rows) + 3) * ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}"><title>{escape(title)}</title><style>{_STYLE}</style>',
        f'<text x="4" y="13">{escape(title)}</text>',
    ]
    for node, x, width, depth in rows:
        y, part = (depth + 1) * ROW, node.samples / root.samples
        shown = escape(node.name[: max(0, int(width / 6.2))])
        parts.append(
            f'<g><title>{escape(node.name)}: {part:.1%}</title><rect class="{_kind(node.name)}" x="{x:.1f}" '
            f'y="{y}" width="{width:.1f}" height="{ROW - 1}"/>'
            f'<text x="{x + 3:.1f}" y="{y + 12}">{shown if len(shown) > 2 else ""}</text></g>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _rows(node: Node, x: float, depth: int, whole: int) -> Iterator[tuple[Node, float, float, int]]:
    width = node.samples / whole * WIDTH
    yield node, x, width, depth
    for child in sorted(node.children.values(), key=lambda child: -child.samples):
        if child.samples / whole >= LEAST:
            yield from _rows(child, x, depth + 1, whole)
        x += child.samples / whole * WIDTH


def record(count: int, scorer: str) -> str:
    """Return py-spy's stacks of a worker that reads so many posts."""
    about = brands(1_000)
    posts = make_posts(count, int(time.time() * 1_000), about=about, span_ms=count)
    with (
        Broker(java_options=JAVA) as broker,
        tempfile.TemporaryDirectory() as folder,
        installed(broker.bootstrap, "flame-", Path(folder), brands=about, scorer=scorer) as siaga,
    ):
        settings = load_settings(siaga.config, {"SIAGA_SERVICE_KAFKA_BROKERS": broker.bootstrap})
        give_past(siaga, state_with_a_past(settings, posts, list(about), int(time.time() * 1_000)))
        worker, stacks = siaga.worker(), Path(folder) / "stacks"
        spy = subprocess.Popen(
            [
                Path(sys.executable).with_name("py-spy"), "record", "--pid", str(worker.process.pid),
                "--format", "raw", "--output", stacks, "--rate", "100", "--duration", "600",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        append(
            broker.bootstrap,
            siaga.topic("posts"),
            (Outgoing(post, i % PARTITIONS) for i, post in enumerate(posts)),
        )
        run_workers([worker], count)
        spy.send_signal(signal.SIGINT)
        spy.wait(30)
        return stacks.read_text()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="where a worker's CPU time goes")
    parser.add_argument("--posts", type=int, default=120_000)
    parser.add_argument("--scorer", default="vader")
    options = parser.parse_args(arguments)
    root = read_stacks(record(options.posts, options.scorer))
    title = f"siaga worker, scorer {options.scorer}, {options.posts:,} posts, {root.samples:,} samples"
    (DOCS / "flame.svg").write_text(draw(root, title))
    print(f"{title}: {DOCS / 'flame.svg'}")


if __name__ == "__main__":
    main()
