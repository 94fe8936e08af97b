"""`siaga verify`: decides an incident again from the numbers in its revision."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from agents.backtest.past import Summary
from agents.backtest.summary_check import summary_checks
from agents.commands.options import config_option, example, json_option, loaded, wait_option
from agents.errors import DataError
from agents.exit_codes import ExitCode
from detector.codec import CodecError, from_json, pretty_json
from detector.duration import parse_duration
from detector.incident_record import Incident
from detector.routing import partition_of
from detector.verification import Check, brand_of, verify


@click.command(
    epilog=example(
        "siaga verify kunang-fiber-20250721T1505Z-negative_count",
        "siaga backtest july.csv --json july.json && siaga verify july.json",
    )
)
@click.argument("incident", metavar="INCIDENT")
@config_option
@wait_option
@json_option
def command(incident: str, config: str | None, wait_s: float, as_json: bool) -> ExitCode:
    """Recompute an incident's verdict from the numbers in its revision.

    INCIDENT is a file with revisions as they stand on the topic (one, an array, one a line, or what `siaga
    backtest --json` wrote), - for the standard input, or an id, of which the newest revision is looked up
    in Kafka. Each line says what was checked. Does not need the posts or the service.

    Ends with 65 when something disagrees, or when a revision does not carry its numbers.
    """
    summed: dict[str, Check] = {}
    if incident == "-" or Path(incident).is_file():
        with click.open_file(incident, "rb") as stream:
            data = stream.read()
        revisions = revisions_of(data, incident)
        summed = _summed(data, incident)
    else:
        revisions = [_looked_up(incident, config, wait_s)]
    last = {revision.id: at for at, revision in enumerate(revisions)}
    checked = [
        (one, [*verify(one), *([summed[one.id]] if one.id in summed and last[one.id] == at else [])])
        for at, one in enumerate(revisions)
    ]
    if as_json:
        click.echo(pretty_json([_document(*one) for one in checked]), nl=False)
    else:
        for one in checked:
            _print(*one)
    return ExitCode.OK if all(_holds(checks) for _, checks in checked) else ExitCode.DATA


class _Backtest(msgspec.Struct):
    revisions: list[Incident]
    incidents: list[Summary] | None = None
    allowed_lateness: str | None = None


def _summed(data: bytes, name: str) -> dict[str, Check]:
    """Return by incident whether what a backtest says of it in short follows from its revisions."""
    whole = _backtest(data)
    if whole is None or whole.incidents is None:
        return {}
    try:
        lateness_ms = None if whole.allowed_lateness is None else parse_duration(whole.allowed_lateness)
        return summary_checks(whole.revisions, whole.incidents, lateness_ms)
    except ValueError as error:
        raise DataError(
            f"{name}: no backtest: got {error}; expected what it wrote; correct the file"
        ) from None


def revisions_of(data: bytes, name: str) -> list[Incident]:
    """Return the revisions in the bytes of a file.

    Raises
    ------
    DataError
        When there is none, or something else.
    """
    body = data.strip()
    try:
        if body[:1] == b"[":
            found = from_json(body, list[Incident])
        elif b'"revisions":' in body and (whole := _backtest(body)) is not None:
            found = whole.revisions
        else:
            found = _values(body)
    except CodecError as error:
        raise DataError(
            f"{name}: no incident: {error}; expected a revision as on the topic `incidents`; correct the file"
        ) from None
    if not found:
        raise DataError(f"{name}: no incident: got nothing; expected a revision; give another file")
    return found


def _backtest(body: bytes) -> _Backtest | None:
    try:
        return from_json(body, _Backtest)
    except CodecError:
        return None


def _values(body: bytes) -> list[Incident]:
    """Return one revision, however it is laid out, or one of each line."""
    try:
        return [from_json(body, Incident)]
    except CodecError:
        lines = [line for line in body.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [from_json(line, Incident) for line in lines]


def _looked_up(id: str, config: str | None, wait_s: float) -> Incident:
    brand = brand_of(id)
    if brand is None:
        raise DataError(
            f"neither a file nor an id: got {id[:80]!r}; expected such as "
            "kunang-fiber-20250721T1505Z-negative_count; correct it"
        )
    from agents.kafka_read import opened_log

    settings = loaded(config)
    topic = settings.service.topic("incidents")
    newest: Incident | None = None
    with opened_log(settings, wait_s) as log:
        home = partition_of(brand, log.partitions(topic))
        for record in log.read(topic, home):
            if record.key == id.encode() and record.value:
                revision = from_json(record.value, Incident)
                if newest is None or revision.revision >= newest.revision:
                    newest = revision
    if newest is None:
        raise DataError(f"no such incident: got {id[:80]}; expected an id on {topic}; correct it")
    return newest


def _holds(checks: list[Check]) -> bool:
    return all(check.holds for check in checks)


def _document(revision: Incident, checks: list[Check]) -> dict[str, object]:
    return {
        "id": revision.id,
        "revision": revision.revision,
        "change": revision.change,
        "holds": _holds(checks),
        "checks": checks,
    }


def _print(revision: Incident, checks: list[Check]) -> None:
    says = "agrees" if _holds(checks) else "DISAGREES"
    click.echo(f"{revision.id} revision {revision.revision} ({revision.change}): {says}")
    for check in checks:
        click.echo(f"  {'ok  ' if check.holds else 'WRONG'} {check.what:<9} {check.found}")
