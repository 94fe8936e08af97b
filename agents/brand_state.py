"""What the service knows of one brand, put together from Kafka without joining its group, or from files."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, structs

from agents.assembly import detectors_of, new_reader
from agents.backtest.order import time_of
from agents.errors import DataError, MismatchError
from agents.kafka_read import Log
from agents.settings import Settings
from agents.sources.line import Line
from detector.clock import Millis, minute_of, start_of, to_rfc3339
from detector.codec import CodecError, from_json
from detector.incident_record import Incident
from detector.ledger import LedgerEntry, decode
from detector.mention import MentionRecord, unpack
from detector.pipeline import Pipeline
from detector.routing import partition_of
from detector.shard import Shard
from detector.state import State, StateError, baseline_key, brand_key, read_state
from detector.why import minute_asked


class Known(Struct):
    """A brand's partition at a moment, with no other brand in it; `basis` says what that rests on."""

    shard: Shard
    basis: list[str]
    unread: int = 0


def from_kafka(log: Log, settings: Settings, brand: str, until: Millis | None = None) -> Known:
    """Return what the service knows of a brand now, or what it knew at a time.

    A time that the service has closed already is put together again from what `mentions` still holds:
    baselines were older then, so thresholds may differ from those it had.
    """
    mentions, state_topic = settings.service.topic("mentions"), settings.service.state_topic
    partitions = log.partitions(mentions)
    home = partition_of(brand, partitions)
    state = _state(log, state_topic, home, partitions, brand)
    shard = new_shard(settings, home, partitions)
    closed_to = state.header.closed_to if state.header is not None else None
    if until is not None and closed_to is not None and minute_of(until) <= closed_to:
        begin = 0
        basis = [
            f"{to_rfc3339(until)} is closed: decided again from the records that {mentions} still holds, the "
            "first ones without a baseline; what was recorded then is exact, thresholds may differ"
        ]
    else:
        shard.restore(state)
        begin = shard.next_offset or 0
        basis = [_restored(state)]
    return _applied(log, settings, Known(shard, basis), brand, begin, until)


def _applied(
    log: Log, settings: Settings, known: Known, brand: str, begin: int, until: Millis | None
) -> Known:
    mentions, home, shard = settings.service.topic("mentions"), known.shard.partition, known.shard
    lateness_ms = int(settings.detector.allowed_lateness)
    done, read, first = shard.through, 0, None
    for record in log.read(mentions, home, begin):
        first = record.timestamp if first is None else first
        whole = unpack(record.value or b"")
        beyond = False
        if until is not None:
            newest = (whole.cover.clock or 0) + lateness_ms
            whole, beyond = _cut(whole, until, lateness_ms)
            if beyond and not whole.mentions and minute_asked(shard.clocks, lateness_ms) is None:
                raise too_early(until, newest)
        mine = [mention for mention in whole.mentions if mention.brand == brand]
        shard.apply(record.offset, record.timestamp, MentionRecord(whole.cover, mine))
        read += record.offset > done
        if beyond or (until is not None and (shard.closed_to or 0) >= minute_of(until)):
            break
    since = "" if first is None else f", from {to_rfc3339(first)} (when they were written)"
    known.basis.append(f"{read} records of {mentions}-{home}{since}")
    known.unread = read
    return known


def _cut(whole: MentionRecord, until: Millis, lateness_ms: int) -> tuple[MentionRecord, bool]:
    """Return a record without what is later than the minute asked about, and whether there was any.

    A clock of a later minute would close the one asked about, and a later post could open an incident.
    """
    end, cover = start_of(minute_of(until) + 1), whole.cover
    if cover.clock is None or cover.clock + lateness_ms < end:
        return whole, False
    cover = structs.replace(cover, clock=end - 1 - lateness_ms, idle=False)
    return MentionRecord(cover, [mention for mention in whole.mentions if mention.created_at < end]), True


def _restored(state: State) -> str:
    if state.header is None or state.header.closed_to is None:
        return "the service has not written any state yet"
    return f"the service's state, closed up to {to_rfc3339(start_of(state.header.closed_to + 1))}"


def _state(log: Log, topic: str, home: int, partitions: int, brand: str) -> State:
    """Return the state of a partition without its other brands."""
    mine = (brand_key(home, brand), baseline_key(home, brand))
    of_brands = (brand_key(home, ""), baseline_key(home, ""))
    try:
        entries = log.table(topic, home)
        kept = {key: v for key, v in entries.items() if key in mine or not key.startswith(of_brands)}
        state = read_state(home, partitions, kept)
    except (StateError, CodecError) as error:
        raise MismatchError(str(error)) from None
    state.minutes = [
        structs.replace(
            record,
            brands={b: row for b, row in record.brands.items() if b == brand},
            in_incident=[b for b in record.in_incident if b == brand],
        )
        for record in state.minutes
    ]
    state.copies = [
        structs.replace(record, brands={b: posts for b, posts in record.brands.items() if b == brand})
        for record in state.copies
    ]
    return state


def new_shard(settings: Settings, partition: int, partitions: int) -> Shard:
    """Return a fresh partition that decides as the service does."""
    return Shard(partition, partitions, detectors_of(settings), settings.incident_settings)


def from_files(lines: Iterable[Line], settings: Settings, now: Millis, until: Millis | None) -> Known:
    """Return what a service that had read some posts in time order would know, at a time or at their end."""
    pipeline = Pipeline(
        new_reader(settings, 1), detectors_of(settings), settings.incident_settings,
        int(settings.detector.allowed_lateness),
    )  # fmt: skip
    read = 0
    for line in lines:
        at = time_of(line.data)
        # A post of a later minute would close the one that is asked about.
        if until is not None and at is not None and minute_of(at) > minute_of(until):
            if pipeline.newest is None:
                raise too_early(until, at)
            pipeline.pass_to(until, now)
            break
        pipeline.send(line.data, now)
        pipeline.outcome.late.clear()
        pipeline.outcome.refused.clear()
        read += 1
    refused = pipeline.outcome.counts["rejected"]
    but = f" ({refused} refused: `siaga send --dry-run` says why)" if refused else ""
    return Known(
        pipeline.shard, [f"{read} posts of files{but}, as if the service had read them and nothing else"]
    )


def too_early(asked: Millis, first: Millis) -> DataError:
    """Return the error of a time before all that is known."""
    return DataError(
        f"--at lies before the posts: got {to_rfc3339(asked)}; expected {to_rfc3339(first)} or later, for "
        "none is older; ask about a later time"
    )


def ledger(log: Log, settings: Settings, brand: str) -> list[LedgerEntry]:
    """Return who was told of a brand's incidents."""
    topic = settings.service.alerts_topic
    home = partition_of(brand, log.partitions(topic))
    entries = map(decode, log.table(topic, home).values())
    return [entry for entry in entries if entry.brand == brand]


def recorded(log: Log, settings: Settings, brand: str, at: Millis) -> list[Incident]:
    """Return the newest revisions of the incidents that were open at a time, as they stand on the topic."""
    topic = settings.service.topic("incidents")
    home = partition_of(brand, log.partitions(topic))
    newest = (from_json(value, Incident) for value in log.table(topic, home).values())
    return [one for one in newest if one.brand == brand and _was_open(one, to_rfc3339(at))]


def _was_open(incident: Incident, at: str) -> bool:
    return incident.opened_at <= at and (incident.resolved_at is None or at <= incident.resolved_at)
