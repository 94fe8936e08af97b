"""The configuration of a demonstration, written as any installation's: the worker knows of no demo."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

from agents.demo.broker import PARTITIONS
from agents.simulation.names import DEFAULT_BRAND

RECEIVER = "crisis-room"


def write_folder(
    folder: Path, *, broker: str, web_port: int, inbox: str, language: Literal["en", "id"], own: Path | None
) -> None:
    """Write the four files.

    Parameters
    ----------
    folder
        Where to.
    broker, web_port, inbox
        Addresses of Kafka, of the worker's probes, and of the receiver of alerts.
    language
        Of the alerts.
    own
        A folder whose brands.yml and detector.yml are taken instead of the demonstration's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    brand = DEFAULT_BRAND
    (folder / "brands.yml").write_text(
        f"brands:\n  {brand.key}:\n    name: {brand.name}\n    aliases: [{', '.join(brand.aliases)}]\n"
        f"    exclude: [{', '.join(brand.exclude)}]\n"
    )
    (folder / "detector.yml").write_text("{}\n")
    for name in ("brands.yml", "detector.yml", "lexicon.yml") if own else ():
        if own and (own / name).exists():
            shutil.copy(own / name, folder / name)
    # Posts of any age are told: a replay is about the past.
    (folder / "alerts.yml").write_text(
        f"receivers:\n  - {{name: {RECEIVER}, type: webhook, url: {inbox!r}, "
        f"language: {language}, max_age: 0s}}\n"
    )
    (folder / "service.yml").write_text(
        f"app_id: demo\ndata_dir: {str(folder / 'data')!r}\n"
        f"kafka: {{brokers: [{broker!r}]}}\n"
        f"topics: {{partitions: {{posts: {PARTITIONS}, mentions: {PARTITIONS}, incidents: {PARTITIONS}}}}}\n"
        f"web: {{port: {web_port}}}\nlog: {{format: json, level: info}}\n"
    )
