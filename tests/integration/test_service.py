"""The running service on a real broker: every post is counted once or reported late, come what may."""

import random
import signal
import time

import pytest

from tests.integration.installation import Installation, installed, wait_for
from tests.integration.recount import headers_of, recount, wait_until_closed

START_MS = 1_760_000_040_000
TEXTS = {
    "internet kunang fiber mati lagi, parah": ("kunang",),
    "kunangfiber cepat sekali hari ini": ("kunang",),
    "camar air delayed again, terrible service": ("camar",),
    "ngopi di rimba kopi sambil antre camar air": ("rimba", "camar"),
    "hari ini cerah": (),
}


def brands_of(post: dict) -> tuple[str, ...]:
    return TEXTS.get(post["text"], ())


def posts(count: int, seed: int = 1, start_ms: int = START_MS, per_minute: int = 200) -> list[dict]:
    """Return posts in time order, a little shuffled within half a minute, some of them twice."""
    rng = random.Random(seed)
    made = []
    for i in range(count):
        made.append(
            {
                "platform": rng.choice(["x", "tiktok", "warung"]),
                "id": f"{seed}-{i}",
                "created_at": start_ms + i * 60_000 // per_minute + rng.randrange(20_000),
                "text": rng.choice(list(TEXTS)),
                "author": {"id": f"a{rng.randrange(300)}"},
            }
        )
        if rng.random() < 0.03:
            made.append(made[rng.randrange(max(len(made) - 40, 0), len(made))])
    return made


@pytest.fixture
def siaga(kafka, prefix, tmp_path):
    with installed(kafka.bootstrap, prefix, tmp_path) as installation:
        yield installation


def assert_exact(siaga: Installation, sent: list[dict]) -> None:
    last = max(post["created_at"] for post in sent)
    siaga.close_minutes(last)
    wait_until_closed(siaga, last)
    found = recount(siaga, brands_of)
    assert found.sent == len(sent) + 4
    assert found.rejected == {}
    assert found.sent == found.duplicate + found.unmatched + found.matched
    assert found.late == {}
    assert found.counted == found.expected


def assert_committed_to_its_mark(siaga: Installation) -> None:
    def at_mark() -> bool:
        marks = {p: header.mark for p, header in headers_of(siaga).items()}
        return siaga.committed("mentions") == marks

    wait_for("the committed offsets to reach their marks", at_mark, 20, every_s=0.5)


def send_slowly(siaga: Installation, sent: list[dict], seconds: float, parts: int = 20):
    """Yield after each part of the posts was sent, spread over some seconds."""
    size = -(-len(sent) // parts)
    for part in range(parts):
        siaga.send(sent[part * size : (part + 1) * size])
        yield part
        time.sleep(seconds / parts)


def test_a_quiet_run_counts_every_post_once(siaga):
    worker = siaga.worker()
    sent = posts(6_000)
    siaga.send(sent)
    assert_exact(siaga, sent)
    assert_committed_to_its_mark(siaga)
    assert worker.end() == 0


def test_posts_sent_three_times_are_counted_once(siaga):
    siaga.worker()
    sent = posts(600, per_minute=600)
    for _ in range(3):
        siaga.send(sent)
    last = max(post["created_at"] for post in sent)
    siaga.close_minutes(last)
    wait_until_closed(siaga, last)
    found = recount(siaga, brands_of)
    assert found.sent == 3 * len(sent) + 4
    assert found.counted == found.expected
    assert found.late == {}


def test_sigterm_under_load_and_a_restart_lose_nothing(siaga):
    worker = siaga.worker()
    sent = posts(8_000)
    for part in send_slowly(siaga, sent, 8):
        if part in (6, 12):
            began = time.monotonic()
            assert worker.end() == 0
            assert time.monotonic() - began < 10
            worker = siaga.worker(ready=False)
    assert_exact(siaga, sent)


def test_kill_under_load_and_a_restart_lose_nothing(siaga):
    worker = siaga.worker()
    sent = posts(8_000)
    for part in send_slowly(siaga, sent, 8):
        if part in (5, 11):
            worker.end(signal.SIGKILL)
            worker = siaga.worker(ready=False)
    assert_exact(siaga, sent)
    assert_committed_to_its_mark(siaga)


def test_a_second_worker_joins_and_leaves_under_load_then_the_first_is_killed(siaga):
    first = siaga.worker()
    sent = posts(16_000)
    second = None
    for part in send_slowly(siaga, sent, 26, parts=40):
        if part == 6:
            second = siaga.worker(ready=False)
        if part == 22:
            assert second is not None
            assert second.end() == 0
        if part == 32:
            first.end(signal.SIGKILL)
            siaga.worker(ready=False)
    assert_exact(siaga, sent)
    assert_committed_to_its_mark(siaga)


def test_another_worker_goes_on_when_one_is_killed(siaga):
    workers = [siaga.worker(), siaga.worker()]
    sent = posts(12_000)
    for part in send_slowly(siaga, sent, 20, parts=40):
        if part == 15:
            workers[0].end(signal.SIGKILL)
    assert_exact(siaga, sent)
    assert_committed_to_its_mark(siaga)
    assert workers[1].end() == 0
