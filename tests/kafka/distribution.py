"""What a Kafka broker starts from: jars from Maven, a formatted data folder, an archive of loaded classes.

Everything is made once per checkout and Kafka version, under `build/kafka/<version>`, and then only read.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.kafka.process import free_port, kafka_id, serves, spawn

DEFAULT_VERSION = "4.3.1"
CHECKOUT = Path(__file__).resolve().parents[2]
BUILD = CHECKOUT / "build" / "kafka"
POM = Path(__file__).with_name("pom.xml")

# A test broker lives for minutes with little data: a quick start counts, peak throughput does not.
JAVA_OPTIONS = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Xshare:auto",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)


class KafkaUnavailable(Exception):
    """Kafka cannot be had on this machine; the message says what to do."""


def default_version() -> str:
    """Give the Kafka version that the environment asks for, else the default."""
    return os.environ.get("KAFKA_VERSION") or DEFAULT_VERSION


def java() -> str | None:
    """Find the Java launcher: JAVA_HOME first, then the path."""
    home = os.environ.get("JAVA_HOME")
    return (shutil.which("java", path=Path(home) / "bin") if home else None) or shutil.which("java")


def missing_packages(version: str) -> list[str]:
    """Name the Debian packages without which Kafka cannot start here; none if it can."""
    missing = []
    if java() is None:
        missing.append("openjdk-17-jre-headless")
    if shutil.which("mvn") is None and not Distribution(version).libs.is_dir():
        missing.append("maven")
    return missing


class Distribution:
    """The files of one Kafka version.

    Parameters
    ----------
    version
        A release of Apache Kafka on Maven, such as ``4.3.1``.
    """

    def __init__(self, version: str) -> None:
        self.version = version
        self.folder = BUILD / version
        self.libs = self.folder / "libs"
        self.checkpoint = self.folder / "bootstrap.checkpoint"

    @property
    def archive(self) -> Path:
        """The class archive (AppCDS) for this Java; Java refuses one that another build of it wrote."""
        launcher = Path(java() or "java").resolve()
        stat = launcher.stat()
        key = f"{launcher} {stat.st_size} {stat.st_mtime_ns} {self.libs}"
        return self.folder / f"classes-{hashlib.sha256(key.encode()).hexdigest()[:12]}.jsa"

    def command(self, main: str, *arguments: str, options: tuple[str, ...] = ()) -> list[str]:
        """Spell the command line of a Kafka main class."""
        # In sorted order, not `libs/*`: the archive is only used with the class path it was made with.
        classes = os.pathsep.join(str(jar) for jar in sorted(self.libs.glob("*.jar")))
        return [str(java()), *JAVA_OPTIONS, *options, "-cp", classes, main, *arguments]

    def fetch(self) -> None:
        """Bring the jars here, unless they are; a second session waits for the first."""
        if self.libs.is_dir():
            return
        if missing := missing_packages(self.version):
            raise KafkaUnavailable(f"a Kafka broker needs {' and '.join(missing)}: apt-get install them")
        self.take_jars(POM, self.libs, "kafka_*.jar", f"Kafka {self.version}")

    def take_jars(self, pom: Path, kept: Path, pattern: str, what: str) -> None:
        """Bring the jars that a POM names into a folder, unless it is there; `pattern` finds one of them."""
        with self.locked():
            if kept.is_dir():
                return
            with self.workshop() as scratch:
                fetched = scratch / kept.name
                result = subprocess.run(
                    [
                        *("mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"),
                        f"-Dkafka.version={self.version}",
                        f"-DoutputDirectory={fetched}",
                        "-DincludeScope=runtime",
                    ],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                if result.returncode or not any(fetched.glob(pattern)):
                    said = (result.stdout + result.stderr)[-2000:]
                    raise KafkaUnavailable(f"Maven could not fetch {what}: {said}")
                fetched.rename(kept)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other sessions out while something is made."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def workshop(self) -> Iterator[Path]:
        """Lend a folder on the same file system, so that what is finished is moved into place at once."""
        scratch = Path(tempfile.mkdtemp(prefix=".making-", dir=self.folder))
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def prepare(distribution: Distribution) -> None:
    """Fetch Kafka, and make what shortens every later start; a second session waits for the first."""
    distribution.fetch()
    if distribution.archive.exists() and distribution.checkpoint.exists():
        return
    with distribution.locked(), distribution.workshop() as scratch:
        if distribution.archive.exists() and distribution.checkpoint.exists():
            return
        data, properties = scratch / "data", scratch / "server.properties"
        ports, cluster_id = (free_port(), free_port()), kafka_id()
        write_settings(properties, *ports, data, {})
        format_command = distribution.command(
            "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(properties)
        )
        result = subprocess.run(format_command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise KafkaUnavailable(f"Kafka could not format its data folder: {result.stderr[-2000:]}")
        shutil.copy(data / "bootstrap.checkpoint", scratch / "bootstrap.checkpoint")
        archive, log = scratch / "classes.jsa", scratch / "server.log"
        process = spawn(
            distribution.command(
                "kafka.Kafka", str(properties), options=(f"-XX:ArchiveClassesAtExit={archive}",)
            ),
            log,
        )
        deadline = time.monotonic() + 60
        while process.poll() is None and not serves(ports[0], cluster_id) and time.monotonic() < deadline:
            time.sleep(0.03)
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if not archive.exists():
            raise KafkaUnavailable(f"Kafka {distribution.version} did not start: {log.read_text()[-3000:]}")
        archive.rename(distribution.archive)
        (scratch / "bootstrap.checkpoint").rename(distribution.checkpoint)


def write_settings(
    path: Path, port: int, controller_port: int, data: Path, settings: Mapping[str, object]
) -> None:
    """Write `server.properties` of a broker that is its own controller."""
    own = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": data,
        # As in production, a topic that nobody created is an error.
        "auto.create.topics.enable": "false",
        "num.partitions": 4,
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
        # After a crash the controller refuses the broker until its old session has ended: 9 s by default.
        "broker.session.timeout.ms": 2000,
        "broker.heartbeat.interval.ms": 500,
        "num.network.threads": 2,
        "num.io.threads": 2,
        "log.cleaner.dedupe.buffer.size": 2 * 1024 * 1024,
    }
    path.write_text("".join(f"{key}={value}\n" for key, value in (own | dict(settings)).items()))
