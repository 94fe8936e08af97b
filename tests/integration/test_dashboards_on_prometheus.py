"""Every query of the shipped dashboards gives data: a real Prometheus scrapes a real worker in a crisis.

What is shown comes with the next scrape, whenever that is; so each thing is waited for, in no order.
"""

import time
from collections.abc import Callable

import pytest

from bench.dashboards.data import Span, ask, boards, panels
from tests.integration.crisis import MINUTE, Crisis
from tests.integration.installation import installed, wait_for
from tests.integration.watching import crowd, scrape, write_config

WAIT_S = 120  # it is over in some seconds, unless the machine has other things to do


@pytest.fixture
def scraped(kafka, prefix, tmp_path, prometheus):
    """A ready worker's installation, and the address of the Prometheus that reads it each second."""
    folder = tmp_path / "prometheus"
    folder.mkdir()
    write_config(folder, "1s")
    with installed(kafka.bootstrap, prefix, tmp_path) as siaga:
        worker = siaga.worker(ready=False)
        scrape(folder, worker)
        server = prometheus(folder)
        worker.wait_ready(WAIT_S)
        yield siaga, server.url


@pytest.mark.timeout(420)
def test_every_query_gives_data(scraped):
    siaga, url = scraped
    began = time.time()

    def data(expression: str, brand: str = ".+") -> list:
        """All that was scraped since the beginning: what is there once stays there."""
        return ask(url, expression, "", Span(began - 5, time.time()), brand)

    # A rate sees only what comes after the first scrape.
    wait_for("a first scrape", lambda: data('siaga_posts_total{job="siaga"}'), WAIT_S)
    crisis = Crisis(siaga, quiet_h=30)  # a share is compared with a hundred voices before it
    crisis.history()
    crisis.wave(30)
    wait_for("the incident at its receiver", lambda: siaga.webhook.received, WAIT_S)
    crisis.wave(20)
    siaga.send([*crowd(crisis.at, 4), b"no post at all"])
    siaga.send(crowd(crisis.at - 5 * 60 * MINUTE, 4))  # too late to count

    asked = [(board["uid"], title, expression) for board in boards() for title, expression in queries(board)]
    until_true({": ".join(one): lambda e=one[2]: data(e) for one in asked})

    # What is shown is what happened, and a variable narrows it down.
    shown = {title: expression for _, title, expression in asked}
    until_true(
        {
            "a post is rejected": lambda: highest(data(shown["Posts rejected a second"])) > 0,
            "a brand is above its limit": lambda: highest(data(shown["Brands above their limit"])) == 1,
            "an incident is open": lambda: highest(data(shown["Open incidents"])) == 1,
            "far over what is expected": lambda: highest(data(shown["Times what is expected"])) > 5,
        }
    )
    assert data(shown["Times what is expected"], "nobody") == []
    assert data('siaga_nothing{job="siaga"}') == []


def until_true(conditions: dict[str, Callable[[], object]]) -> None:
    """Wait until each condition was true once; name those that never were."""
    open_ones = dict(conditions)

    def none_left() -> bool:
        for what in [what for what, holds in open_ones.items() if holds()]:
            del open_ones[what]
        return not open_ones

    try:
        wait_for("the dashboards", none_left, WAIT_S, every_s=0.5)
    except AssertionError:
        raise AssertionError("never true, or without data:\n" + "\n".join(open_ones)) from None


def queries(board: dict) -> list[tuple[str, str]]:
    """Return all that a dashboard asks, marks in time included; what ends an incident is left to another."""
    asked = [(panel["title"], target["expr"]) for panel in panels(board) for target in panel["targets"]]
    marks = [(mark["name"], mark["expr"]) for mark in board["annotations"]["list"]]
    return asked + [mark for mark in marks if mark[0] not in {"Incident ends", "Worker starts"}]


def highest(curves: list) -> float:
    return max((value for curve in curves for _, value in curve.points), default=float("-inf"))
