"""`siaga alert test`: sends a marked test alert to a receiver, and reports what happened."""

from __future__ import annotations

import asyncio

import click

from agents.commands.options import config_option, example, json_option, loaded
from agents.exit_codes import ExitCode
from agents.receivers.receiver import Delivery, Outcome
from detector.codec import pretty_json


@click.group(epilog=example("siaga alert test --receiver crisis-room"))
def command() -> None:
    """Try the receivers of alerts."""


@command.command("test", epilog=example("siaga alert test --receiver crisis-room"))
@config_option
@click.option("--receiver", "name", required=True, metavar="NAME", help="A name in alerts.yml.")
@click.option(
    "--severity",
    type=click.Choice(["info", "warning", "critical"]),
    default="warning",
    show_default=True,
    help="Severity of the test.",
)
@json_option
def test(config: str | None, name: str, severity: str, as_json: bool) -> ExitCode:
    """Send a marked test alert to one receiver.

    An incident is opened and at once resolved, so nothing stays open there. Its brand is called TEST, and its
    id begins with test-. Rules such as quiet hours do not apply. Needs neither Kafka nor a worker. Ends
    with 69 when the receiver does not answer, with 78 when it refuses.
    """
    from agents.log import set_up_log
    from agents.receiver_assembly import receiver_of
    from agents.trial_alert import send_trial
    from agents.wall_clock import now_ms

    settings = loaded(config)
    set_up_log("console", "error")
    configured = {one.name: one for one in settings.receivers}.get(name)
    if configured is None:
        known = ", ".join(one.name for one in settings.receivers) or "none"
        raise click.UsageError(f"no such receiver: got {name}; expected one of {known}; add it to alerts.yml")
    results = asyncio.run(send_trial(receiver_of(configured), configured.rule, severity, now_ms()))
    for step, delivery in results:
        if not as_json:
            click.echo(f"{step:<9} {delivery.outcome}: {delivery.detail}")
    if as_json:
        click.echo(pretty_json(_document(name, results)), nl=False)
    outcomes = {delivery.outcome for _, delivery in results}
    if Outcome.FAILED_PERMANENTLY in outcomes:
        return ExitCode.CONFIG
    return ExitCode.UNAVAILABLE if Outcome.FAILED_TEMPORARILY in outcomes else ExitCode.OK


def _document(name: str, results: list[tuple[str, Delivery]]) -> dict[str, object]:
    return {
        "receiver": name,
        "steps": [
            {"step": step, "outcome": str(delivery.outcome), "detail": delivery.detail}
            for step, delivery in results
        ],
    }
