"""Laws of a mentions partition on hard logs: crashed, recounted by a plain reference, shuffled, repeated."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.clock import MINUTE_MS, from_rfc3339, minute_of
from detector.mention import Cover, Hole, MentionRecord, position
from detector.shard import Shard
from detector.watch import IncidentSettings
from tests.crowd_logs import (
    QuickStore,
    closed_posts,
    crowd_log,
    crowd_posts,
    detectors_of,
    log_of,
    put,
    quick_shard,
)
from tests.mention_logs import LATENESS_MS, START, Entry, Store, mention, replay

SEEDS = range(6)


@pytest.fixture(scope="module")
def logs():
    return {seed: crowd_log(seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def undisturbed(logs):
    return {seed: replay(log, quick_shard()) for seed, log in logs.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_logs_are_worth_testing(undisturbed, seed):
    found = undisturbed[seed][1]
    assert len({r.brand for r in found.revisions}) == 3
    assert {"opened", "updated", "resolved"} <= {r.change for r in found.revisions}
    assert found.counts["late"] > 20
    assert found.counts["duplicate"] > 10


@pytest.mark.parametrize("seed", SEEDS)
def test_the_evidence_is_that_of_the_judged_window(undisturbed, seed):
    """What was observed can be read from the evidence, however many minutes of the window are closed."""
    told = [r for r in undisturbed[seed][1].revisions if r.change != "resolved"]
    for revision in told:
        shown, verdict = revision.evidence, revision.verdict
        if minute_of(from_rfc3339(shown.to_at)) != verdict.minute + 1:
            continue  # an update without a verdict of its own
        negative = verdict.signal == "negative_count"
        assert verdict.observed == (shown.negative_authors if negative else shown.authors)
        assert len(shown.timeline) == len(shown.negative_timeline) == verdict.window_min
        assert max(shown.timeline) <= shown.authors <= sum(shown.timeline) <= shown.posts
        assert sum(shown.platforms.values()) == shown.posts
    assert any(sum(1 for n in r.evidence.timeline if n) > 1 for r in told)
    assert any(r.evidence.drivers for r in told)
    assert any(r.evidence.amplified_share > 0 for r in told)


@pytest.mark.parametrize("crash", range(3))
@pytest.mark.parametrize("seed", SEEDS)
def test_a_crash_at_any_write_changes_nothing(logs, undisturbed, seed, crash):
    """The worker dies 6 times between any two writes of a checkpoint; its successor goes on from the mark."""
    rng, log = random.Random(f"{seed}/{crash}"), logs[seed]
    deaths = sorted(rng.sample(range(len(log)), 6))
    store, everything, shard, at = QuickStore(), Minutes(), quick_shard(), 0
    revisions, late = {}, set()
    while at < len(log):
        size = rng.choice([1, 1, 3, 12])
        for entry in log[at : at + size]:
            shard.apply(*entry)
        at += size
        found, writes = shard.take(), shard.checkpoint()
        for revision in found.revisions:
            assert revisions.setdefault((revision.id, revision.revision), revision) == revision
        late |= {(one.partition, one.offset) for one in found.late}
        order = [] if writes is None else [*writes.before, writes.header, *writes.after]
        alive = not (deaths and at > deaths[0])
        done = order if alive else order[: rng.randrange(len(order) + 1)]
        store.put(done)
        everything.put(done)
        if not alive:
            deaths.pop(0)
            shard = store.restored()
            at = shard.next_offset or 0
    whole, expected = undisturbed[seed]
    assert list(revisions.values()) == expected.revisions
    assert late == {(one.partition, one.offset) for one in expected.late}
    assert shard.closed_to == whole.closed_to
    assert everything.minutes == _minutes_undisturbed(log)


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_a_crash_before_every_header_that_follows_a_changed_incident(logs, undisturbed, seed):
    """The new version of a brand's watch is written, the header that covers it is not."""
    log, store, everything, shard, at = logs[seed], QuickStore(), Minutes(), quick_shard(), 0
    revisions, died_at = {}, set()
    while at < len(log):
        shard.apply(*log[at])
        for revision in shard.take().revisions:
            assert revisions.setdefault((revision.id, revision.revision), revision) == revision
        at += 1
        writes = shard.checkpoint()
        if writes is not None:
            everything.put(writes.before)
        if writes is not None and at not in died_at and any("/brand/" in key for key, _ in writes.before):
            died_at.add(at)
            store.put(writes.before)
            shard = store.restored()
            at = shard.next_offset or 0
        else:
            put(store, writes)
    assert len(died_at) > 10
    assert list(revisions.values()) == undisturbed[seed][1].revisions
    assert everything.minutes == _minutes_undisturbed(log)


class Minutes(Store):
    """Keeps every closed minute that was ever written."""

    def put(self, entries) -> None:
        super().put((key, value) for key, value in entries if value is not None)

    @property
    def minutes(self) -> dict[str, bytes]:
        return {key: value for key, value in self.entries.items() if "/minute/" in key}


def _minutes_undisturbed(log: list[Entry]) -> dict[str, bytes]:
    shard, store = quick_shard(), Minutes()
    for entry in log:
        shard.apply(*entry)
        writes = shard.checkpoint()
        if writes is not None:
            store.put(writes.before)
    return store.minutes


def _ticked(events: dict[int, list[tuple[int, int]]], minutes: range) -> list[Entry]:
    """Return a log of one source whose clock is at each minute; events are (post, milliseconds in minute)."""
    log: list[Entry] = []
    end = 0
    for minute in minutes:
        posts = events.get(minute, ())
        rows = [
            mention("b", post, START + minute * MINUTE_MS + ms, position(end + i))
            for i, (post, ms) in enumerate(posts)
        ]
        cover = Cover(0, 1, position(end), position(end + len(rows)), START + minute * MINUTE_MS)
        end += len(rows)
        log.append((len(log), START + minute * MINUTE_MS, MentionRecord(cover, rows)))
    return log


def _crashed_after(log: list[Entry], cut: int, new_shard):
    """Return the revisions when the worker dies after so many records, all of its writes done."""
    store, shard, revisions = Store(), new_shard(), {}
    for entry in log[:cut]:
        shard.apply(*entry)
        revisions |= {(r.id, r.revision): r for r in shard.take().revisions}
        put(store, shard.checkpoint())
    shard = store.into(new_shard())
    for entry in log[shard.next_offset or 0 :]:
        shard.apply(*entry)
        for r in shard.take().revisions:
            assert revisions.setdefault((r.id, r.revision), r) == r
        put(store, shard.checkpoint())
    return list(revisions.values())


def test_a_burst_after_silence_is_closed_alike_with_and_without_a_crash():
    """The restored baseline ends long before the burst: the silence between must be learnt first."""

    def short_lived():
        return Shard(0, 1, detectors_of, IncidentSettings(resolve_after_min=1, update_every_min=1))

    log = _ticked({0: [(1, 1)], 101: [(100 + i, i) for i in range(20)]}, range(130))
    whole = replay(log, short_lived())[1].revisions
    assert [r.change for r in whole][:2] == ["opened", "updated"]
    for cut in range(95, 110):
        assert _crashed_after(log, cut, short_lived) == whole


COUNTING = settings(
    derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


class Reference:
    """Counts a log as plainly as can be: a set of posts, the least clock, and nothing ever forgotten."""

    def __init__(self) -> None:
        self.counted: dict[tuple[str, int], set[int]] = {}
        self.late: set[tuple[int, int]] = set()
        self._applied: dict[int, int] = {}
        self._clocks: dict[int, int] = {}
        self._closed_to = -1

    def apply(self, record: MentionRecord) -> None:
        cover = record.cover
        applied = self._applied.get(cover.source)
        if applied is not None and cover.begin > applied and not cover.hole:
            return
        for one in record.mentions:
            minute = minute_of(one.created_at)
            if minute > self._closed_to:
                self.counted.setdefault((one.brand, minute), set()).add(one.post)
            elif applied is None or one.position >= applied:
                self.late.add((cover.source, one.position))
        self._applied[cover.source] = max(applied or 0, cover.end)
        self._clocks[cover.source] = max(self._clocks.get(cover.source, 0), cover.clock)
        if len(self._clocks) == cover.sources:
            self._closed_to = max(self._closed_to, minute_of(min(self._clocks.values())) - 1)


class Owner:
    """A posts partition of a minute's length and more; writes some of it, again, ahead of time, or never."""

    def __init__(self, rng: random.Random, source: int) -> None:
        times = [START + i * MINUTE_MS // 3 + i * 7_919 % MINUTE_MS for i in range(60)]
        self._rng, self._source, self._end, self._ahead, self._clock = (
            rng,
            source,
            0,
            0,
            START - 5 * MINUTE_MS,
        )
        self._rows = [
            # A third of the posts comes in both partitions, some minutes late by disorder.
            mention(f"brand{i % 2}", i if i % 3 else 100 + i + source, at, position(i), author=i % 7)
            for i, at in enumerate(times)
        ]
        for i in range(0, 55, 5):
            swap = rng.randrange(5)
            one, other = self._rows[i], self._rows[i + swap]
            self._rows[i] = other._replace(position=position(i))
            self._rows[i + swap] = one._replace(position=position(i + swap))

    def write(self, kind: str) -> MentionRecord:
        begin, hole = self._end, Hole.NONE
        if kind == "again":
            begin = max(0, begin - self._rng.randrange(9))
        elif kind == "ahead":
            begin += 1 + self._rng.randrange(3)
        elif kind == "hole" and self._ahead <= self._end:
            begin, hole = begin + self._rng.randrange(4), self._rng.choice([Hole.GAP, Hole.EXPIRED])
        rows = self._rows[begin : begin + self._rng.randrange(6)]
        end = max(begin + len(rows), self._end if kind == "again" else 0)
        clock = max([self._clock, *(row.created_at - 2 * MINUTE_MS for row in rows)])
        if kind == "ahead":
            self._ahead = max(self._ahead, end)
            clock += 99 * MINUTE_MS
        else:
            self._end, self._clock = max(end, self._end), clock
        return MentionRecord(Cover(self._source, 2, position(begin), position(end), clock, hole=hole), rows)

    def last(self) -> MentionRecord:
        at = position(self._end)
        return MentionRecord(Cover(self._source, 2, at, at, START + 90 * MINUTE_MS), [])


@st.composite
def unruly_logs(draw) -> list[Entry]:
    """Two sources in disorder; slabs come again, stale owners write ahead, ranges are gone."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    owners = [Owner(rng, source) for source in (0, 1)]
    kinds = rng.choices(["next", "again", "ahead", "hole"], [5, 2, 1, 1], k=draw(st.integers(5, 60)))
    records = [rng.choice(owners).write(kind) for kind in kinds] + [owner.last() for owner in owners]
    return [(i, START + i * 1_000, record) for i, record in enumerate(records)]


@COUNTING
@given(log=unruly_logs(), cuts=st.sets(st.integers(0, 60)))
def test_every_mention_is_counted_in_one_minute_or_reported_late(log, cuts):
    """Also with restarts at any record; the totals are those of the reference."""
    reference, store, written, shard, late = Reference(), Store(), Store(), quick_shard(), set()
    for _, _, record in log:
        reference.apply(record)
    at = 0
    while at < len(log):
        shard.apply(*log[at])
        late |= {(one.partition, position(one.offset, one.index)) for one in shard.take().late}
        writes = shard.checkpoint()
        put(store, writes)
        written.put(writes.before if writes is not None else ())
        at += 1
        if at in cuts:
            cuts = cuts - {at}
            shard = store.into(quick_shard())
            at = shard.next_offset or 0
    assert closed_posts(written.entries) == {key: len(posts) for key, posts in reference.counted.items()}
    assert late == reference.late
    assert not any(track.open.minutes for track in shard.tracks.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_slabs_that_come_again_change_nothing(logs, undisturbed, seed):
    rng = random.Random(seed)
    again: list[MentionRecord] = []
    for i, (_, _, record) in enumerate(logs[seed]):
        again.append(record)
        if rng.random() < 0.1:
            again += [entry[2] for entry in logs[seed][max(0, i - rng.randrange(1, 40)) : i + 1]]
    times, now = {id(entry[2]): entry[1] for entry in logs[seed]}, 0
    log = []
    for record in again:
        now = max(now, times[id(record)])
        log.append((len(log), now, record))
    found, expected = replay(log, quick_shard())[1], undisturbed[seed][1]
    assert found.revisions == expected.revisions
    assert found.late == expected.late
    assert found.counts["counted"] == expected.counts["counted"]


@pytest.mark.parametrize("seed", SEEDS)
def test_disorder_within_the_lateness_finds_the_same_incidents(seed):
    """Same brands and signals; an incident may open a few minutes earlier or later.

    All posts are negative: of a mixed crowd it depends on the order whether the negatives or the posts as a
    whole reach their limit first, and an incident keeps the signal that opened it.
    """
    rng = random.Random(seed)
    posts = sorted((p[2], *p[1:4], -1, p[5]) for p in crowd_posts(seed))
    ordered = replay(log_of(posts, sources=2), quick_shard())[1]
    moved = sorted((p[2] + rng.randrange(LATENESS_MS), *p[1:]) for p in posts)
    disordered = replay(log_of(moved, sources=2), quick_shard())[1]
    assert ordered.counts["late"] == disordered.counts["late"] == 0
    opened = [_opened(found) for found in (ordered, disordered)]
    assert len(opened[0]) == len(opened[1]) >= 3
    for one, other in zip(*opened, strict=True):
        assert one[:2] == other[:2]
        assert abs(one[2] - other[2]) <= LATENESS_MS // MINUTE_MS


def _opened(found):
    opened = [r for r in found.revisions if r.change == "opened"]
    return sorted((r.brand, r.signal, minute_of(from_rfc3339(r.opened_at))) for r in opened)


@pytest.mark.parametrize("seed", SEEDS)
def test_disorder_in_a_mixed_crowd_changes_at_most_which_signal_came_first(seed):
    """An incident keeps the signal that opened it; all its signals are in its last revision."""
    rng = random.Random(seed)
    # Every third post is not negative: both counts rise together.
    posts = sorted((p[2], *p[1:4], -1 if p[1] % 3 else 1, p[5]) for p in crowd_posts(seed))
    moved = sorted((p[2] + rng.randrange(LATENESS_MS), *p[1:]) for p in posts)
    known = []
    for order in (posts, moved):
        revisions = replay(log_of(order, sources=2), quick_shard())[1].revisions
        last = {r.id: r for r in revisions}.values()
        known.append([(r.brand, minute_of(from_rfc3339(r.opened_at)), r.signals) for r in last])
    ordered, disordered = map(sorted, known)
    assert len(ordered) == len(disordered) >= 3
    for one, other in zip(ordered, disordered, strict=True):
        assert one[0] == other[0]
        assert abs(one[1] - other[1]) <= LATENESS_MS // MINUTE_MS
        assert one[2] == other[2]
