import asyncio
from collections import Counter
from types import SimpleNamespace

import pytest
from faust.types.tuples import TP

from agents.transport import Progress, SlabConsumer

POSTS, OTHER, CHANGELOG = TP("posts", 0), TP("posts", 1), TP("state-changelog", 0)


class Thread:
    """Has one record for every partition that is asked for, and takes commits or does not."""

    def __init__(self):
        self.asked, self.takes, self.committed = [], True, []

    async def getmany(self, tps, _timeout):
        self.asked.append(set(tps))
        return {tp: [SimpleNamespace(offset=7, timestamp=0, value=b"", key=None)] for tp in tps}

    async def commit(self, offsets):
        self.committed.append(dict(offsets))
        return self.takes

    async def ask(self, _question):
        return None


@pytest.fixture
def consumer():
    """A consumer without Kafka and without the machinery of Faust around it."""
    made = object.__new__(SlabConsumer)
    made.app = SimpleNamespace(rebalancing=False, consumer_generation_id=1)
    made.transport = SimpleNamespace(on_lost=[])
    made.slab_topics = frozenset({"posts"})
    made._thread, made._released, made.epoch = Thread(), asyncio.Event(), 0
    made._acked, made._read_offset = {POSTS: [], OTHER: []}, {}
    made._marks, made._in_flight, made._fetched_to = {}, {}, {}
    made._handled, made._confirmed, made._turns = {}, {}, Counter()
    return made


def deliver(consumer, tp):
    (slab,) = asyncio.run(consumer._fetch({tp}, 0.01))[tp]
    consumer._to_message(tp, slab)
    return slab


def test_a_partition_with_a_slab_in_flight_is_not_asked_for_more(consumer):
    slab = deliver(consumer, POSTS)
    assert asyncio.run(consumer._fetch({POSTS, OTHER}, 0.01)).keys() == {OTHER}
    consumer.release(slab)
    assert asyncio.run(consumer._fetch({POSTS}, 0.01)).keys() == {POSTS}


def test_no_slab_is_fetched_while_partitions_move_but_changelogs_are_read(consumer):
    consumer.app.rebalancing = True
    assert asyncio.run(consumer._fetch({POSTS, CHANGELOG}, 1.0)).keys() == {CHANGELOG}
    assert asyncio.run(consumer._fetch({POSTS}, 1.0)) == {}
    consumer.app.rebalancing = False
    assert asyncio.run(consumer._fetch({POSTS}, 1.0)).keys() == {POSTS}


def test_progress_is_what_was_handled_marked_and_committed(consumer):
    consumer.reading_from(POSTS, 3)
    assert consumer.progress() == {POSTS: Progress(3, None, None)}
    consumer.mark(POSTS, 3)
    consumer.release(deliver(consumer, POSTS))
    asyncio.run(consumer._commit({POSTS: 3}))
    assert consumer.progress() == {POSTS: Progress(8, 3, 3)}
    consumer.at_work(POSTS)
    consumer.at_work(POSTS)
    assert consumer.progress() == {POSTS: Progress(8, 3, 3, turns=2)}
    consumer._forget()
    assert consumer.progress() == {}


def test_reading_again_sets_the_progress_back_and_lets_the_next_slab_come(consumer):
    deliver(consumer, POSTS)
    asyncio.run(consumer.go_back(POSTS, 2))
    assert consumer.progress() == {POSTS: Progress(2, None, None)}
    assert asyncio.run(consumer._fetch({POSTS}, 0.01)).keys() == {POSTS}


def test_a_commit_that_was_not_taken_is_tried_again(consumer):
    consumer._thread.takes = False
    asyncio.run(consumer._commit({POSTS: 3}))
    assert consumer._should_commit(POSTS, 3)
    consumer._thread.takes = True
    asyncio.run(consumer._commit({POSTS: 3}))
    assert not consumer._should_commit(POSTS, 3)
    assert consumer._should_commit(POSTS, 4)
