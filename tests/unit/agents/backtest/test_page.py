from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from agents.backtest.svg import Line, Plot, Span, draw
from agents.command_line import siaga
from detector.clock import MINUTE_MS, from_rfc3339
from detector.codec import to_json

START = from_rfc3339("2025-07-01T00:00:00Z")
_EMPTY = {"meta", "path", "rect", "br"}


class Structure(HTMLParser):
    """Collects tags, and complains of what is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in _EMPTY:
            assert self.open.pop() == tag


def posts() -> bytes:
    quiet = [(START + hour * 60 * MINUTE_MS, "pakai biznet <b>biasa</b>", f"q{hour}") for hour in range(30)]
    begin = START + 30 * 60 * MINUTE_MS
    angry = [
        (begin + i * 15_000, f"biznet <script>mati</script> total & parah {i}", f"a{i}") for i in range(40)
    ]
    rows = [
        {"platform": "x", "id": str(i), "created_at": at, "text": text, "author": {"id": author}}
        for i, (at, text, author) in enumerate(quiet + angry)
    ]
    return b"".join(to_json(row) + b"\n" for row in rows)


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "brands.yml").write_text("brands: {biznet: {name: Biznet, aliases: [biznet]}}")
    (folder / "labels.json").write_text('{"biznet": ["2025-07-02T06:00:00Z", "2025-07-01T06:00:00Z"]}')
    words = ["backtest", "-", "--config", str(folder), "--labels", str(folder / "labels.json"), "--html", "-"]
    first, second = (CliRunner().invoke(siaga, [*words, "--compare", "zscore"], input=posts()) for _ in "12")
    assert first.exit_code == 0, first.stderr
    assert first.stdout == second.stdout
    return first.stdout


def test_the_page_is_well_formed_and_needs_nothing_else(html):
    structure = Structure()
    structure.feed(html)
    assert structure.open == []
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in structure.tags}
    assert "http:" not in html
    assert "https:" not in html
    assert "url(" not in html
    ids = [attrs["id"] for _, attrs in structure.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_each_plot_has_a_title_and_a_text_for_those_who_do_not_see_it(html):
    structure = Structure()
    structure.feed(html)
    plots = [attrs for tag, attrs in structure.tags if tag == "svg"]
    assert len(plots) == 3
    for plot in plots:
        assert plot["role"] == "img"
        assert all(f'id="{id}"' in html for id in plot["aria-labelledby"].split())
    assert "biznet: negative posts in 15 min" in html
    assert "label 2025-07-02T06:00:00Z: hit at " in html
    assert "label 2025-07-01T06:00:00Z: missed" in html


def test_posts_are_shown_and_cannot_write_the_page(html):
    assert "&lt;script&gt;mati&lt;/script&gt; total &amp; parah" in html
    assert "prefers-color-scheme: dark" in html


def test_what_was_compared_stands_side_by_side(html):
    assert re.search(r'<th scope="col">default</th><th scope="col">zscore</th>', html)


@pytest.mark.parametrize("length", [1, 90, 3_000, 90_000, 3_000_000])
def test_any_length_of_time_gives_a_readable_axis(length):
    first = START // MINUTE_MS
    points = [(first + i * length // 50, float(i % 9)) for i in range(51)]
    plot = Plot(
        id="p", title="a < b", text="t", first=first, last=first + length,
        lines=[Line("total", "posts", [*points[:20], (first, None), *points[20:]])],
        band=[(first, 5.0), (first + length, 900.0)],
        spans=[Span("critical", first + 1, first + length // 2, "c"), Span("label", first, first, "l")],
    )  # fmt: skip
    svg = ET.fromstring(draw(plot))
    labels = [text.text for text in svg.iter("text") if text.get("text-anchor") == "middle"]
    assert len(labels) <= 12
    numbers = [float(text.text) for text in svg.iter("text") if text.get("text-anchor") == "end"]
    assert numbers == sorted(numbers)
    assert numbers[0] == 0
    assert len(numbers) >= 3
