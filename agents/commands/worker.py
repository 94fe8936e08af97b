"""`siaga worker`: runs the service."""

from __future__ import annotations

import os
from typing import Any

import click

from agents.commands.options import config_option, example
from agents.settings import folder_of, load_settings


@click.command(epilog=example("siaga worker --config config"))
@config_option
@click.option("--web-port", type=click.IntRange(1, 65_535), help="Port of /metrics and the probes.")
@click.option("--data-dir", type=click.Path(file_okay=False), help="Scratch space of this worker.")
def command(config: str | None, **given: Any) -> None:
    """Run the service: read posts, detect spikes, send alerts.

    Waits for Kafka, and needs the topics that `siaga topics` makes. Several workers share the load. Ends
    on SIGTERM within seconds; ends with 70 or 75 when a restart is the cure, with 78 when a person is.
    """
    variables = {"web_port": "SIAGA_SERVICE_WEB_PORT", "data_dir": "SIAGA_SERVICE_DATA_DIR"}
    options = {variables[name]: str(value) for name, value in given.items() if value is not None}
    settings = load_settings(folder_of(config, os.environ), os.environ | options)
    from agents import worker
    from agents.log import set_up_log

    set_up_log(settings.service.log.format, settings.service.log.level)
    worker.main(settings)
