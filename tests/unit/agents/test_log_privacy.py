"""The agents' lines hold neither texts nor authors, whatever happens to a post."""

from __future__ import annotations

import io
import logging

import pytest
import structlog

from agents.ending import end_process
from agents.log import NOISY, set_up_log
from detector.codec import CodecError
from detector.mention import unpack

PLANTED = {"author": "Planted Author", "handle": "@planted", "text": "planted words of a person"}


@pytest.fixture
def out():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_log("json", "debug", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical"])
def test_what_is_logged_by_mistake_is_left_out(out, level):
    getattr(structlog.get_logger("agents.x"), level)("a post", offset=7, **PLANTED)
    line = out.getvalue()
    assert '"offset":7' in line
    assert not [value for value in PLANTED.values() if value in line]


def test_names_bound_for_all_lines_are_left_out_too(out):
    structlog.get_logger("agents.x").bind(**PLANTED).info("a post")
    assert not [value for value in PLANTED.values() if value in out.getvalue()]


def test_a_broken_record_shows_no_more_than_its_beginning():
    with pytest.raises(CodecError) as caught:
        unpack(b"\x93\x01" + b"\xa0" * 60 + PLANTED["text"].encode())
    assert PLANTED["text"] not in str(caught.value)


def test_the_last_line_says_why_and_nothing_of_posts(out, monkeypatch):
    monkeypatch.setattr("os._exit", lambda code: None)
    end_process(70, "could not write to mentions")
    assert '"exit_code":70' in out.getvalue()
