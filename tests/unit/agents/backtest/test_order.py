from __future__ import annotations

import random

from agents.backtest.order import in_time_order, survey, time_of
from agents.sources.line import Line

T = 1_753_110_300_000


def post(number: int, at: int | None) -> Line:
    time = "" if at is None else f',"created_at":{at}'
    return Line(number, f'{{"platform":"x","id":"{number}","text":"halo"{time}}}'.encode())


def line(number: int, at: int | None, size: int = 0) -> Line:
    time = b"" if at is None else b'"created_at":%d,' % at
    return Line(number, b"{" + time + b'"text":"' + b"x" * size + b'"}')


def test_the_time_of_a_post_whatever_stands_there():
    assert time_of(b'{"id":"1","created_at":"2025-07-21T22:05:00+07:00"}') == 1_753_110_300_000
    assert time_of(b'{"created_at":1753110300000}') == 1_753_110_300_000
    for nothing in (
        b"",
        b"{}",
        b"[]",
        b'{"created_at":"today"}',
        b'{"created_at":-1}',
        b"\xff",
        b'{"created_at":null}',
    ):
        assert time_of(nothing) is None


def test_chunks_on_disk_are_merged_in_order():
    rng = random.Random(5)
    lines = [
        line(n, rng.randrange(500), rng.choice([0, 20, 300_000 if n % 40 == 0 else 5])) for n in range(900)
    ]
    expected = sorted(lines, key=lambda one: time_of(one.data))
    assert list(in_time_order(lines, chunk_bytes=2_000)) == expected
    assert list(in_time_order(lines)) == expected


def test_a_line_without_a_time_stays_behind_the_one_before_it():
    lines = [line(1, 50), line(2, None), line(3, 10), line(4, None)]
    assert [one.number for one in in_time_order(lines)] == [3, 4, 1, 2]


def test_nothing_is_in_order():
    assert list(in_time_order([])) == []


def test_what_is_older_by_more_than_the_lateness_is_behind():
    times = (T + 1_000, T + 900, None, T + 899, T + 2_000)
    found = survey([post(number, at) for number, at in enumerate(times, 1)], 100, T + 2_000)
    assert (found.posts, found.behind, found.behind_ms) == (5, 1, 101)
    assert (found.first, found.last) == (T + 899, T + 2_000)


def test_what_intake_refuses_has_no_place_in_the_order():
    times = (T + 10**9, T, 10, T + 1, T + 2 * 10**9, T + 2)
    found = survey([post(number, at) for number, at in enumerate(times, 1)], 100, T + 2)
    assert (found.posts, found.behind) == (6, 0)
    assert (found.first, found.last) == (T, T + 2)
