"""A dashboard can be drawn without Grafana: every panel, what it says, and that it says nothing."""

from xml.etree import ElementTree

import pytest

from bench.dashboards.chart import Axes, Box, levels_of, ticks_of
from bench.dashboards.data import Curve, Span, boards, panels
from bench.dashboards.picture import Shown, draw

SPAN = Span(1_760_000_000.0, 1_760_000_240.0, step=2.0)


def texts(board, curves, marks=()):
    svg = draw(board, Shown(SPAN, curves, list(marks)))
    return svg, [node.text for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("board", boards(), ids=lambda board: board["uid"])
def test_every_panel_has_its_place_even_without_data(board):
    _, said = texts(board, {panel["id"]: [] for panel in panels(board)})
    assert {panel["title"] for panel in panels(board)} <= set(said)


def test_curves_are_drawn_named_and_broken_where_data_is_missing():
    crisis = boards()[0]
    curves = {panel["id"]: [] for panel in panels(crisis)}
    lines = next(panel for panel in panels(crisis) if panel["type"] == "timeseries")
    number = next(panel for panel in panels(crisis) if panel["title"] == "Behind by")
    start = SPAN.start
    curves[lines["id"]] = [Curve("<b> observed", [(start, 1.0), (start + 2, 2.0), (start + 60, 3.0)])]
    curves[number["id"]] = [Curve("delay", [(start, 1.0), (start + 240, 90.0)])]
    svg, said = texts(crisis, curves, [(start + 30, "red")])
    path = next(line for line in svg.splitlines() if line.startswith('<path class="l"'))
    assert path.count("M") == 2
    assert "<b> observed" in said
    assert "1.5 min" in said
    assert 'stroke="red"' in svg


@pytest.mark.parametrize(
    ("values", "unit", "levels"),
    [
        ([3.0, 0.0], "short", [0, 1, 2, 3]),
        ([-0.4, 0.9], "short", [-0.5, 0, 0.5, 1]),
        ([300.0], "s", [0, 120, 240, 360]),
        ([190.0 * 2**20], "bytes", [part * 2**20 for part in (0, 50, 100, 150, 200)]),
    ],
)
def test_levels_are_round_and_enclose_all(values, unit, levels):
    assert levels_of([Curve("a", list(enumerate(values)))], unit) == levels


def test_times_and_values_have_their_places():
    axes = Axes(Box(10, 20, 100, 50), 0, 10, -1, 1)
    assert [axes.x(0), axes.x(10), axes.y(1), axes.y(-1)] == [10, 110, 20, 70]
    assert [text for _, text in ticks_of(SPAN.start, SPAN.end)] == ["08:54", "08:55", "08:56", "08:57"]
