"""A whole siaga on a real broker, as a user runs it: configuration, topics, workers and a webhook."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import yaml
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from detector.duration import parse_duration
from tests.kafka.process import free_port

SIAGA = [str(Path(sys.executable).with_name("siaga"))]
BRANDS = {
    "kunang": {"name": "Kunang Fiber", "aliases": ["kunang fiber", "kunangfiber"]},
    "camar": {"name": "Camar Air", "aliases": ["camar air"]},
    "rimba": {"name": "Rimba Kopi", "aliases": ["rimba kopi"]},
}


# No deadline of a test is a bar: those are measured by the tests themselves, or by the benchmarks.
_PATIENCE = 3
# Every revision that a test reads from the topic or gets at a webhook is held against the schema there.
_INCIDENT = jsonschema.Draft202012Validator(
    json.loads((Path(__file__).parents[2] / "docs/schemas/incident.schema.json").read_text())
)


def wait_for(
    what: str, condition: Callable[[], object], timeout_s: float = 60.0, every_s: float = 0.1
) -> object:
    """Return the first true value of a condition.

    Parameters
    ----------
    what
        What the condition says, for the error.
    condition
        Asked time and again.
    timeout_s
        What is plenty on a quiet machine, in seconds; a busy one gets three times as long.
    every_s
        How long to wait between two questions, in seconds.

    Raises
    ------
    AssertionError
        When it stays false until the deadline.
    """
    timeout_s *= _PATIENCE
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(every_s)
    raise AssertionError(f"waited {timeout_s} s in vain for: {what}")


class Webhook:
    """A receiver that keeps what it accepts, in `received`; `refuse` and `hang` make it a bad one."""

    def __init__(self) -> None:
        self.received: list[dict] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []
        self.times: list[float] = []
        self.refuse = 0
        self.hang = threading.Event()
        self.hang.set()
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                webhook.hang.wait(300)
                status = webhook.refuse or 204
                if status == 204:
                    webhook.times.append(time.time())
                    webhook.paths.append(self.path)
                    webhook.keys.append(self.headers["Idempotency-Key"])
                    webhook.received.append(json.loads(body))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/alerts"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.hang.set()
        self._server.shutdown()
        self._server.server_close()
        # Only now, so that no test of how fast alerts come measures this too. Only siaga sends a key.
        for key, body in zip(self.keys, self.received, strict=False):
            if key is not None:
                _INCIDENT.validate(body)


class Worker:
    """A `siaga worker` process; `command` stands for `siaga`, `env` is added to the environment."""

    def __init__(
        self,
        config: Path,
        log: Path,
        bootstrap: str,
        command: Sequence[str] = SIAGA,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [*command, "worker", "--config", str(config), "--web-port", str(self.port)],
                stdout=out,
                stderr=out,
                env={**os.environ, "SIAGA_SERVICE_KAFKA_BROKERS": bootstrap, **(env or {})},
            )

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def wait_ready(self, timeout_s: float = 40.0) -> None:
        def ready() -> bool:
            assert self.process.poll() is None, f"the worker ended:\n{self.log.read_text()[-4000:]}"
            return self.get("/readyz")[0] == 200

        wait_for("the worker to be ready", ready, timeout_s)

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's samples whose labels include the given ones."""
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith((f"{name} ", f"{name}{{")) and all(
                f'{k}="{v}"' in line for k, v in labels.items()
            ):
                total += float(line.rsplit(" ", 1)[1])
        return total

    @property
    def longest_step_s(self) -> float:
        """For how long its event loop was held at most, in seconds, as its log says; 0 below a second."""
        lines = (json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{"))
        held = (one["seconds"] for one in lines if one["event"] == "the event loop was held")
        return max(held, default=0.0)

    def end(self, how: signal.Signals = signal.SIGTERM, timeout_s: float = 60.0) -> int:
        """Send a signal and return the exit code; a machine may be busy."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout_s)


class Installation:
    """One configuration with its topics; every name begins with a prefix, so many share a broker."""

    def __init__(
        self,
        bootstrap: str,
        prefix: str,
        folder: Path,
        brands: dict | None = None,
        receivers: Sequence[dict] = (),
        session_timeout: str = "6s",
        **detector: object,
    ):
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.brands = brands or BRANDS
        self.config = folder / "config"
        self.webhook = Webhook()
        self.workers: list[Worker] = []
        detector = {"allowed_lateness": "60s", **detector}
        self.lateness_ms = parse_duration(detector["allowed_lateness"])
        self.config.mkdir()
        self._write("brands", {"brands": self.brands})
        self._write("detector", detector)
        receiver = {
            "name": "hook",
            "type": "webhook",
            "url": self.webhook.url,
            "min_severity": "info",
            "max_age": "0s",
        }
        self._write("alerts", {"receivers": [receiver, *receivers]})
        service = {
            "kafka": {"session_timeout": session_timeout},
            "topics": {"prefix": prefix},
            "data_dir": str(folder / "data"),
            "log": {"format": "json"},
        }
        self._write("service", service)
        self.command("topics")

    def _write(self, name: str, content: dict) -> None:
        (self.config / f"{name}.yml").write_text(yaml.safe_dump(content))

    def command(
        self, *words: str, expect: int = 0, stdin: bytes | None = None
    ) -> subprocess.CompletedProcess:
        """Run a siaga command against this configuration."""
        done = subprocess.run(
            [*SIAGA, *words, "--config", str(self.config)],
            env={**os.environ, "SIAGA_SERVICE_KAFKA_BROKERS": self.bootstrap},
            input=stdin,
            capture_output=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == expect, (
            f"{words}: {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}"
        )
        return done

    def worker(
        self, ready: bool = True, command: Sequence[str] = SIAGA, env: Mapping[str, str] | None = None
    ) -> Worker:
        log = self.config.parent / f"worker{len(self.workers)}.log"
        worker = Worker(self.config, log, self.bootstrap, command, env)
        self.workers.append(worker)
        if ready:
            worker.wait_ready()
        return worker

    def close(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()
        self.webhook.close()

    def topic(self, name: str) -> str:
        return self.prefix + name

    def send(self, posts: Iterable[dict | bytes], partitions: int = 4) -> int:
        """Append posts, one a record, round the partitions; return how many."""
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=20, acks="all")
        count = 0
        for post in posts:
            data = post if isinstance(post, bytes) else json.dumps(post, ensure_ascii=False).encode()
            producer.send(self.topic("posts"), data, partition=count % partitions)
            count += 1
        producer.flush(60)
        producer.close()
        return count

    def end_post(self, last_ms: int, partition: int = 0) -> dict:
        """Return a post about no brand, late enough to close all minutes up to a time."""
        after = last_ms + self.lateness_ms + 120_000
        return {"platform": "test", "id": f"end-{after}-{partition}", "created_at": after, "text": "selesai"}

    def close_minutes(self, last_ms: int, partitions: int = 4) -> None:
        """Send such a post to every partition."""
        self.send([self.end_post(last_ms, p) for p in range(partitions)], partitions)

    def records(self, name: str) -> Iterator:
        """Yield all records of a topic, partition by partition, but those of aborted transactions."""
        consumer = KafkaConsumer(
            bootstrap_servers=self.bootstrap, enable_auto_commit=False, isolation_level="read_committed"
        )
        parts = [
            TopicPartition(self.topic(name), p) for p in consumer.partitions_for_topic(self.topic(name)) or ()
        ]
        ends = consumer.end_offsets(parts)
        for part in parts:
            consumer.assign([part])
            consumer.seek_to_beginning(part)
            while consumer.position(part) < ends[part]:
                for record in consumer.poll(timeout_ms=500).get(part, []):
                    if name == "incidents" and record.value is not None:
                        _INCIDENT.validate(json.loads(record.value))
                    yield record
        consumer.close()

    def ends(self, name: str) -> dict[int, int]:
        """Return the offset that the next record of each partition of a topic will get."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)
        parts = [
            TopicPartition(self.topic(name), p) for p in consumer.partitions_for_topic(self.topic(name)) or ()
        ]
        found = {part.partition: end for part, end in consumer.end_offsets(parts).items()}
        consumer.close()
        return found

    def committed(self, name: str) -> dict[int, int | None]:
        """Return the group's committed offset of each partition of a topic."""
        consumer = KafkaConsumer(
            bootstrap_servers=self.bootstrap, group_id=f"{self.prefix}siaga", enable_auto_commit=False
        )
        parts = [
            TopicPartition(self.topic(name), p) for p in consumer.partitions_for_topic(self.topic(name)) or ()
        ]
        found = {part.partition: consumer.committed(part) for part in parts}
        consumer.close()
        return found


@contextmanager
def installed(bootstrap: str, prefix: str, folder: Path, **options: object) -> Iterator[Installation]:
    """Give an installation and end all its processes."""
    installation = Installation(bootstrap, prefix, folder, **options)
    try:
        yield installation
    finally:
        installation.close()
