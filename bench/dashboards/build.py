"""A dashboard in Grafana's own form, by the builders of Grafana 11.6."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from grafana_foundation_sdk.builders import dashboard as grafana
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    DynamicConfigValue,
    GridPos,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)

from bench.dashboards.panel import Annotation, Dashboard, Panel

_SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
_COLUMNS, _NUMBER_HEIGHT, _LINES_HEIGHT = 24, 4, 8
# The builders add these, and Grafana's schema does not know them.
_NOT_IN_SCHEMA = ("auto", "auto_count", "auto_min")
# What is compared with is not what happened: dashes, by the last word of the legend.
_DASHES = {"expected": [2, 4], "upper": [8, 4]}


def to_json(board: Dashboard) -> str:
    """Return the file that Grafana reads; the same for the same dashboard."""
    made = _made(board)
    found = json.loads(JSONEncoder(sort_keys=True).encode(made.build()))
    for variable in found["templating"]["list"]:
        for key in _NOT_IN_SCHEMA:
            variable.pop(key, None)
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


def _made(board: Dashboard) -> grafana.Dashboard:
    made = (
        grafana.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags(["siaga"])
        .refresh("10s")
        .time("now-3h", "now")
        .timezone("browser")
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(grafana.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    if board.has_brands:
        made.with_variable(
            grafana.QueryVariable("brand")
            .label("Brand")
            .datasource(_SOURCE)
            .query('label_values(siaga_brand_mentions_total{job="siaga"}, brand)')
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
            .multi(True)
            .include_all(True)
            .all_value(".+")
        )
    for annotation in board.annotations:
        made.annotation(_annotation(annotation))
    _place(made, board)
    return made


def _annotation(annotation: Annotation) -> Any:
    class Marks:
        """The builder knows no `step` and no texts; Grafana's Prometheus source does."""

        def build(self) -> Any:
            built = (
                grafana.AnnotationQuery()
                .name(annotation.name)
                .datasource(_SOURCE)
                .enable(True)
                .icon_color(annotation.color)
                .expr(annotation.expression)
                .build()
            )
            plain = built.to_json()
            plain |= {"titleFormat": annotation.title, "step": "15s"}
            built.to_json = lambda: plain
            return built

    return Marks()


def _place(made: grafana.Dashboard, board: Dashboard) -> None:
    y, numbers = 0, _numbers()
    for row in board.rows:
        made.with_row(grafana.Row(row.title).id(next(numbers)).grid_pos(GridPos(h=1, w=_COLUMNS, x=0, y=y)))
        y, x, height = y + 1, 0, 0
        for panel in row.panels:
            if x + panel.width > _COLUMNS:
                x, y = 0, y + height
            height = _NUMBER_HEIGHT if panel.kind == "number" else _LINES_HEIGHT
            made.with_panel(_panel(panel, next(numbers), GridPos(h=height, w=panel.width, x=x, y=y)))
            x += panel.width
        y += height


def _numbers() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


def _panel(panel: Panel, number: int, place: GridPos) -> Any:
    if panel.kind == "number":
        made = stat.Panel()
    else:
        legend = VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
        made = timeseries.Panel().legend(legend.show_legend(True)).fill_opacity(8)
        for word, dash in _DASHES.items():
            if any(query.legend.endswith(f" {word}") for query in panel.queries):
                style = DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": dash})
                made.override_by_regexp(f"/ {word}$/", [style])
    made.title(panel.title).description(panel.description).unit(panel.unit).datasource(_SOURCE)
    made.grid_pos(place).id(number)
    steps = [Threshold(color="green"), *(Threshold(color="red", value=at) for at in panel.thresholds)]
    made.thresholds(grafana.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    for letter, query in zip("ABCDEF", panel.queries, strict=False):
        made.with_target(
            prometheus.Dataquery()
            .ref_id(letter)
            .expr(query.expression)
            .legend_format(query.legend)
            .datasource(_SOURCE)
        )
    return made
