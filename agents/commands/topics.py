"""`siaga topics`: creates or checks the topics in Kafka."""

from __future__ import annotations

import sys
from typing import Any

import click
from msgspec import Struct

from agents.commands.options import config_option, example, json_option, loaded, wait_option
from agents.exit_codes import ExitCode
from agents.settings import Settings
from agents.topic_plan import Difference, TopicPlan, differences, plan_topics
from detector.codec import pretty_json


class TopicReport(Struct, frozen=True):
    """What became of one topic: ``ok``, ``created``, ``mended``, ``missing`` or ``differs``."""

    topic: str
    partitions: int
    policy: str
    status: str
    differences: tuple[str, ...] = ()


@click.command(epilog=example("siaga topics", "siaga topics --check"))
@config_option
@wait_option
@json_option
@click.option("--check", is_flag=True, help="Only compare, change nothing.")
@click.option(
    "--mend", is_flag=True, help="Also set settings that differ; the number of partitions never changes."
)
def command(config: str | None, wait_s: float, as_json: bool, check: bool, mend: bool) -> ExitCode:
    """Create or check the topics in Kafka.

    Makes what is missing, with the partitions, retention and policies of service.yml, and compares what is
    there. Ends with 78 when something differs or, with --check, is missing. May be run at any time.
    """
    if check and mend:
        raise click.UsageError("--check and --mend exclude each other: got both; expected one; leave one out")
    settings = loaded(config)
    from agents.kafka_client import admin_client

    with admin_client(settings, wait_s) as client:
        reports = work(client, settings, check=check, mend=mend)
    if as_json:
        click.echo(pretty_json(reports), nl=False)
    else:
        _print(reports)
    wrong = any(report.status in ("missing", "differs") for report in reports)
    return ExitCode.CONFIG if wrong else ExitCode.OK


def work(client: Any, settings: Settings, *, check: bool = False, mend: bool = False) -> list[TopicReport]:
    """Create, compare and mend; return what became of each topic."""
    from agents import kafka_topics

    plans = plan_topics(settings.service)
    replication = settings.service.topics.replication
    names = [plan.name for plan in plans]
    before = kafka_topics.look(client, names)
    if not check:
        kafka_topics.create(client, [plan for plan in plans if plan.name not in before], replication)
    found = before if check else kafka_topics.look(client, names)
    differ = {
        plan.name: list(differences(plan, found[plan.name], replication))
        for plan in plans
        if plan.name in found
    }
    mended: set[str] = set()
    if mend:
        todo = {plan.name: _settable(plan, differ.get(plan.name, [])) for plan in plans}
        mended = {name for name, configs in todo.items() if configs}
        if mended:
            kafka_topics.mend(client, {name: todo[name] for name in mended})
            differ = {name: [d for d in items if not d.config] for name, items in differ.items()}
    return [_report(plan, differ.get(plan.name), plan.name in before, plan.name in mended) for plan in plans]


def _settable(plan: TopicPlan, items: list[Difference]) -> dict[str, str]:
    return {item.config: plan.configs[item.config] for item in items if item.config}


def _report(plan: TopicPlan, items: list[Difference] | None, was_there: bool, mended: bool) -> TopicReport:
    if items is None:
        text = (
            f"{plan.name}: missing: got no topic; expected {plan.partitions} partitions; run `siaga topics`"
        )
        return TopicReport(plan.name, plan.partitions, plan.policy, "missing", (text,))
    status = "differs" if items else "mended" if mended else "ok" if was_there else "created"
    return TopicReport(plan.name, plan.partitions, plan.policy, status, tuple(item.text for item in items))


def _print(reports: list[TopicReport]) -> None:
    width = max(len(report.topic) for report in reports)
    click.echo(f"{'topic':<{width}}  partitions  policy        status")
    for report in reports:
        click.echo(f"{report.topic:<{width}}  {report.partitions:>10}  {report.policy:<12}  {report.status}")
    for report in reports:
        for text in report.differences:
            print(text, file=sys.stderr)
