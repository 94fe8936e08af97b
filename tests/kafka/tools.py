"""Kafka's own tools as scripts of a folder, under the names that they have in Kafka's `bin`."""

import os
import shlex
from pathlib import Path

from tests.kafka.distribution import Distribution, java

POM = Path(__file__).with_name("tools.xml")
CLASSES = {
    "kafka-configs.sh": "kafka.admin.ConfigCommand",
    "kafka-consumer-groups.sh": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-delete-records.sh": "org.apache.kafka.tools.DeleteRecordsCommand",
    "kafka-get-offsets.sh": "org.apache.kafka.tools.GetOffsetShell",
}


def write_scripts(distribution: Distribution, folder: Path) -> None:
    """Write the scripts of a Kafka version into a folder."""
    jars = [*_fetch(distribution).glob("*.jar"), *sorted(distribution.libs.glob("*.jar"))]
    classes = shlex.quote(os.pathsep.join(map(str, jars)))
    for name, main in CLASSES.items():
        script = folder / name
        quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        script.write_text(f'#!/bin/sh\nexec {java()} -Xmx128m {quiet} -cp {classes} {main} "$@"\n')
        script.chmod(0o755)


def _fetch(distribution: Distribution) -> Path:
    """Bring the jar of the tools here, unless it is, and return its folder."""
    distribution.fetch()
    kept = distribution.folder / "tools"
    distribution.take_jars(POM, kept, "*.jar", "the tools of Kafka")
    return kept
