"""The Prometheus rules that are shipped: they are valid, about metrics that exist, tested and explained."""

import re
from pathlib import Path

import pytest
import yaml

from tests.prometheus import promtool
from tests.promql import faults

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "config/prometheus"
RUNBOOK = (ROOT / "docs/runbook.md").read_text()


def rules() -> list[dict]:
    files = sorted((FOLDER / "rules").glob("*.yml"))
    return [
        rule for f in files for group in yaml.safe_load(f.read_text())["groups"] for rule in group["rules"]
    ]


ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}
RECORDED = {rule["record"] for rule in rules() if "record" in rule}
CASES = [
    case
    for name in ("alerts_test", "budget_test")
    for case in yaml.safe_load((ROOT / f"tests/rules/{name}.yml").read_text())["tests"]
]


@pytest.mark.prometheus
@pytest.mark.parametrize(
    "words",
    [
        ("rules", "--lint=all", "--lint-fatal", FOLDER / "rules/alerts.yml", FOLDER / "rules/recording.yml"),
        ("config", FOLDER / "prometheus.yml"),
    ],
    ids=["rules", "config"],
)
def test_promtool_finds_nothing_to_say(words):
    checked = promtool("check", *words)
    assert checked.returncode == 0, checked.stdout.decode()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule.get("record"))
def test_it_asks_for_metrics_labels_and_functions_that_exist(rule):
    assert faults(rule["expr"], RECORDED) == []


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ('rate(siaga_post_total{job="siaga"}[5m])', "no such metric"),
        ('siaga_lag_records{job="siaga", brand="x"}', "no label brand"),
        ("siaga_lag_records > 1", "job is not given"),
        ('sort_by_label(siaga_lag_records{job="siaga"}, "topic")', "function sort_by_label"),
        ('sum(topk(3, siaga_gap{job="siaga"}))', "no such metric"),
    ],
)
def test_faults_are_found(expression, fault):
    assert any(fault in one for one in faults(expression))


def test_no_two_rules_have_one_name():
    names = [rule.get("alert") or rule.get("record") for rule in rules()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_says_what_is_wrong_and_where_to_read_on(name):
    rule = ALERTS[name]
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"
    assert rule["annotations"]["summary"].endswith(".")
    assert len(rule["annotations"]["summary"]) <= 100
    assert rule["labels"]["service"] == "siaga"
    assert rule["labels"]["severity"] in {"critical", "warning", "info", "none"}


def test_the_runbook_is_about_exactly_these_alerts_in_their_order():
    assert re.findall(r"^## (\w+)$", RUNBOOK, flags=re.MULTILINE) == list(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_the_runbook_says_what_it_means_what_to_check_and_what_to_do(name):
    section = re.split(r"^## ", RUNBOOK.partition(f"\n## {name}\n")[2], flags=re.MULTILINE)[0].lower()
    assert "**means**" in section
    assert "**check**" in section or "**when it stops**" in section
    assert "**fix**" in section or "**when it stops**" in section


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_is_tested_firing_and_not_firing(name):
    looks = [look for case in CASES if case["name"] == name for look in case["promql_expr_test"]]
    assert {bool(look["exp_samples"]) for look in looks} == {True, False}


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.yml")), ids=lambda file: file.name)
def test_metrics_that_the_runbook_and_comments_name_exist(file):
    from tests.promql import known_series

    known = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in known_series()}
    named = set(re.findall(r"\bsiaga_[a-z_]+[a-z]\b", RUNBOOK + file.read_text()))
    assert {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in named} - known <= {
        "siaga_records", "siaga_lag_records"
    }  # fmt: skip
