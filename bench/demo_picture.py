"""Draws docs/demo.svg: what `siaga demo` shows an hour and a half into the outage."""

from __future__ import annotations

import re
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console

from agents.demo.gauge import Gauge
from agents.demo.inbox import Delivered
from agents.demo.scene import Scene
from agents.demo.script import story
from agents.demo.view import LiveView
from agents.demo.words import WORDS, Language
from agents.settings import load_settings
from detector.clock import MINUTE_MS, from_rfc3339
from detector.severity import Severity

ROOT = Path(__file__).parents[1]
NOW = from_rfc3339("2026-03-01T23:40:00+07:00")


def frame(language: Language) -> str:
    """Return the picture as SVG."""
    script = story(seed=7, now=NOW)
    scene, gauge = Scene(script), Gauge(load_settings(ROOT / "config", {}))
    end = script.events["crisis"].onset + 90 * MINUTE_MS
    for step in script.steps:
        if step.until > end:
            break
        scene.take_step(step, gauge.read(step, NOW), 0.0)
    scene.revisions += gauge.revisions
    scene.delivered += [Delivered(r, 0.0) for r in gauge.revisions if r.severity is not Severity.INFO]
    console = Console(record=True, width=100, force_terminal=True, file=StringIO())
    console.print(LiveView(console, WORDS[language], language, gauge).frame(scene))
    svg = console.export_svg(title="siaga demo")
    # Rich would load its font from elsewhere; any font of equal widths will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code,", "").replace("Fira Code", "monospace")


if __name__ == "__main__":
    for language, name in (("en", "demo.svg"), ("id", "demo.id.svg")):
        path = ROOT / "docs" / name
        path.write_text(frame(language))
        print(path.relative_to(ROOT), file=sys.stderr)
