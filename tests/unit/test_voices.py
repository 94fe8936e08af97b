import random
import tracemalloc

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.voices import MAX_VOICES, Voices

LENGTHS = (1, 3, 5)
POSTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 12)), max_size=40)


def brute(posts, end: int, length: int) -> int:
    """Count the distinct authors of a window; unknown ones singly."""
    inside = [author for author, minute in posts if end - length < minute <= end]
    return len({a for a in inside if a}) + inside.count(0)


@given(POSTS)
def test_counts_are_those_of_brute_force_in_any_order(posts):
    voices = Voices(LENGTHS)
    for author, minute in posts:
        voices.add(author, minute)
    for length in LENGTHS:
        for end in range(20):
            assert voices.count(end, length) == brute(posts, end, length)
    for length in (2, 4, 9):
        assert voices.authors(8, length) == brute(posts, 8, length)
    assert bool(voices) == bool(posts)


@given(POSTS, POSTS)
def test_counts_of_open_minutes_are_exact_while_others_close(first, later):
    voices, seen = Voices(LENGTHS), []
    for closed in range(-1, 13):
        posts = [p for p in (first if closed < 4 else later) if p[1] > closed]
        for author, minute in posts:
            voices.add(author, minute)
        seen += posts
        voices.close(closed + 1)
        for length in LENGTHS:
            for end in range(closed + 2, 20):
                assert voices.count(end, length) == brute(seen, end, length)
        for end in range(closed + 2, 20):
            assert voices.authors(end, 4) == brute(seen, end, 4)


@given(POSTS, POSTS)
def test_windows_that_end_with_a_closed_minute_know_who_is_new(first, later):
    voices, seen = Voices(LENGTHS, closing=(4, 8)), []
    for minute in range(13):
        posts = [p for p in (first if minute < 4 else later) if p[1] >= minute]
        for author, at in posts:
            voices.add(author, at)
        seen += posts
        voices.settle(minute)
        for length in (4, 8):
            assert voices.heard.count(minute, length) == brute(seen, minute, length)
            said = {a for a, at in seen if a and at == minute}
            before = {a for a, at in seen if minute - length < at < minute}
            assert voices.came(length) == len(said - before) + seen.count((0, minute))
        voices.close(minute)


@given(POSTS)
def test_everything_is_forgotten_in_the_end(posts):
    voices = Voices(LENGTHS)
    for author, minute in posts:
        voices.add(author, minute)
    for minute in range(13 + max(LENGTHS)):
        voices.close(minute)
    assert not voices
    assert not voices.heard._last
    assert not any(voices._rises.values())


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 999), st.integers(0, 3))
def test_what_is_remembered_of_closed_minutes_gives_the_same_counts(seed, unknown):
    """Also of a crowd beyond the cap, that comes back: a restart sees what the running worker sees."""
    rng = random.Random(seed)
    posts = [(rng.randrange(1, 900), rng.randrange(4)) for _ in range(4_800)] + [(0, 2)] * unknown
    voices = Voices(LENGTHS)
    for author, minute in posts:
        voices.add(author, minute)
    remembered = {}
    for closed in range(3):
        voices.close(closed)
        authors, plain = voices.closed
        remembered[closed] = np.frombuffer(authors, "<u8").tolist(), plain
        assert len(remembered[closed][0]) == MAX_VOICES
        rebuilt = Voices(LENGTHS)
        for minute, (authors, plain) in remembered.items():
            rebuilt.add_all(authors, plain, minute)
            rebuilt.close(minute)
        for author, minute in posts:
            if minute > closed:
                rebuilt.add(author, minute)
        for length in LENGTHS:
            for end in range(closed + 1, 12):
                assert voices.count(end, length) == rebuilt.count(end, length)


def test_a_minute_within_the_cap_keeps_all_its_authors():
    voices = Voices(LENGTHS)
    for author in range(1, MAX_VOICES + 1):
        voices.add(author, 0)
    voices.close(0)
    authors, plain = voices.closed
    assert (np.frombuffer(authors, "<u8").tolist(), plain) == (list(range(1, MAX_VOICES + 1)), 0)
    voices.add(MAX_VOICES, 1)
    assert voices.count(1, 3) == MAX_VOICES


def test_the_capped_voices_of_a_minute_still_count():
    voices = Voices(LENGTHS)
    for author in range(1, MAX_VOICES + 11):
        voices.add(author, 0)
    voices.close(0)
    assert voices.closed[1] == 10
    assert voices.count(1, 3) == MAX_VOICES + 10


def test_a_crowd_that_speaks_for_an_hour_takes_a_few_bytes_an_author():
    rng, voices = random.Random(2), Voices((15,), closing=(60,))
    tracemalloc.start()
    for minute in range(62):
        for _ in range(2 * MAX_VOICES):
            voices.add(rng.getrandbits(63) + 1, minute)
        voices.close(minute)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert voices.heard.count(61, 60) == 60 * 2 * MAX_VOICES
    assert taken < 60 * MAX_VOICES * 12 + 300_000
