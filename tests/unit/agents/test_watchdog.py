import asyncio
from types import SimpleNamespace

import pytest
from faust.types.tuples import TP

from agents.transport import Progress, SupersededError
from agents.watchdog import (
    COMMIT_S,
    LOOK_S,
    ONE_STILL_S,
    STILL_S,
    Cause,
    Sight,
    Watchdog,
    judge,
    standstill_s,
)

POSTS, OTHER, MENTIONS = TP("posts", 0), TP("posts", 1), TP("mentions", 0)


def sight(handled: int, end: int, mark: int | None = None, committed: int | None = None) -> Sight:
    return Sight(Progress(handled, mark, committed), end)


class Watching:
    """Looks every few seconds, at a clock of its own, until something is stuck."""

    def __init__(self) -> None:
        self.at, self.memory = 1_000.0, None

    def look(self, seen, after_s=LOOK_S, epoch=0):
        self.at += after_s
        self.memory, verdict = judge(self.memory, self.at, seen, epoch)
        return verdict

    def stuck_after(self, see, for_s=3_600.0):
        """Return the cause and the seconds until it was said; `see` is told the seconds since the begin."""
        begun = self.at + LOOK_S
        while self.at - begun < for_s:
            verdict = self.look(see(self.at + LOOK_S - begun))
            if verdict.cause is not Cause.NONE:
                return verdict.cause, self.at - begun
        return Cause.NONE, None


@pytest.fixture
def watching():
    return Watching()


def test_a_mark_that_is_never_committed_is_stuck_after_its_time(watching):
    still = {POSTS: sight(50, 50, mark=50, committed=40)}
    assert watching.stuck_after(lambda _: still) == (Cause.COMMITS_BEHIND, COMMIT_S)


def test_a_partition_that_was_never_committed_at_all_is_stuck_too(watching):
    still = {POSTS: sight(50, 50, mark=50)}
    assert watching.stuck_after(lambda _: still) == (Cause.COMMITS_BEHIND, COMMIT_S)


def test_commits_that_crawl_are_stuck(watching):
    def crawling(s):
        return {POSTS: sight(1_000, 1_000, mark=1_000, committed=int(s))}

    assert watching.stuck_after(crawling) == (Cause.COMMITS_BEHIND, COMMIT_S)


def test_commits_that_follow_the_mark_at_a_distance_are_well(watching):
    def following(s):
        return {POSTS: sight(int(100 * s), 10**9, mark=int(100 * s), committed=int(100 * max(s - 20, -1)))}

    assert watching.stuck_after(following) == (Cause.NONE, None)


def test_nothing_to_commit_and_nothing_to_read_is_well(watching):
    assert watching.stuck_after(lambda _: {POSTS: sight(0, 0), MENTIONS: sight(9, 9, 5, 5)}) == (
        Cause.NONE, None,
    )  # fmt: skip


def test_records_that_nobody_reads_are_stuck(watching):
    still = {POSTS: sight(5, 6, 5, 5), OTHER: sight(7, 7, 7, 7)}
    assert watching.stuck_after(lambda _: still) == (Cause.TOPIC_STILL, STILL_S)


def test_a_slab_that_is_worked_on_for_minutes_is_not_stuck_until_the_work_stands_still(watching):
    def seen(s):
        at_work = Progress(5, 5, 5, turns=int(min(s, 400)))
        return {MENTIONS: Sight(at_work, 6)}

    cause, after_s = watching.stuck_after(seen)
    assert cause is Cause.TOPIC_STILL
    assert 400 + STILL_S <= after_s <= 400 + STILL_S + LOOK_S


def test_another_topic_that_moves_is_no_excuse(watching):
    def seen(s):
        return {POSTS: sight(5, 6), MENTIONS: sight(int(s), int(s))}

    assert watching.stuck_after(seen) == (Cause.TOPIC_STILL, STILL_S)


def test_the_waiting_begins_when_the_first_record_comes(watching):
    def seen(s):
        return {POSTS: sight(5, 5 if s < 500 else 6)}

    assert watching.stuck_after(seen) == (Cause.TOPIC_STILL, 500 + STILL_S)


def test_one_partition_may_wait_its_turn_but_not_for_ever(watching):
    def seen(s):
        return {POSTS: sight(5, 6), OTHER: sight(int(s), 10**6)}

    assert watching.stuck_after(seen) == (Cause.PARTITION_STILL, ONE_STILL_S)


def test_catching_up_is_well_however_far_behind(watching):
    def seen(s):
        return {POSTS: sight(int(s // 50), 10**9), MENTIONS: sight(int(s), 10**6 + int(s))}

    assert watching.stuck_after(seen) == (Cause.NONE, None)


def test_waiting_for_kafka_or_for_partitions_makes_it_forget(watching):
    still = {POSTS: sight(5, 6, mark=5, committed=0)}

    def seen(s):
        return None if s % 30 < 5 else still

    assert watching.stuck_after(seen) == (Cause.NONE, None)


def test_what_was_owed_before_a_rebalance_between_two_looks_is_forgotten(watching):
    watching.look({POSTS: sight(50, 50, mark=50, committed=40)})
    verdicts = [watching.look({POSTS: sight(50, 50)}, epoch=1) for _ in range(60)]
    assert {verdict.cause for verdict in verdicts} == {Cause.NONE}


def test_a_process_that_was_frozen_is_not_stuck(watching):
    still = {POSTS: sight(5, 6, mark=5, committed=0)}
    watching.look(still)
    assert watching.look(still, after_s=600).cause is Cause.NONE
    assert watching.stuck_after(lambda _: still)[1] == pytest.approx(COMMIT_S - LOOK_S)


def test_a_partition_that_is_read_again_from_before_is_moving(watching):
    def seen(s):
        return {POSTS: sight(100 - int(s // 50) % 2, 200)}

    assert watching.stuck_after(seen) == (Cause.NONE, None)


def test_a_partition_that_ends_before_what_was_read_is_for_a_person(watching):
    verdicts = [watching.look({POSTS: sight(50, 3, mark=50, committed=50)}) for _ in range(3)]
    assert [verdict.cause for verdict in verdicts] == [Cause.NONE, Cause.NONE, Cause.SHORTER]
    assert verdicts[-1].exit_code == 78
    assert str(verdicts[-1]) == (
        "A partition ends before what was read of it: its topic was recreated. Got posts-0 for 10 s at "
        "handled 50, mark 50, committed 50, end 3; start with a new app_id, or reset the group's offsets"
    )


def test_a_new_leader_that_does_not_know_the_end_yet_is_given_time(watching):
    def seen(s):
        return {POSTS: sight(50, 50 if s % 15 else 49)}

    assert watching.stuck_after(seen) == (Cause.NONE, None)


def test_it_says_what_was_seen_and_what_to_do(watching):
    still = {POSTS: sight(50, 55, mark=50, committed=40)}
    for _ in range(6):
        watching.look(still)
    assert str(watching.look(still)) == (
        "What is done is not committed. Got posts-0 for 30 s at handled 50, mark 50, committed 40, end 55; "
        "a restart reads again what is not committed"
    )
    assert {cause.sentence for cause in Cause}.isdisjoint({None, ""})


class Consumer:
    """Stands for the running consumer: one partition that never moves."""

    epoch = 0

    def __init__(self, answers=True):
        self._answers = answers

    def progress(self):
        return {POSTS: Progress(5, 5, 5)}

    def check_epoch(self, epoch):
        if epoch != self.epoch:
            raise SupersededError

    async def end_offsets(self, tps):
        if not self._answers:
            raise ConnectionError
        return dict.fromkeys(tps, 9)


def looks(monkeypatch, consumer, ready=True, held=True):
    """Return the exit code that two minutes of looking lead to."""
    now = [0.0]
    monkeypatch.setattr("agents.watchdog.monotonic", lambda: now[0])
    monkeypatch.setattr("agents.ending.os._exit", lambda code: (_ for _ in ()).throw(SystemExit(int(code))))
    dog = Watchdog(
        SimpleNamespace(consumer=consumer), SimpleNamespace(is_held=held), lambda: ready, lambda *_: None
    )

    async def run():
        while now[0] < 120:
            await dog.look()
            now[0] += LOOK_S

    try:
        asyncio.run(run())
    except SystemExit as ended:
        return ended.code
    return None


def test_a_stuck_worker_ends_as_temporary(monkeypatch):
    assert looks(monkeypatch, Consumer()) == 75


def test_it_waits_while_nothing_can_be_said(monkeypatch):
    assert looks(monkeypatch, Consumer(), ready=False) is None
    assert looks(monkeypatch, Consumer(), held=False) is None
    assert looks(monkeypatch, Consumer(answers=False)) is None


def test_a_rebalance_in_between_is_seen(monkeypatch):
    class Moving(Consumer):
        async def end_offsets(self, tps):
            self.epoch += 1
            return await super().end_offsets(tps)

    assert looks(monkeypatch, Moving()) is None


def test_a_standstill_is_how_long_records_wait_without_any_being_handled():
    memory = None
    stood = []
    for at in range(0, 30, 5):
        seen = {POSTS: sight(5, 6), OTHER: sight(10 if at < 15 else 11, 20), MENTIONS: sight(3, 3)}
        memory, _ = judge(memory, float(at), seen)
        stood.append((standstill_s(memory, POSTS.topic), standstill_s(memory, MENTIONS.topic)))
    # The other partition moves at 15 s: its topic does not stand still.
    assert stood == [(0, 0), (5, 0), (10, 0), (0, 0), (5, 0), (10, 0)]


def test_nothing_stands_still_while_nothing_can_be_said():
    assert standstill_s(None, POSTS.topic) == 0.0
