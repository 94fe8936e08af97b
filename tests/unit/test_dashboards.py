"""The dashboards that are shipped are those of the code, and nothing in them hangs in the air."""

import json
import re
from pathlib import Path

import pytest
import yaml

from bench.dashboards.build import to_json
from bench.dashboards.crisis import CRISIS
from bench.dashboards.panel import Annotation, Dashboard, Panel, Query, Row
from bench.dashboards.service import SERVICE
from tests.grafana_schema import faults as schema_faults
from tests.promql import faults
from tests.unit.test_rules import RECORDED

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "config/grafana"
BOARDS = (CRISIS, SERVICE)
UNITS = {"short", "s", "bytes", "percentunit"}
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Grafana puts durations in their place.
_INTERVALS = re.compile(r"\$__(rate_interval|interval)")
_OF_PROMETHEUS = re.compile(r"dashboard\.annotations\.list\[\d\]\.(step|titleFormat) is unknown")
_VARIABLE = re.compile(r"\$\{?([a-z]\w*)\}?")


def shipped(board: Dashboard) -> dict:
    return json.loads((FOLDER / f"dashboards/{board.uid}.json").read_text())


def lint(found: dict) -> list[str]:
    """Return what is wrong with a dashboard as Grafana reads it."""
    wrong = []
    panels = [panel for panel in found["panels"] if panel["type"] != "row"]
    ids = [panel.get("id") for panel in found["panels"]]
    if None in ids or len(set(ids)) != len(ids):
        wrong.append(f"ids are not unique: {ids}")
    if not re.fullmatch(r"siaga-[a-z]{1,30}", found.get("uid") or ""):
        wrong.append("no uid of its own")
    cells: dict[tuple[int, int], int] = {}
    for panel in found["panels"]:
        at = panel["gridPos"]
        if at["x"] + at["w"] > 24:
            wrong.append(f"{panel['title']} is wider than the page")
        for cell in (
            (x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
        ):
            if cell in cells:
                wrong.append(f"{panel['title']} lies on panel {cells[cell]}")
                break
            cells[cell] = panel["id"]
    expressions = [annotation["expr"] for annotation in found["annotations"].get("list", ())]
    for panel in panels:
        title = panel.get("title") or f"panel {panel['id']}"
        if panel["type"] not in {"timeseries", "stat"}:
            wrong.append(f"{title}: unknown type {panel['type']}")
        if not (panel.get("description") or "").endswith("."):
            wrong.append(f"{title}: no description")
        if panel["fieldConfig"]["defaults"].get("unit") not in UNITS:
            wrong.append(f"{title}: no unit, or an unknown one")
        if not panel.get("targets"):
            wrong.append(f"{title}: asks nothing")
        references = [target["refId"] for target in panel.get("targets", ())]
        if len(set(references)) != len(references):
            wrong.append(f"{title}: two queries of one name")
        for target in panel.get("targets", ()):
            expressions.append(target["expr"])
            if not target.get("legendFormat"):
                wrong.append(f"{title}: a query without a legend")
        for one in (panel, *panel.get("targets", ())):
            if one.get("datasource") != _SOURCE:
                wrong.append(f"{title}: another data source")
    for expression in expressions:
        plain = _INTERVALS.sub("5m", expression)
        wrong += faults(_VARIABLE.sub(".+", plain), RECORDED)
    used = set(_VARIABLE.findall(_INTERVALS.sub("", json.dumps([found["panels"], found["annotations"]]))))
    defined = {variable["name"] for variable in found["templating"]["list"]}
    wrong += [f"variable {name} is not used" for name in defined - used]
    wrong += [f"variable {name} is not defined" for name in used - defined]
    return wrong


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_what_is_shipped_is_what_the_code_says(board):
    """After a change: `make dashboards`."""
    assert (FOLDER / f"dashboards/{board.uid}.json").read_text() == to_json(board)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_nothing_is_wrong_with_it(board):
    assert lint(shipped(board)) == []


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_it_is_of_grafanas_schema(board):
    """But for what Grafana's Prometheus source reads of annotations, which the schema has no word for."""
    found = [one for one in schema_faults(shipped(board)) if not _OF_PROMETHEUS.fullmatch(one)]
    assert found == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("panels", 8, "titel"), "x", "titel is unknown"),
        (("panels", 8, "gridPos", "h"), "4", "grid_pos.h is '4', not int"),
        (("panels", 8, "targets", 0, "legendFormt"), "x", "legendFormt is unknown"),
        (("panels", 8, "targets", 0, "expr"), 3, "expr is 3, not str"),
        (("panels", 8, "fieldConfig", "defaults", "thresholds", "mode"), "absolut", "not one of ['absolute'"),
        (("panels", 8, "fieldConfig", "defaults", "custom", "fillOpacity"), "8", "fill_opacity is '8'"),
        (("panels", 8, "options", "legend", "placement"), "botom", "not one of ['bottom'"),
        (("templating", "list", 0, "type"), "datasorce", "'datasorce', not one of"),
        (("graphTooltip",), 7, "not one of [0, 1, 2]"),
        (("annotations", "list", 0, "iconColour"), "red", "iconColour is unknown"),
        (("panels",), {}, "panels is read as something else"),
    ],
)
def test_the_schema_finds_faults(path, value, fault):
    found = shipped(SERVICE)
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert any(fault in one for one in schema_faults(found))


def test_titles_and_files_are_told_apart():
    files = {path.stem for path in (FOLDER / "dashboards").iterdir()}
    assert files == {board.uid for board in BOARDS}
    assert len({board.title for board in BOARDS}) == len(BOARDS)


def test_the_service_board_follows_the_flow():
    titles = [row.title for row in SERVICE.rows]
    flow = [
        "Posts come in",
        "They are scored",
        "They are counted",
        "Incidents are found",
        "They are delivered",
    ]
    assert [title for title in titles if title in flow] == flow


def _bad(**changes: object) -> Dashboard:
    query = Query('sum(siaga_lag_records{job="siaga"})', "lag")
    panel = Panel("Lag", "What waits.", "short", (query,))._replace(**changes)
    return Dashboard("siaga-bad", "Bad", "Bad.", (Row("Row", (panel,)),), ())


@pytest.mark.parametrize(
    ("board", "fault"),
    [
        (_bad(description=""), "no description"),
        (_bad(unit="furlong"), "no unit"),
        (_bad(queries=()), "asks nothing"),
        (_bad(width=25), "wider than the page"),
        (_bad(queries=(Query('siaga_nothing{job="siaga"}', "x"),)), "no such metric"),
        (_bad(queries=(Query('siaga_lag_records{job="siaga", topic="$topic"}', "x"),)), "not defined"),
        (_bad()._replace(has_brands=True), "brand is not used"),
        (_bad()._replace(uid="bad"), "no uid"),
        (_bad()._replace(annotations=(Annotation("a", "siaga_nothing > 0", "t", "red"),)), "no such metric"),
    ],
)
def test_the_lint_finds_faults(board, fault):
    assert any(fault in one for one in lint(json.loads(to_json(board))))


def test_grafana_is_told_of_both_by_provisioning():
    source = yaml.safe_load((FOLDER / "provisioning/datasources/prometheus.yml").read_text())["datasources"][
        0
    ]
    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    scrape = yaml.safe_load((ROOT / "config/prometheus/prometheus.yml").read_text())["global"][
        "scrape_interval"
    ]
    assert source["jsonData"]["timeInterval"] == scrape
    provider = yaml.safe_load((FOLDER / "provisioning/dashboards/siaga.yml").read_text())["providers"][0]
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
