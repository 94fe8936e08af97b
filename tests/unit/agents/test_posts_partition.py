from itertools import pairwise

from agents.contiguity import Begin
from agents.posts_partition import PostsPartition
from detector.mention import Hole, position

LATENESS_MS = 300_000
AT = 1_753_085_100_000


def partition(offset: int = 100, *, is_new: bool = False) -> PostsPartition:
    return PostsPartition(2, 4, Begin(offset, is_new), LATENESS_MS, now=0.0)


def test_covers_of_each_mentions_partition_tile():
    owned = partition()
    covers = {home: [] for home in range(3)}
    for offset, homes in ((103, [0]), (110, [0, 2]), (110, [1]), (150, [2]), (160, [0, 1, 2])):
        owned.read_to(offset, AT, now=1.0)
        for home in homes:
            covers[home].append(owned.cover(home))
        owned.covered(homes, now=1.0)
    for told in covers.values():
        assert told[0].begin == position(100)
        assert told[-1].end == position(160)
        assert all(one.end == other.begin for one, other in pairwise(told))


def test_what_may_be_committed_is_the_lowest_told_to_all():
    owned = partition()
    assert owned.covered_everywhere(3) == position(100)
    owned.read_to(120, None, now=1.0)
    owned.covered([0, 1], now=1.0)
    assert owned.covered_everywhere(3) == position(100), "nobody told mentions partition 2 yet"
    owned.covered([2], now=1.0)
    owned.read_to(130, None, now=2.0)
    owned.covered([0], now=2.0)
    assert owned.covered_everywhere(3) == position(120)
    assert owned.covered_everywhere(1) == position(130)
    assert owned.covered_everywhere(0) == position(100)


def test_the_clock_is_the_newest_event_time_less_the_lateness_and_never_falls():
    owned = partition()
    assert owned.cover(0).clock is None
    owned.read_to(101, None, now=1.0)
    assert owned.cover(0).clock is None
    owned.read_to(102, AT, now=1.0)
    owned.read_to(103, AT - 60_000, now=1.0)
    owned.read_to(104, None, now=1.0)
    assert owned.cover(0).clock == AT - LATENESS_MS


def test_only_the_first_cover_of_a_partition_never_read_before_is_taken_as_it_comes():
    owned = partition(is_new=True)
    assert owned.cover(0).hole is Hole.GAP
    owned.covered([0], now=1.0)
    assert (owned.cover(0).hole, owned.cover(1).hole) == (Hole.NONE, Hole.GAP)
    assert partition().cover(0).hole is Hole.NONE


def test_a_cover_says_who_speaks_and_whether_it_is_idle():
    cover = partition().cover(0, idle=True)
    assert (cover.source, cover.sources, cover.idle) == (2, 4, True)
