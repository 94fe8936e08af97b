from __future__ import annotations

import io
import logging

import pytest
import stamina.instrumentation
import structlog

from agents.log import OF_FAULTS, LimitedHandler, set_up_log, tell_repeats
from agents.log_limit import Allowance, Repeats, kind_of
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


class Line:
    """A handler on a clock that stands, and what it wrote."""

    def __init__(self):
        self.out = io.StringIO()
        self.now = 0.0
        self.handler = LimitedHandler(self.out, lambda: self.now)

    def log(self, text="no broker at k", name="agents.x", level=logging.ERROR):
        self.handler.handle(logging.LogRecord(name, level, __file__, 1, text, None, None))

    @property
    def written(self):
        return self.out.getvalue().splitlines()


def test_a_fault_that_repeats_itself_is_written_some_times_and_then_counted():
    line = Line()
    for _ in range(1000):
        line.log()
    assert line.written == ["no broker at k"] * OF_FAULTS.lines
    line.now = OF_FAULTS.within_s - 1
    line.handler.tell_repeats()
    assert len(line.written) == OF_FAULTS.lines
    line.now = OF_FAULTS.within_s
    line.handler.tell_repeats()
    assert line.written[-1] == "no broker at k: and 990 more in 60 s"
    line.handler.tell_repeats()
    line.log()
    assert line.written[OF_FAULTS.lines + 1 :] == ["no broker at k"]


def test_the_next_line_of_any_kind_brings_what_was_left_out_before_it():
    line = Line()
    for _ in range(12):
        line.log()
    line.now = 61.0
    line.log("something else")
    assert line.written[-2:] == ["no broker at k: and 2 more in 60 s", "something else"]


def test_nothing_is_said_of_kinds_of_which_nothing_was_left_out():
    line = Line()
    line.log()
    line.now = 1e6
    line.handler.tell_repeats()
    line.handler.close()
    assert line.written == ["no broker at k"]


@pytest.mark.parametrize(
    "end", [lambda line: line.handler.close(), lambda line: line.log("ending", level=50)]
)
def test_what_was_left_out_is_said_before_the_end(end):
    line = Line()
    for _ in range(13):
        line.log()
    end(line)
    assert "no broker at k: and 3 more in 60 s" in line.written


def test_the_last_line_of_a_process_is_never_left_out():
    line = Line()
    for _ in range(50):
        line.log("ending", level=logging.CRITICAL)
    assert line.written == ["ending"] * 50


def test_libraries_are_heard_once_a_minute_and_own_events_a_hundred_times():
    line = Line()
    for _ in range(200):
        line.log("from kafka", name="aiokafka.client")
        line.log("opened", level=logging.INFO)
        line.log("asked for", level=logging.DEBUG)
    assert [line.written.count(text) for text in ("from kafka", "opened", "asked for")] == [1, 100, 200]
    line.now = 60.0
    line.handler.tell_repeats()
    assert "from kafka: and 199 more in 60 s" in line.written


def test_levels_loggers_and_texts_are_counted_apart_digits_are_not():
    line = Line()
    for i in range(20):
        line.log(f"node {i} gone")
        line.log(f"node {i} gone", level=logging.WARNING)
        line.log(f"node {i} gone", name="agents.y")
        line.log(f"node {i} here")
    assert len(line.written) == 4 * OF_FAULTS.lines


def test_an_event_is_of_one_kind_whatever_its_values_and_its_summary_is_json_too():
    out = log_to()
    for i in range(25):
        structlog.get_logger("agents.x").error("not an incident", offset=i, partition=i % 3)
    for handler in logging.getLogger().handlers:
        handler.close()
    found = rows(out)
    assert [row.get("offset") for row in found[:10]] == list(range(10))
    assert (found[10]["event"], found[10]["level"], found[10]["logger"]) == (
        "not an incident: and 15 more in 60 s",
        "error",
        "agents.x",
    )
    assert len(found) == 11


def test_places_for_what_differs_are_no_part_of_a_summary():
    out = log_to()
    for node in range(3):
        logging.getLogger("aiokafka").error("no broker at %s: %s", f"k{node}", "gone")
    for handler in logging.getLogger().handlers:
        handler.close()
    assert [row["event"] for row in rows(out)] == [
        "no broker at k0: gone",
        "no broker at ...: ...: and 2 more in 60 s",
    ]


def test_the_service_asks_for_what_was_left_out(monkeypatch):
    line = Line()
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.NullHandler(), line.handler])
    for _ in range(11):
        line.log()
    line.now = 60.0
    tell_repeats()
    assert line.written[-1].endswith("and 1 more in 60 s")


def test_memory_does_not_grow_with_kinds():
    repeats, allowance = Repeats(), Allowance(1, 1e9)
    for i in range(3000):
        kind = kind_of("a", 40, "x" + chr(97 + i % 26) * (i // 26 + 1))
        repeats.over(0.0)
        repeats.admits(kind, allowance, 0.0)
    assert len(repeats._open) <= 1000


def test_each_retry_of_a_delivery_is_no_line_of_its_own():
    set_up_log(stream=io.StringIO())
    assert stamina.instrumentation.get_on_retry_hooks() == ()
