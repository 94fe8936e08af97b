"""The service without Kafka: it waits, says so once, connects when Kafka comes, and survives its absence."""

import json
import signal
import socket
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agents.wall_clock import now_ms
from tests.integration.installation import Installation, Worker, installed, wait_for
from tests.integration.test_service import assert_committed_to_its_mark, assert_exact, posts
from tests.kafka.process import free_port


@pytest.fixture
def broker(own_broker):
    return own_broker()


@pytest.fixture
def siaga(broker, prefix, tmp_path):
    with installed(broker.bootstrap, prefix, tmp_path) as installation:
        yield installation


def log_of(worker: Worker) -> list[dict]:
    return [json.loads(line) for line in worker.log.read_text().splitlines()]


def events(worker: Worker, event: str) -> list[dict]:
    return [line for line in log_of(worker) if line["event"] == event]


def test_a_worker_waits_for_kafka_and_counts_when_it_comes(broker, siaga):
    broker.stop()
    worker = siaga.worker(ready=False)
    wait_for("the worker to wait", lambda: worker.log.exists() and events(worker, "waiting for Kafka"), 20)
    assert worker.get("/healthz") == (200, "ok\n")
    assert worker.get("/readyz") == (503, "waiting for Kafka\n")
    assert "siaga_kafka_connected 0.0" in worker.get("/metrics")[1].splitlines()
    broker.start()
    worker.wait_ready()
    assert worker.metric("siaga_kafka_connected") == 1
    siaga.send([{"platform": "x", "id": "1", "created_at": now_ms(), "text": "kunang fiber mati"}])
    wait_for(
        "the post to be counted",
        lambda: worker.metric("siaga_mentions_outcome_total", outcome="counted") == 1,
        30,
    )
    assert worker.end() == 0
    (line,) = events(worker, "waiting for Kafka")
    assert line["level"] == "warning"
    assert line["brokers"] == siaga.bootstrap
    assert line["problem"]
    assert len(events(worker, "connected to Kafka")) == 1


def test_a_waiting_worker_ends_at_once_on_sigterm(broker, siaga):
    broker.stop()
    worker = siaga.worker(ready=False)
    wait_for("the worker to wait", lambda: worker.log.exists() and events(worker, "waiting for Kafka"), 20)
    began = time.monotonic()
    assert worker.end() == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in worker.log.read_text()


def test_send_without_kafka_is_one_line_and_exit_69(broker, siaga, tmp_path):
    broker.stop()
    path = tmp_path / "posts.jsonl"
    path.write_text('{"platform": "x", "id": "1", "created_at": 1760000000000, "text": "halo"}\n')
    done = siaga.command("send", str(path), expect=69)
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("siaga: ")
    assert siaga.bootstrap in line


def test_a_worker_without_topics_names_the_command_that_makes_them(kafka, prefix, tmp_path):
    with installed(kafka.bootstrap, prefix, tmp_path) as siaga:
        service = siaga.config / "service.yml"
        service.write_text(service.read_text().replace(prefix, f"{prefix}none-"))
        done = siaga.command("worker", "--web-port", str(free_port()), expect=78)
    why = json.loads(done.stderr.splitlines()[-1])["why"]
    assert f"topic {prefix}none-posts is missing" in why
    assert "run `siaga topics`" in why


def test_a_worker_whose_port_is_taken_says_so_in_one_line(kafka, prefix, tmp_path):
    with (
        installed(kafka.bootstrap, prefix, tmp_path) as siaga,
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        port = taken.getsockname()[1]
        done = siaga.command("worker", "--web-port", str(port), expect=69)
    (line,) = done.stderr.splitlines()
    why = json.loads(line)["why"]
    assert why.startswith(f"cannot listen on 127.0.0.1:{port} (")
    assert why.endswith("change web.port in service.yml")


def keep_alive(siaga: Installation, worker: Worker) -> Worker:
    """Return the worker, or a new one as a supervisor would start it where it gave up."""
    if (code := worker.process.poll()) is None:
        return worker
    assert code in (70, 75), worker.log.read_text()[-3000:]
    return siaga.worker(ready=False)


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_an_absence_of_kafka_costs_no_post(broker, siaga, way):
    worker = siaga.worker()
    sent = posts(4_000)
    siaga.send(sent[:1_500])
    wait_for("work to be under way", lambda: worker.metric("siaga_mentions_total") > 200, 30)
    getattr(broker, way)()
    away_until = time.monotonic() + 5

    def is_over() -> bool:
        nonlocal worker
        worker = keep_alive(siaga, worker)
        return time.monotonic() > away_until

    wait_for("five seconds without Kafka to pass", is_over, 20)
    broker.start()

    def is_ready() -> bool:
        nonlocal worker
        worker = keep_alive(siaga, worker)
        return worker.get("/readyz")[0] == 200

    siaga.send(sent[1_500:])
    wait_for("the service to be back", is_ready, 60)
    assert_exact(siaga, sent)
    assert_committed_to_its_mark(siaga)
    worker = keep_alive(siaga, worker)
    worker.end(signal.SIGTERM)


def test_the_metrics_page_is_what_prometheus_reads(kafka, prefix, tmp_path):
    with installed(kafka.bootstrap, prefix, tmp_path) as siaga:
        worker = siaga.worker()
        siaga.send([{"platform": "x", "id": "1", "created_at": now_ms(), "text": "camar air delayed"}])
        wait_for(
            "the post to be counted",
            lambda: worker.metric("siaga_mentions_outcome_total", outcome="counted") == 1,
            30,
        )
        # There is a watermark once every posts partition has spoken.
        wait_for("a watermark", lambda: worker.metric("siaga_watermark_timestamp_seconds"), 40)
        page = worker.get("/metrics")[1]
    families = {family.name: family for family in text_string_to_metric_families(page)}
    assert "_created" not in page
    assert families["siaga_posts"].type == "counter"
    assert families["siaga_stage_seconds"].type == "histogram"
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert samples["siaga_posts_total", "matched"] == 1
    assert samples["siaga_posts_total", "rejected"] == 0
    assert samples["siaga_kafka_connected",] == 1
    assert samples["siaga_state_restored",] == 1
    assert samples["siaga_rebalancing",] == 0
    assert all(samples["siaga_open_incidents", severity] == 0 for severity in ("info", "warning", "critical"))
    assert {key[0] for key in samples} >= {"siaga_lag_records", "siaga_watermark_timestamp_seconds"}
