"""What may happen to a worker's clock, its folder, its state and its right to write."""

import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from kafka import KafkaProducer

from tests.chaos import judge
from tests.chaos.load import brands_of
from tests.chaos.world import Remembered, state_of
from tests.integration.installation import wait_for
from tests.integration.recount import recount

pytestmark = pytest.mark.timeout(1500)
HOUR_MS = 3_600_000


def test_a_clock_that_jumps_an_hour_forth_and_back_changes_nothing(world, tmp_path):
    clock = tmp_path / "clock"
    clock.write_text("0")
    world.start(env={"CLOCK_FILE": str(clock)})
    jumps = {10: HOUR_MS, 20: -HOUR_MS, 30: 0}
    world.run(25, {part: lambda to=to: clock.write_text(str(to)) for part, to in jumps.items()})
    world.assert_exact()
    assert 75 not in world.exits


@pytest.mark.parametrize("wrong_ms", [-HOUR_MS, HOUR_MS], ids=["an hour slow", "an hour fast"])
def test_a_clock_that_is_wrong_from_the_start_refuses_and_accepts_nothing_wrongly(world, tmp_path, wrong_ms):
    """Posts of now wait for a worker whose clock says otherwise: Kafka's clock decides."""
    siaga, clock = world.siaga, tmp_path / "clock"
    clock.write_text(str(wrong_ms))
    now = time.time_ns() // 1_000_000
    good = [
        {"platform": "x", "id": f"good-{i}", "created_at": now - i * 10, "text": "besok ke kunang fiber"}
        for i in range(200)
    ]
    future = [
        {"platform": "x", "id": f"far-{i}", "created_at": now + HOUR_MS // 2, "text": "besok ke kunang fiber"}
        for i in range(20)
    ]
    siaga.send([*good, *future])
    world.start(env={"CLOCK_FILE": str(clock)})
    wait_for("all to be committed", lambda: siaga.committed("posts") == siaga.ends("posts"), 60)
    found = recount(siaga, brands_of)
    assert len(found.rejected) == len(future)
    assert set(found.rejected.values()) == {"in_future"}


def test_a_data_folder_that_cannot_be_made_is_said_in_one_line(siaga):
    keep_data_in(siaga, Path("/proc/siaga/data"))
    worker = siaga.worker(ready=False)
    assert worker.process.wait(90) == 78
    said = worker.log.read_text().splitlines()[-1]
    assert "Traceback" not in said
    assert "/proc/siaga/data" in said
    assert "data_dir in service.yml" in said


def test_nothing_is_kept_in_the_data_folder(world):
    """So a disk that is full or lost costs nothing."""
    folder = Path(yaml.safe_load((world.siaga.config / "service.yml").read_text())["data_dir"])
    world.start()
    world.run(10)
    world.assert_exact()
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) == 0


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own: ``disk("size=64k")`` mounts it anew with some options."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "siaga-test", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"mounting is not permitted here: {done.stderr.strip() or done.returncode}")
        return folder

    yield mount
    subprocess.run(["umount", str(folder)], capture_output=True, check=False)


def keep_data_in(siaga, folder: Path) -> None:
    service = siaga.config / "service.yml"
    content = yaml.safe_load(service.read_text())
    service.write_text(yaml.safe_dump({**content, "data_dir": str(folder)}))


def test_a_data_folder_on_a_full_disk_costs_nothing(world, disk):
    folder = disk("size=64k")
    with pytest.raises(OSError, match="No space left"):
        (folder / "full").write_bytes(bytes(1_000_000))
    keep_data_in(world.siaga, folder)
    world.start()
    world.run(15, {20: lambda: world.newest.end(signal.SIGKILL)})
    world.assert_exact()
    assert world.exits == [-9]


def test_a_data_folder_that_is_read_only_is_said_in_one_line(siaga, disk):
    folder = disk("ro")
    keep_data_in(siaga, folder)
    worker = siaga.worker(ready=False)
    assert worker.process.wait(90) == 78
    said = worker.log.read_text().splitlines()[-1]
    assert "Traceback" not in said
    assert f"{folder} (it is not writable); change data_dir in service.yml" in said


def put(siaga, key: bytes, value: bytes, partition: int) -> None:
    producer = KafkaProducer(bootstrap_servers=siaga.bootstrap)
    producer.send(siaga.topic("siaga-state-changelog"), value, key, partition=partition).get(10)
    producer.close()


@pytest.mark.parametrize("kind", ["header", "minute", "brand", "baseline"])
def test_a_broken_state_record_stops_the_worker_and_mending_it_lets_it_go_on(world, kind):
    siaga = world.siaga
    worker = world.start()
    first, second = world.halves()
    world.send_in_parts(first)
    wait_for("all to be committed", lambda: siaga.committed("posts") == siaga.ends("posts"), 60)
    world.retire(worker)
    assert worker.end() == 0
    newest = {r.key: r for r in siaga.records("siaga-state-changelog")}
    good = next(r for key, r in newest.items() if key.split(b"/")[1].decode() == kind and r.value is not None)
    half = good.value[: len(good.value) // 2]
    put(siaga, good.key, half, good.partition)
    broken = siaga.worker(ready=False)
    assert broken.process.wait(90) == 78
    said = broken.log.read_text().splitlines()[-1]
    assert f"broken state record {good.key.decode()}" in said
    put(siaga, good.key, good.value, good.partition)
    world.start()
    world.send_in_parts(second)
    judge.assert_exact(without(siaga, half), world.sent)


def without(siaga, value):
    """Return the installation without the record that was broken on purpose, which a judge cannot read."""

    def state():
        return [record for record in siaga.records("siaga-state-changelog") if record.value != value]

    return Remembered(siaga, siaga_state_changelog=state)


@pytest.mark.short
def test_what_a_stale_owner_sends_after_its_successor_began_is_ignored(world):
    """It is frozen with its right to write checked and the record in its hands, and thawed much later."""
    stale = world.start(points=[{"what": "mentions", "when": "within", "do": "stop", "at": 60}])
    world.retire(stale)
    world.start()
    thawed_at = None
    for number in world.load(50, 50):
        if thawed_at is None and number >= 25 and state_of(stale) == "T":
            stale.process.send_signal(signal.SIGCONT)
            thawed_at = number
    assert thawed_at is not None, "the place was reached"
    assert stale.process.wait(90) == 70, "the next write is refused to it"
    world.start(ready=False)
    world.assert_exact()


@pytest.mark.parametrize("outage_s", [pytest.param(30, marks=pytest.mark.short), 900])
def test_an_outage_of_all_workers_is_not_taken_for_silence_of_a_source(world, monkeypatch, outage_s, seed):
    """One partition has posts to be read, the others were idle before.

    The short form makes ten minutes, after which a silent source is left out, ten seconds.
    """
    if outage_s == 900 and seed != 1:
        pytest.skip("a quarter of an hour, once is enough")
    limits = {"detector.watermark.DEAD_MS": 10_000} if outage_s < 600 else {}
    for name, value in limits.items():
        monkeypatch.setattr(name, value)
    siaga = world.siaga
    first, second = world.halves()
    workers = [world.start(limits=limits), world.start(limits=limits)]
    world.send_in_parts(first)
    wait_for("all to be committed", lambda: siaga.committed("posts") == siaga.ends("posts"), 60)
    # Idle needs a quarter of a minute of quiet.
    time.sleep(18)
    for worker in workers:
        world.retire(worker)
        assert worker.end() == 0
    siaga.send(second[: len(second) // 2], partitions=1)
    time.sleep(outage_s)
    world.start(limits=limits)
    world.start(limits=limits)
    world.send_in_parts(second[len(second) // 2 :], 10)
    world.assert_exact()
    assert judge.incidents_of(siaga)
