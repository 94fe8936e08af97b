"""The web pages: three of them, nothing to write to, and from this machine only unless somebody says so."""

import urllib.error
import urllib.request
from urllib.request import Request

import pytest

from agents.probes import Probes
from agents.settings.service import Web

PAGES = {"/metrics": "m 1\n", "/healthz": "ok\n", "/readyz": "ready\n"}


@pytest.fixture(scope="module")
def at():
    probes = Probes(Web().host, 0, lambda: (b"m 1\n", "text/plain"), lambda: (True, "ready"))
    probes.start()
    return f"http://{Web().host}:{probes.port}"


def status(request: Request | str) -> int:
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_by_default_nobody_else_can_ask():
    assert Web().host == "127.0.0.1"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_there_to_be_read_only(at, page):
    with urllib.request.urlopen(at + page, timeout=5) as answer:
        assert answer.read().decode() == PAGES[page]
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert status(Request(at + page, data=b"x", method=method)) == 405


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/table",
        "/tables/",
        "/router/",
        "/stats/",
        "/graph",
        "/debug",
        "/metrics/",
        "//metrics",
        "/%2e%2e/",
    ],
)
def test_there_is_no_other_page(at, path):
    """Neither Faust's tables, router, statistics and graph, nor anything for debugging."""
    assert status(at + path) == 404


@pytest.mark.parametrize("query", ["?x=1", "?" + "a" * 7_000, "?%00%ff", "?name[]=siaga_posts_total"])
def test_parameters_change_nothing(at, query):
    assert status(f"{at}/metrics{query}") == 200
