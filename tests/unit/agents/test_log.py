from __future__ import annotations

import io
import logging

import pytest
import stamina.instrumentation
import structlog

from agents.log import RateLimit, set_up_log
from detector.codec import from_json


@pytest.fixture(autouse=True)
def _as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    for name in ("aiokafka", "faust", "kafka", "mode"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def log_to(style="json", level="info"):
    out = io.StringIO()
    set_up_log(style, level, out)
    return out


def rows(out):
    return [from_json(line, dict) for line in out.getvalue().splitlines()]


def test_json_has_one_object_a_line():
    out = log_to()
    structlog.get_logger("agents.x").info("closed", minute=7, partition=0)
    logging.getLogger("faust.app").warning("started on %s", "host\nb")
    first, second = rows(out)
    assert {k: first[k] for k in ("event", "level", "logger", "minute")} == {
        "event": "closed",
        "level": "info",
        "logger": "agents.x",
        "minute": 7,
    }
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["level"]) == ("started on host\nb", "warning")


def test_console_is_for_people():
    out = log_to("console")
    structlog.get_logger("agents.x").info("closed", minute=7)
    assert "closed" in out.getvalue()
    assert "minute=7" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_the_level_holds_for_both():
    out = log_to(level="warning")
    structlog.get_logger("a").info("x")
    logging.getLogger("b").info("x")
    assert out.getvalue() == ""


def test_libraries_that_talk_much_are_heard_from_warnings_on():
    out = log_to(level="info")
    logging.getLogger("aiokafka.consumer").info("x")
    assert out.getvalue() == ""


def test_what_would_be_personal_is_left_out():
    out = log_to()
    structlog.get_logger("a").info("x", text="I am Kim", author="kim", url="http://h/token", count=3)
    (row,) = rows(out)
    assert (row["text"], row["author"], row["url"], row["count"]) == ("(left out)",) * 3 + (3,)


def test_exceptions_are_logged_as_text():
    out = log_to()
    try:
        raise ValueError("x")
    except ValueError:
        structlog.get_logger("a").exception("failed")
    assert "ValueError: x" in rows(out)[0]["exception"]


def test_values_that_json_does_not_know_do_not_fail():
    out = log_to()
    structlog.get_logger("a").info("x", thing=object(), big=2**70)
    assert "object object" in rows(out)[0]["thing"]


def record(text="no broker at %s", name="aiokafka.client", args=("k:9092",), level=logging.ERROR):
    return logging.LogRecord(name, level, __file__, 1, text, args, None)


def test_a_library_that_repeats_itself_is_heard_once_in_a_while():
    now = [0.0]
    limit = RateLimit(10.0, lambda: now[0])
    assert [limit.filter(record()) for _ in range(1000)].count(True) == 1
    assert limit.filter(record("other"))
    assert limit.filter(record(level=logging.WARNING))
    now[0] = 10.0
    late = record()
    assert limit.filter(late)
    assert late.getMessage() == "no broker at k:9092 (999 more like it)"


def test_lines_that_differ_in_digits_only_are_the_same():
    limit = RateLimit(10.0, lambda: 0.0)
    assert [limit.filter(record(f"node {i} gone", args=())) for i in range(50)].count(True) == 1


def test_own_lines_are_never_limited():
    limit = RateLimit(10.0, lambda: 0.0)
    assert all(limit.filter(record(name="siaga.worker")) for _ in range(5))


def test_the_limit_forgets():
    limit = RateLimit(10.0, lambda: 0.0)
    for i in range(3000):
        limit.filter(record("x" + chr(97 + i % 26) * (i // 26 + 1), args=()))
    assert len(limit._last) <= 1001


def test_each_retry_of_a_delivery_is_no_line_of_its_own():
    set_up_log(stream=io.StringIO())
    assert stamina.instrumentation.get_on_retry_hooks() == ()
