import asyncio
import re
from types import SimpleNamespace

import pytest
from faust.types.tuples import TP

from agents.contiguity import Begin, Contiguity, fresh_start
from agents.metrics import Metrics, new_registry
from agents.slab import Slab

HERE = TP("posts", 0)


class Consumer:
    """What the broker answers, and what it was asked for."""

    def __init__(self, first=0, end=100, committed=None):
        self.first, self.end, self.committed = first, end, committed
        self.marks, self.sought = {}, []
        self.at, self.drained, self.read_from = 0, True, None

    async def committed_offset(self, _tp):
        return self.committed

    async def first_offset(self, _tp):
        return self.first

    async def end_offsets(self, tps):
        return dict.fromkeys(tps, self.end)

    async def go_back(self, _tp, offset):
        self.sought.append(offset)

    async def fetch_position(self, _tp):
        return self.at

    def is_drained(self, _tp, _expected):
        return self.drained

    def reading_from(self, _tp, offset):
        self.read_from = offset

    def mark(self, tp, offset):
        self.marks[tp] = offset


def slab(first: int) -> Slab:
    return Slab(HERE, [SimpleNamespace(offset=first + i, timestamp=0, value=b"") for i in range(3)])


class Checked:
    def __init__(self):
        self.metrics = Metrics(new_registry(), reject_reasons=("*",), receivers=("*",))
        self.contiguity = Contiguity(self.metrics)

    def check(self, consumer, first, expected):
        return asyncio.run(self.contiguity.check(consumer, "posts", slab(first), expected))

    @property
    def lost(self):
        counters = (self.metrics.gaps, self.metrics.expired)
        return tuple(int(counter.labels(topic="posts")._value.get()) for counter in counters)


@pytest.fixture
def checked():
    return Checked()


@pytest.fixture
def ended(monkeypatch):
    """Where the process would end, its exit code is raised."""

    def end(code):
        raise SystemExit(int(code))

    monkeypatch.setattr("agents.ending.os._exit", end)


@pytest.mark.parametrize("first", [7, 8, 10])
def test_a_slab_that_follows_or_comes_again_is_handled(checked, first):
    consumer = Consumer()
    assert checked.check(consumer, first, expected=10)
    assert (consumer.sought, checked.lost) == ([], (0, 0))


def test_what_was_skipped_is_read_again(checked):
    consumer = Consumer()
    assert not checked.check(consumer, 20, expected=10)
    assert consumer.sought == [10]
    assert checked.check(consumer, 10, expected=10)
    assert checked.lost == (0, 0)


def test_a_hole_that_stays_is_counted_as_gap(checked):
    consumer = Consumer()
    assert not checked.check(consumer, 20, expected=10)
    assert checked.check(consumer, 20, expected=10)
    assert checked.lost == (10, 0)


def test_another_hole_is_read_again_too(checked):
    consumer = Consumer()
    checked.check(consumer, 20, expected=10)
    checked.check(consumer, 20, expected=10)
    assert not checked.check(consumer, 40, expected=23)
    assert consumer.sought == [10, 23]


def test_what_the_broker_deleted_is_counted_as_expired_without_reading_again(checked):
    consumer = Consumer(first=15)
    assert checked.check(consumer, 20, expected=10)
    assert (consumer.sought, checked.lost) == ([], (5, 5))


def test_the_same_hole_after_a_rebalance_is_read_again(checked):
    """It may have been skipped anew: only within one ownership is a second reading proof."""
    consumer = Consumer()
    assert not checked.check(consumer, 20, expected=10)
    checked.contiguity.forget()
    assert not checked.check(consumer, 20, expected=10)
    assert checked.check(consumer, 20, expected=10)
    assert checked.lost == (10, 0)


@pytest.mark.parametrize(("start", "offset"), [("earliest", 4), ("latest", 100)])
def test_a_partition_never_read_begins_where_the_settings_say(start, offset):
    consumer = Consumer(first=4)
    assert asyncio.run(fresh_start(consumer, HERE, start)) == Begin(offset, is_new=True)
    assert consumer.marks == {}, "a commit follows once all were told"


@pytest.mark.parametrize("start", ["earliest", "latest"])
@pytest.mark.parametrize("committed", [0, 50, 100])
def test_a_committed_offset_is_where_reading_goes_on(start, committed):
    consumer = Consumer(committed=committed)
    assert asyncio.run(fresh_start(consumer, HERE, start)) == Begin(committed, is_new=False)
    assert consumer.marks == {}


def test_a_recreated_topic_ends_the_process(ended, capsys):
    with pytest.raises(SystemExit) as caught:
        asyncio.run(fresh_start(Consumer(end=3, committed=50), HERE, "earliest"))
    assert caught.value.code == 78
    said = capsys.readouterr()
    assert re.search(r"posts-0 was recreated: got end offset 3; expected at least 50", said.out + said.err)


def passing(checked, consumer, expected, times):
    async def run():
        return [
            await checked.contiguity.pass_hole(consumer, "posts", HERE, expected) for _ in range(times)
        ]  # fmt: skip

    return asyncio.run(run())


def test_markers_at_the_end_are_passed_once_they_were_read_again_and_nothing_came(checked):
    consumer = Consumer()
    consumer.at = 12
    assert passing(checked, consumer, 10, 3) == [10, 10, 12]
    assert (consumer.sought, consumer.read_from, checked.lost) == ([10], 12, (2, 0))


def test_what_is_not_fetched_or_on_its_way_is_no_hole(checked):
    consumer = Consumer()
    consumer.at = 10
    assert passing(checked, consumer, 10, 3) == [10, 10, 10]
    consumer.at, consumer.drained = 12, False
    assert passing(checked, consumer, 10, 3) == [10, 10, 10]
    assert (consumer.sought, consumer.read_from) == ([], None)
