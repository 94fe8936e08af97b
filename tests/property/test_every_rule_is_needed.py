"""Each rule of exactness and of time is switched off, alone, and a property must notice.

`RULES` is the table: the rule, the switch (it lives here only), and what notices. A rule whose switch goes
unnoticed is either not needed or not tested. `walks` are the worlds of test_pipeline_model: the real agents,
disturbed at random on a Kafka that is played, compared with a reference that counts a set of posts.
"""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import nullcontext, suppress
from random import Random
from typing import NamedTuple

import pytest
from msgspec import structs

import agents.detect_spikes
import agents.score_posts
from agents.contiguity import Contiguity, fresh_start
from agents.detect_spikes import Before, DetectSpikes
from agents.lease import Lease
from agents.posts_partition import PostsPartition
from agents.score_posts import ScorePosts
from agents.wall_clock import monotonic
from detector.bucket import OpenBuckets
from detector.checkpoint import Journal
from detector.codec import from_msgpack
from detector.mention import Hole, MentionRecord, position
from detector.reading import Reader
from detector.shard import Shard
from detector.state import BrandRecord, MinuteRecord
from detector.track import Track
from detector.watermark import Clocks
from tests.crowd_logs import crowd_log, quick_shard
from tests.memory_kafka import MemoryConsumer
from tests.mention_logs import replay
from tests.pipeline_world import World, wander
from tests.property import test_shard_laws as laws
from tests.unit import test_intake, test_reading, test_shard, test_watermark
from tests.unit.agents import test_contiguity, test_score_posts, test_sender, test_state_upgrades

# The first ones notice most switches, so that the others are seldom tried.
SEEDS = (2, 31, 0, 3, 1, *range(60))


def walks(seeds=SEEDS) -> None:
    """Disturb worlds until one of them differs from the reference."""
    for seed in seeds:
        world = World()
        try:
            wander(world, Random(seed), steps=60)
            world.finish()
            world.check()
        finally:
            world.close()


class Rule(NamedTuple):
    """One line of the table."""

    name: str
    off: Callable[[pytest.MonkeyPatch], None]
    noticed_by: Callable[[], None] = walks


def put(owner: object, name: str, make: Callable) -> Callable[[pytest.MonkeyPatch], None]:
    """Return a switch that replaces an attribute by what `make` makes of it."""
    return lambda patch: patch.setattr(owner, name, make(getattr(owner, name)))


def _miss_with(applied):
    return put(
        Shard, "_miss", lambda miss: lambda self, mention, source, _: miss(self, mention, source, applied)
    )


def _writes(change):
    def make(writing):
        def changed(self, at, *rest):
            found = yield from writing(self, at, *rest)
            return None if found is None else change(found)

        return changed

    return put(Journal, "writing", make)


def _mark_after_through(writing):
    return lambda self, at, *rest: writing(self, structs.replace(at, mark=at.through + 1), *rest)


def _refill_all(refill):
    def closed_too(self, offset, record):
        closed_to, self.closed_to = self.closed_to, None
        yield from refill(self, offset, record)
        self.closed_to = closed_to

    return closed_too


def _refill_ahead(refill):
    def ahead(self, offset, record):
        applied, Clocks.applied = Clocks.applied, lambda *_: 2**62
        self._covered = None
        yield from refill(self, offset, record)
        Clocks.applied = applied

    return ahead


def _decide_again(restore):
    def again(self, state):
        restore(self, state)
        if state.header is not None:
            self.through = state.header.mark - 1

    return again


def _all_minutes(reading_state):
    def believing(partition, partitions, entries):
        state = yield from reading_state(partition, partitions, entries)
        minutes = [from_msgpack(v, MinuteRecord) for k, v in entries.items() if "/minute/" in k]
        if state.header is not None and minutes:
            newest = max([record.minute for record in minutes] + [state.header.closed_to])
            state.header = structs.replace(state.header, closed_to=newest)
            state.minutes = sorted(minutes, key=lambda record: record.minute)
        return state

    return believing


def _one_version(brand_record):
    def newest_only(self, brand, track):
        self._versions.pop(brand, None)
        return brand_record(self, brand, track)

    return newest_only


def _state_first(patch):
    send, save = DetectSpikes._send, DetectSpikes._save

    async def later(self, shard, slab):
        self._waiting = slab

    async def save_then_send(self, shard, tp):
        await save(self, shard, tp)
        await send(self, shard, self._waiting)

    patch.setattr(DetectSpikes, "_send", later)
    patch.setattr(DetectSpikes, "_save", save_then_send)


def _another_id_each_time(patch):
    numbers = itertools.count()
    patch.setattr("detector.revision.incident_id", lambda *_: f"incident-{next(numbers)}")


def _no_holes(topic):
    def make(check):
        async def trusting(self, consumer, name, slab, expected):
            return name == topic or await check(self, consumer, name, slab, expected)

        return trusting

    return put(Contiguity, "check", make)


def _tiles_always(patch):
    patch.setattr("detector.watermark.tiles", lambda *_: True)
    patch.setattr("detector.shard.tiles", lambda *_: True)


def _a_hole_that_stays() -> None:
    test_contiguity.test_a_hole_that_stays_is_counted_as_gap(test_contiguity.Checked())


def _never_believes(check):
    async def stubborn(self, *rest):
        self._sought.clear()
        return await check(self, *rest)

    return stubborn


def _no_lock(init):
    def without(self, *args, **kwargs):
        init(self, *args, **kwargs)
        self.lock = Unlocked()

    return without


class Unlocked(nullcontext):
    """A lock that lets everybody pass."""


def _judge_after(apply):
    """Let a record's clock move the watermark before its mentions are judged."""

    def late(self, offset, timestamp, record):
        if offset > self.through:
            clocks_only = MentionRecord(structs.replace(record.cover, end=record.cover.begin), [])
            through = self.through
            apply(self, offset, timestamp, clocks_only)
            self.through = through
        apply(self, offset, timestamp, record)

    return late


def _greatest_clock(advance):
    def greatest(self):
        for source in self.sources.values():
            source.idle, source.reach = True, self._front()
        advance(self)

    return greatest


def _reach_without_end(hear):
    def ever(self, cover):
        hear(self, cover)
        for source in self.sources.values():
            if source.idle:
                source.reach = self._front()
        self._advance()

    return ever


def _idle_when_quiet(cover):
    def eager(self, home, idle=False):
        return cover(self, home, idle or agents.score_posts.monotonic() - self.spoke_at >= 15)

    return eager


def _crashes_before_headers() -> None:
    log = crowd_log(0)
    undisturbed = {0: replay(log, quick_shard())}
    laws.test_a_crash_before_every_header_that_follows_a_changed_incident({0: log}, undisturbed, 0)


def _a_rebalance() -> None:
    with test_state_upgrades.settled() as world:
        test_state_upgrades.test_what_comes_back_after_a_rebalance_is_not_read_again(world)


def _with_hop(test):
    def run() -> None:
        with pytest.MonkeyPatch.context() as patch:
            test(test_score_posts.Hop(patch))

    return run


def _ends_once(tick):
    """Ask for the ends once, and believe the answer for ever."""

    async def believing(self):
        ask, answers = self._consumer.end_offsets, self.__dict__.setdefault("_answers", {})

        async def once(tps):
            tps = list(tps)
            if any(tp not in answers for tp in tps):
                answers.update(await ask(tps))
            return answers

        self._consumer.end_offsets = once
        await tick(self)
        self._consumer.end_offsets = ask

    return believing


def _wall_clock_when_idle(advance):
    """All idle: to the newest timestamp, rather than by live time."""

    def leaping(self):
        advance(self)
        if self.idle_at is not None:
            self.watermark = max(self.watermark, self.newest)

    return leaping


def _a_frozen_worker_writes() -> None:
    """As test_sender: the lease is over, so nothing may be sent."""
    producer, lease = test_sender.Producer(), Lease(10.0)
    lease.renew(monotonic() - 9.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("agents.sender.end_process", _end)
        with suppress(SystemExit):
            test_sender.sent_by(producer, test_sender.RECORDS, lease)
    assert producer.sent == []


def _end(*_) -> None:
    raise SystemExit


def _a_recreated_topic_is_refused() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("agents.contiguity.end_process", _end)
        shorter = fresh_start(test_contiguity.Consumer(end=3, committed=50), test_contiguity.HERE, "earliest")
        with pytest.raises(SystemExit):
            asyncio.run(shorter)


async def _commit_through(self, shard, tp, save):
    await save(self, shard, tp)
    self._consumer.mark(tp, shard.through + 1)


RULES = [
    # Exactness 1: identity, not delivery.
    Rule(
        "ids are checked across all open buckets of the brand",
        put(
            OpenBuckets,
            "add",
            lambda add: lambda self, m, at: (self._known.discard(m.post), add(self, m, at))[1],
        ),
    ),
    Rule("a mention for a closed bucket is a duplicate when its position is known", _miss_with(None)),
    Rule("a mention for a closed bucket is late when its position is new", _miss_with(2**62)),
    Rule(
        "a post is known as long as the minute of any of its copies is open",
        put(OpenBuckets, "_keep", lambda _: lambda *_: None),
        lambda: test_shard.test_a_copy_with_another_time_is_a_duplicate_while_the_minute_of_any_copy_is_open(
            restarts=False
        ),
    ),
    Rule(
        "what is known beyond its minute is known after a restart",
        put(OpenBuckets, "keep", lambda _: lambda *_: None),
    ),
    # Exactness 2: the log of mentions is the write-ahead log.
    Rule(
        "each write is confirmed before the header is written",
        _writes(lambda w: structs.replace(w, before=[w.header, *w.before])),
    ),
    Rule(
        "the mark is the lowest offset that touches an open bucket",
        put(Journal, "writing", _mark_after_through),
    ),
    Rule("a refill adds only to minutes that are open", put(Shard, "_refill", _refill_all)),
    Rule(
        "a refill adds only what was covered, and not what was ignored at first",
        put(Shard, "_refill", _refill_ahead),
        lambda: test_shard.test_what_a_stale_owner_wrote_is_ignored_after_a_restart_too(Hole.EXPIRED),
    ),
    Rule(
        "records up to `through` only refill: nothing is decided",
        put(Shard, "restore", _decide_again),
        test_shard.test_records_up_to_the_header_only_refill,
    ),
    Rule(
        "minutes after the header's `closed_to` do not count",
        put(agents.detect_spikes, "reading_state", _all_minutes),
    ),
    Rule("a brand record holds its last two versions", put(Journal, "_brand_record", _one_version)),
    Rule(
        "recovery takes the newest version at or below the header's seq",
        put(BrandRecord, "at", lambda _: lambda self, seq: self.versions[-1] if self.versions else None),
        _crashes_before_headers,
    ),
    Rule(
        "baselines follow the header",
        _writes(lambda w: structs.replace(w, before=[*w.before, *w.after], after=[])),
    ),
    Rule(
        "a minute is deleted only when every baseline covers it",
        _writes(
            lambda w: structs.replace(
                w, after=[*w.after, *((k, None) for k, _ in w.before if "/minute/" in k)]
            )
        ),
    ),
    # Exactness 3: incident first, then state.
    Rule("an incident is confirmed before the state that remembers it", _state_first),
    Rule("the id of an incident follows from what it is about", _another_id_each_time),
    # Exactness 4: contiguity, and ranges tile.
    Rule("a hole in posts is read again", _no_holes("posts")),
    Rule("a hole in mentions is read again", _no_holes("mentions")),
    Rule(
        "a hole that stays is real, and work goes on",
        put(Contiguity, "check", _never_believes),
        _a_hole_that_stays,
    ),
    Rule(
        "mentions are expected from the mark on, not after `through`",
        lambda patch: patch.setattr(
            Shard,
            "next_offset",
            property(lambda self: None if self._journal.mark is None else self.through + 1),
        ),
    ),
    Rule("a record that does not continue the covered range is ignored, its clock included", _tiles_always),
    Rule(
        "the committed offset of posts is the lowest confirmed to all mentions partitions",
        put(PostsPartition, "covered_everywhere", lambda _: lambda self, homes: position(self.expected)),
    ),
    Rule(
        "memory is kept over a rebalance only when the header is the one that this worker wrote",
        put(Before, "is_current", lambda _: lambda self, header: True),
        _a_rebalance,
    ),
    # Exactness 5: acknowledge late.
    Rule(
        "the committed offset of mentions is never above the mark",
        put(
            DetectSpikes, "_save", lambda save: lambda self, shard, tp: _commit_through(self, shard, tp, save)
        ),
    ),
    # Exactness 6: frozen workers do not write.
    Rule(
        "a lease is checked before each write",
        lambda patch: patch.setattr(Lease, "is_held", True),
        _a_frozen_worker_writes,
    ),
    Rule(
        "a topic that is shorter than what was read of it is refused",
        lambda patch: patch.setattr("agents.contiguity.check_end", lambda *_: None),
        _a_recreated_topic_is_refused,
    ),
    # Time: now, and the clocks of the posts partitions.
    Rule(
        "a post more than a minute ahead of now is rejected",
        lambda patch: patch.setattr("detector.intake.MAX_AHEAD_MS", 10**9),
        test_intake.test_a_post_may_be_a_minute_ahead_and_no_more,
    ),
    Rule(
        "a post moves a clock by at most now",
        put(Reader, "read", lambda read: lambda self, records, now: read(self, records, now + 50_000)),
        test_reading.test_the_newest_event_time_is_at_most_now_and_of_unmatched_posts_too,
    ),
    Rule("a clock follows the posts it covers", put(PostsPartition, "__init__", _no_lock)),
    Rule(
        "partitions that no slab told are told by a tick",
        lambda patch: patch.setattr("agents.score_posts.TICK_S", 10**9),
        _with_hop(test_score_posts.test_a_tick_tells_those_whom_no_slab_told),
    ),
    Rule("idle needs that all is read", put(PostsPartition, "cover", _idle_when_quiet)),
    Rule(
        "the end is asked for that tick",
        put(ScorePosts, "tick", _ends_once),
        _with_hop(test_score_posts.test_the_end_is_asked_for_every_tick),
    ),
    Rule(
        "idle needs 15 s of quiet",
        lambda patch: patch.setattr(
            PostsPartition, "spoke_at", property(lambda _: 0.0, lambda *_: None), raising=False
        ),
        _with_hop(test_score_posts.test_a_partition_is_idle_after_fifteen_seconds_of_quiet),
    ),
    Rule(
        "idle is void as soon as a slab is fetched",
        lambda patch: patch.setattr(MemoryConsumer, "is_drained", lambda *_: True),
        _with_hop(test_score_posts.test_idle_is_void_once_a_slab_is_fetched),
    ),
    # Time: the watermark.
    Rule("the watermark is the least clock", put(Clocks, "_advance", _greatest_clock)),
    Rule("a mention is judged by the watermark before its record", put(Shard, "apply", _judge_after)),
    Rule(
        "the watermark starts when every partition has spoken",
        put(Clocks, "hear", lambda hear: lambda self, cover: hear(self, structs.replace(cover, sources=1))),
        test_watermark.test_it_starts_when_every_source_has_spoken,
    ),
    Rule(
        "the watermark never falls, and a lower clock is ignored",
        lambda patch: patch.setattr(
            "detector.watermark._later", lambda one, other: one if other is None else other
        ),
        test_watermark.test_it_is_the_least_clock_and_never_falls,
    ),
    Rule(
        "a statement of silence is fresh for 5 s",
        lambda patch: patch.setattr("detector.watermark.FRESH_MS", 10**9),
        test_watermark.test_an_old_statement_of_silence_is_not_silence,
    ),
    Rule(
        "an idle partition is as far as the others were when it said so",
        put(Clocks, "hear", _reach_without_end),
        test_watermark.test_a_source_that_begins_to_speak_is_not_overtaken,
    ),
    Rule(
        "a partition that has not spoken for 10 min is left out",
        lambda patch: patch.setattr(Clocks, "_is_dead", lambda *_: False),
        test_watermark.test_a_source_is_dead_after_ten_minutes_of_live_time,
    ),
    Rule(
        "live time is cut to 2 s between two records",
        lambda patch: patch.setattr("detector.watermark.STEP_MS", 10**9),
        test_watermark.test_an_own_outage_is_not_silence,
    ),
    Rule(
        "all idle, the watermark advances by live time",
        put(Clocks, "_advance", _wall_clock_when_idle),
        test_watermark.test_an_outage_while_all_are_idle_advances_it_by_two_seconds,
    ),
    Rule(
        "all idle, the watermark does advance",
        lambda patch: patch.setattr("detector.watermark.FRESH_MS", -1),
        test_watermark.test_all_idle_it_goes_on_by_live_time,
    ),
    Rule(
        "a count that only grows does not wait for the close",
        put(Track, "count", lambda count: lambda self, *rest: None if count(self, *rest) is None else []),
        test_shard.test_an_incident_escalates_with_the_post_that_doubles_it,
    ),
]


@pytest.mark.parametrize("rule", [r for r in RULES if r.noticed_by is not walks], ids=lambda rule: rule.name)
def test_nothing_is_missed_while_all_rules_hold(rule):
    """The walks without a switch are test_pipeline_model's."""
    rule.noticed_by()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_that_is_switched_off_is_missed(rule, monkeypatch):
    rule.off(monkeypatch)
    with pytest.raises((Exception, pytest.fail.Exception)):  # a broken rule may show itself as any error
        rule.noticed_by()
