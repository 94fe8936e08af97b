"""Every query of the shipped dashboards gives data: a real Prometheus scrapes a real worker in a crisis."""

import time

import pytest

from bench.dashboards.data import Span, ask, boards, panels
from tests.integration.crisis import MINUTE, Crisis
from tests.integration.installation import installed, wait_for
from tests.integration.watching import crowd, scrape, write_config


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
        worker.wait_ready()
        yield siaga, server.url


@pytest.mark.timeout(120)
def test_every_query_gives_data(scraped):
    siaga, url = scraped
    began = time.time()
    # A rate sees only what comes after the first scrape.
    wait_for(
        "a first scrape",
        lambda: ask(url, 'siaga_posts_total{job="siaga"}', "", Span(began - 5, time.time()), ".+"),
        30,
    )
    time.sleep(1)
    crisis = Crisis(siaga, quiet_h=30)  # a share is compared with a hundred voices before it
    crisis.history()
    crisis.wave(30)
    wait_for("the incident at its receiver", lambda: siaga.webhook.received, 30)
    crisis.wave(20)
    siaga.send([*crowd(crisis.at, 4), b"no post at all"])
    siaga.send(crowd(crisis.at - 5 * 60 * MINUTE, 4))  # too late to count
    empty = ["nothing was asked"]

    def data(expression: str, brand: str = ".+") -> list:
        return ask(url, expression, "", Span(began - 5, time.time()), brand)

    def all_have_data() -> bool:
        empty[:] = [
            f"{board['uid']}: {title}: {expression}"
            for board in boards()
            for title, expression in queries(board)
            if not data(expression)
        ]
        return not empty

    try:
        wait_for("data for every query", all_have_data, 25, every_s=1)
    except AssertionError:
        raise AssertionError("no data:\n" + "\n".join(empty)) from None

    # What is shown is what happened, and a variable narrows it down.
    shown = {title: expression for board in boards() for title, expression in queries(board)}
    assert highest(data(shown["Posts rejected a second"])) > 0
    assert highest(data(shown["Brands above their limit"])) == 1
    assert highest(data(shown["Open incidents"])) == 1
    assert highest(data(shown["Times what is expected"])) > 5
    assert data(shown["Times what is expected"], "nobody") == []
    assert data('siaga_nothing{job="siaga"}') == []


def queries(board: dict) -> list[tuple[str, str]]:
    """Return all that a dashboard asks, marks in time included; what ends an incident is left to another."""
    asked = [(panel["title"], target["expr"]) for panel in panels(board) for target in panel["targets"]]
    marks = [(mark["name"], mark["expr"]) for mark in board["annotations"]["list"]]
    return asked + [mark for mark in marks if mark[0] not in {"Incident ends", "Worker starts"}]


def highest(curves: list) -> float:
    return max(value for curve in curves for _, value in curve.points)
