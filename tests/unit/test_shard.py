import time

import pytest

from detector.clock import MINUTE_MS
from detector.codec import to_msgpack
from detector.mention import Cover, Hole, MentionRecord, position
from detector.spike import Reason
from detector.state import (
    CHUNK_BYTES,
    STATE_FORMAT,
    Header,
    copies_key,
    copies_records,
    header_key,
    read_state,
)
from detector.track import FORGET_MIN
from detector.watermark import Clocks
from tests.crowd_logs import QuickStore, put, quick_shard
from tests.mention_logs import START, mention

MINUTE = START // MINUTE_MS


class Source:
    """One posts partition that writes records to a shard, in relative minutes."""

    def __init__(self, shard=None):
        self.shard = shard or quick_shard()
        self.end = 0
        self._offset = -1
        self._log = []

    def writes(
        self, *minutes: float, clock: float | None = None, first=1, begin=None, hole=Hole.NONE, sources=1
    ):
        begin = self.end if begin is None else begin
        rows = [
            mention("a", first + i, START + round(minute * MINUTE_MS), position(begin + i), author=first + i)
            for i, minute in enumerate(minutes)
        ]
        at = None if clock is None else START + round(clock * MINUTE_MS)
        cover = Cover(0, sources, position(begin), position(begin + len(rows)), at, hole=hole)
        self.end = max(self.end, begin + len(rows))
        self._offset += 1
        self._log.append((self._offset, START + self._offset * 1_000, MentionRecord(cover, rows)))
        self.shard.apply(*self._log[-1])
        return self.shard.take()

    def restarts(self, store):
        """Go on with a shard that is restored and has read the log from its mark on again."""
        self.shard = store.restored()
        for entry in self._log:
            if entry[0] >= self.shard.next_offset:
                self.shard.apply(*entry)


def test_nothing_is_closed_before_the_watermark_starts():
    source = Source()
    found = source.writes(0, 1, 500, clock=500, sources=2)
    assert (found.counts["counted"], source.shard.closed_to, source.shard.checkpoint()) == (3, None, None)


def test_the_first_bucket_is_closed_too():
    source, store = Source(), QuickStore()
    source.writes(3, clock=3)
    assert source.shard.closed_to == MINUTE + 2
    source.writes(clock=5)
    put(store, source.shard.checkpoint())
    assert f"0/minute/{MINUTE + 3}/0" in store.entries


def test_a_record_is_judged_by_the_watermark_before_it():
    source = Source()
    source.writes(0, clock=0)
    found = source.writes(1, clock=60, first=2)
    assert (found.counts["counted"], found.late) == (1, [])


def test_a_late_post_says_by_how_much_and_where_it_stands():
    source = Source()
    source.writes(0, clock=10)
    (late,) = source.writes(4.5, first=2).late
    assert (late.late_by_ms, late.partition, late.offset, late.index) == (5.5 * MINUTE_MS, 0, 1, 0)


def test_a_copy_after_the_close_is_late_and_a_record_read_again_is_a_duplicate():
    source = Source()
    source.writes(0, clock=10)
    assert source.writes(0, begin=0).counts == {"duplicate": 1}
    assert source.writes(0).counts == {"late": 1}


def test_a_copy_before_the_close_is_a_duplicate():
    source = Source()
    source.writes(0, clock=0)
    assert source.writes(0).counts == {"duplicate": 1}


def test_a_stale_owner_is_ignored_with_its_clock():
    source = Source()
    source.writes(0, clock=0)
    found = source.writes(1, 2, begin=2, clock=600, first=9)
    assert found.counts == {"ignored": 2}
    assert source.shard.clocks.watermark == START
    assert source.shard.clocks.applied(0) == position(1)


@pytest.mark.parametrize("hole", [Hole.GAP, Hole.EXPIRED])
def test_a_known_hole_is_crossed(hole):
    source = Source()
    source.writes(0, clock=0)
    assert source.writes(1, begin=5, clock=1, first=9, hole=hole).counts == {"counted": 1}


def test_the_mark_is_the_lowest_record_of_an_open_minute():
    source = Source()
    source.writes(0, clock=0)
    source.writes(5, first=2)
    source.writes(7, first=3)
    source.writes(clock=3)
    assert source.shard.checkpoint().mark == 1
    source.writes(clock=6)
    assert source.shard.checkpoint().mark == 2
    source.writes(clock=9)
    assert source.shard.checkpoint().mark == 6, "nothing is open: all that was applied is done with"
    assert source.shard.checkpoint() is None


def test_records_up_to_the_header_only_refill():
    store, source = QuickStore(), Source()
    source.writes(0, clock=0)
    source.writes(*[2 + i / 100 for i in range(20)], clock=2, first=100)
    put(store, source.shard.checkpoint())
    shard = store.restored()
    assert shard.next_offset == 1
    again = Source(shard)
    again.end, again._offset = 1, 0
    assert again.writes(*[2 + i / 100 for i in range(20)], clock=99, first=100).counts == {}
    assert shard.clocks.watermark == START + 2 * MINUTE_MS
    assert shard.tracks["a"].open.minutes[MINUTE + 2].tally.posts == 20


def test_a_burst_ahead_of_the_watermark_waits_for_its_limit_and_not_for_its_close():
    source = Source()
    source.writes(0, clock=100)
    burst = [200 + i / 100 for i in range(20)]
    assert source.writes(*burst, clock=100, first=100).revisions == []
    assert [r.change for r in source.writes(clock=195).revisions] == ["opened"]


def test_an_incident_escalates_with_the_post_that_doubles_it():
    """The count goes on past the limit in a minute that is open: its steps are looked at."""
    source = Source()
    source.writes(0, clock=195)
    found = source.writes(*[200 + i / 100 for i in range(7)], clock=195, first=100)
    assert [r.change for r in found.revisions] == ["opened"]
    source.writes(clock=205)
    found = source.writes(*[213 + i / 100 for i in range(20)], first=200)
    assert [r.change for r in found.revisions][:1] == ["escalated"]


def test_a_copy_with_another_time_is_no_new_post_after_a_restart():
    counted = []
    for restart in (False, True):
        store, source = QuickStore(), Source()
        source.writes(0, clock=0)
        source.writes(1, 1.5, first=1)  # the post of minute 0 once more, with another time; and a new one
        source.writes(clock=1)
        put(store, source.shard.checkpoint())
        if restart:
            source.shard = store.restored()
            source.end, source._offset = 1, 0
            source.writes(1, 1.5, first=1)
        counted.append(source.shard.tracks["a"].open.minutes[MINUTE + 1].tally.posts)
    assert counted[0] == counted[1]


def posts_of(source: Source, minute: int) -> int:
    bucket = source.shard.tracks["a"].open.minutes.get(MINUTE + minute)
    return 0 if bucket is None else bucket.tally.posts


@pytest.mark.parametrize("restarts", [False, True])
def test_a_copy_with_another_time_is_a_duplicate_while_the_minute_of_any_copy_is_open(restarts):
    store, source = QuickStore(), Source()

    def closes(minute: int):
        source.writes(clock=minute + 1)
        put(store, source.shard.checkpoint())
        if restarts:
            source.restarts(store)

    assert source.writes(0, clock=0, first=7).counts["counted"] == 1
    assert source.writes(2, first=7).counts == {"duplicate": 1}
    closes(0)
    assert source.writes(2.5, first=7).counts == {"duplicate": 1}, "minute 2 of its copy is open"
    assert source.writes(4, first=7).counts == {"duplicate": 1}
    closes(2)
    assert source.writes(5, first=8).counts["counted"] == 1
    assert source.writes(4, first=7).counts == {"duplicate": 1}, "minute 4 of its copy is open"
    closes(4)
    assert source.writes(5, first=7).counts["counted"] == 1, "no minute of it is open any more"
    assert (posts_of(source, 2), posts_of(source, 4), posts_of(source, 5)) == (0, 0, 2)
    assert any("/copies/" in key for key in store.entries) is False


@pytest.mark.parametrize("hole", [Hole.GAP, Hole.EXPIRED])
def test_what_a_stale_owner_wrote_is_ignored_after_a_restart_too(hole):
    """Its positions are known as covered by then, for they were gone for the owner that came after it."""
    store, source = QuickStore(), Source()
    source.writes(3, clock=0)
    assert source.writes(3, begin=5, clock=900, first=9).counts == {"ignored": 1}
    assert source.writes(3, begin=8, clock=2, first=20, hole=hole).counts["counted"] == 1
    put(store, source.shard.checkpoint())
    assert source.shard.clocks.applied(0) == position(9)
    for _ in range(2):
        source.restarts(store)
        assert posts_of(source, 3) == 2
        source.writes(clock=2.5)
        put(store, source.shard.checkpoint())


def test_what_is_kept_of_changed_posts_comes_in_chunks_and_the_header_says_how_many():
    kept = {f"brand{i}": {2**60 + j: MINUTE + 1 for j in range(9_000)} for i in range(9)}
    chunks = dict(copies_records(0, 4, kept.items()))
    assert len(chunks) > 2
    assert max(map(len, chunks.values())) < CHUNK_BYTES * 1.1
    header = Header(STATE_FORMAT, 1, 9, 9, 4, MINUTE, Clocks(), {}, len(chunks))
    stale = {copies_key(0, 4, len(chunks)): b"\xff", copies_key(0, 5, 0): b"\xff"}
    shard = quick_shard()
    shard.restore(read_state(0, 1, {header_key(0): to_msgpack(header), **chunks, **stale}))
    assert {brand: track.open.kept for brand, track in shard.tracks.items()} == kept
    source = Source(shard)
    source._offset = 9
    source.writes(clock=2)
    assert not any(track.open.has_kept for track in shard.tracks.values())
    deleted = {key for key, value in shard.checkpoint().after if value is None}
    assert deleted == {*chunks, *stale}


def test_a_header_comes_after_what_it_rests_on_and_before_what_rests_on_it():
    """Minutes and brands first, then the header, then baselines and deletions."""
    source = Source()
    source.writes(0, clock=0)
    for minute in range(1, 400):
        source.writes(*([minute] if minute % 5 == 0 else ()), clock=minute, first=minute)
        writes = source.shard.checkpoint()
        kinds = [{key.split("/")[1] for key, _ in part} for part in (writes.before, writes.after)]
        assert kinds[0] <= {"minute", "brand"}
        assert kinds[1] <= {"baseline", "minute"}
        assert all(value is not None for _, value in writes.before)
        assert all(value is None for key, value in writes.after if "/minute/" in key)
        assert writes.header[0] == "0/header"


def test_minutes_that_the_baselines_cover_are_deleted_also_after_a_restart():
    store, source = QuickStore(), Source()
    for minute in range(300):
        source.writes(minute, clock=minute, first=1 + minute)
        put(store, source.shard.checkpoint())
        if minute == 150:
            offset, end = source._offset, source.end
            source = Source(store.restored())
            source._offset, source.end = offset, end
    kept = sorted(int(key.split("/")[2]) - MINUTE for key in store.entries if "/minute/" in key)
    assert kept[0] > 150
    assert kept[-1] == 298


def test_a_post_from_an_archive_costs_nothing_for_the_years_since():
    """A first post of 24 years ago, then the present: closing may not walk minute by minute."""
    years = 24 * 365 * 24 * 60
    source = Source()
    source.writes(-years, clock=-years)
    began = time.process_time()
    for minute in range(40):
        source.writes(minute, clock=minute, first=minute + 2)
    assert time.process_time() - began < 1.0
    assert source.shard.closed_to == MINUTE + 38
    assert source.shard.tracks["a"].learnt == MINUTE + 38


def test_a_brand_that_was_silent_for_a_month_begins_anew():
    month = FORGET_MIN + 60
    source = Source()
    for minute in range(0, 300, 10):
        source.writes(minute, clock=minute, first=minute)
    assert source.shard.tracks["a"].detectors[0].limit(MINUTE + 291).reason is not Reason.WARMING_UP
    source.writes(300 + month, clock=300 + month, first=5_000)
    source.writes(302 + month, clock=303 + month, first=5_001)
    assert source.shard.tracks["a"].detectors[0].limit(MINUTE + 303 + month).reason is Reason.WARMING_UP
