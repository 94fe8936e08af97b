"""Baselines from history: what a brand's detectors would have learnt, put where the service finds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kafka import errors
from msgspec import Struct, structs

from agents.assembly import detectors_of, new_reader
from agents.backtest.order import time_of
from agents.brand_state import new_shard
from agents.errors import CommandError, DataError, MismatchError
from agents.exit_codes import ExitCode
from agents.kafka_client import explained, new_producer
from agents.kafka_read import Log
from agents.settings import Settings
from agents.sources.line import Line
from agents.wall_clock import monotonic, sleep
from detector.checkpoint import baseline_entry
from detector.clock import DAY_MIN, Millis, Minute, minute_of, start_of, to_rfc3339
from detector.codec import CodecError
from detector.mention import MentionRecord, unpack
from detector.pipeline import Pipeline
from detector.routing import partition_of
from detector.shard import Shard
from detector.state import StateError, baseline_key, read_state
from detector.track import FORGET_MIN, Track

_ASK_AGAIN_S = 0.2


class RunningError(CommandError):
    """The service runs, and it alone may write its state."""

    code = ExitCode.TEMPORARY


class Home(Struct, frozen=True):
    """Where a brand's state lives: its partition, the last minute closed there, whether it has a baseline."""

    partition: int
    closed_to: Minute | None
    has_baseline: bool


class Warmed(Struct, frozen=True):
    """What became of one brand: ``warmed``, ``kept`` (it has a baseline) or ``no posts``."""

    brand: str
    status: str
    partition: int
    posts: int = 0
    learnt_to: str | None = None
    unwatched_min: int = 0


def homes(log: Log, settings: Settings, brands: Iterable[str]) -> dict[str, Home]:
    """Return where the state of some brands lives.

    Raises
    ------
    MismatchError
        When the state does not fit the partitions of `mentions`.
    """
    partitions = log.partitions(settings.service.topic("mentions"))
    topic = settings.service.state_topic
    if log.partitions(topic) != partitions:
        raise MismatchError(
            f"{topic} does not fit: got {log.partitions(topic)} partitions; expected {partitions}, as "
            "mentions has; run `siaga topics`"
        )
    found: dict[str, Home] = {}
    tables = {p: log.table(topic, p) for p in {partition_of(brand, partitions) for brand in brands}}
    for brand in brands:
        home = partition_of(brand, partitions)
        try:
            header = read_state(home, partitions, _header_only(tables[home])).header
        except (StateError, CodecError) as error:
            raise MismatchError(str(error)) from None
        closed_to = None if header is None else header.closed_to
        found[brand] = Home(home, closed_to, baseline_key(home, brand) in tables[home])
    return found


def unknown_homes(settings: Settings, brands: Iterable[str]) -> dict[str, Home]:
    """Return where the state of some brands will live, as if none was written; Kafka is not asked."""
    partitions = settings.service.topics.partitions.mentions
    return {brand: Home(partition_of(brand, partitions), None, False) for brand in brands}


def _header_only(entries: dict[str, bytes]) -> dict[str, bytes]:
    return {key: value for key, value in entries.items() if key.endswith("/header")}


class History:
    """Posts of the past, run through the core; nothing of it but what was learnt is kept.

    Parameters
    ----------
    settings
        Those of the service: baselines belong to detectors with the same settings.
    until
        Posts of later minutes are left to the service, which reads them itself; None takes all.
    """

    def __init__(self, settings: Settings, until: Minute | None) -> None:
        self._settings = settings
        self._until = until
        self._shards: list[Shard] = []
        self.left = 0
        self.refused = 0
        self.last: Millis | None = None

    def read_posts(self, lines: Iterable[Line], now: Millis) -> None:
        """Learn from posts in time order."""
        pipeline = Pipeline(
            new_reader(self._settings, 1), detectors_of(self._settings), self._settings.incident_settings,
            int(self._settings.detector.allowed_lateness),
        )  # fmt: skip
        for batch in _batches(self._in_time(lines)):
            pipeline.send_all(batch, now)
            pipeline.shard.checkpoint()  # or what would be written for a restart piles up
            for kept in (pipeline.outcome.late, pipeline.outcome.refused, pipeline.outcome.revisions):
                kept.clear()
        self.refused = pipeline.outcome.counts["rejected"]
        pipeline.finish(now)
        self.last = pipeline.newest
        self._shards = [pipeline.shard]

    def _in_time(self, lines: Iterable[Line]) -> Iterator[bytes]:
        for line in lines:
            at = time_of(line.data)
            if self._until is not None and at is not None and minute_of(at) > self._until:
                self.left += 1
            else:
                yield line.data

    def read_mentions(self, log: Log, partitions: Sequence[int]) -> None:
        """Learn from what the topic of mentions still holds, partition by partition."""
        topic = self._settings.service.topic("mentions")
        for partition in partitions:
            shard = new_shard(self._settings, partition, log.partitions(topic))
            for record in log.read(topic, partition):
                shard.apply(record.offset, record.timestamp, self._cut(unpack(record.value or b"")))
                shard.take()
                shard.checkpoint()
                if self._until is not None and (shard.closed_to or 0) >= self._until:
                    break
            self._shards.append(shard)
            if shard.closed_to is not None:
                self.last = max(self.last or 0, start_of(shard.closed_to))

    def _cut(self, record: MentionRecord) -> MentionRecord:
        """Return a record that closes nothing after `until`, whatever its clock says."""
        if self._until is None:
            return record
        end = start_of(self._until + 1)
        mentions = [mention for mention in record.mentions if mention.created_at < end]
        self.left += len(record.mentions) - len(mentions)
        cover = record.cover
        if cover.clock is not None and cover.clock >= end:
            cover = structs.replace(cover, clock=end, idle=False)
        return MentionRecord(cover, mentions)

    def learnt(self, brand: str, home: Home, watched_until: Minute | None) -> tuple[Warmed, Track | None]:
        """Return what was learnt of a brand, up to where the service goes on.

        Up to `watched_until`, or else the last post of the history, the brand was watched even where nothing
        was said; from there to the last minute that the service has closed nobody was watching.
        """
        track = next((shard.tracks[brand] for shard in self._shards if brand in shard.tracks), None)
        if track is None or track.learnt is None or self.last is None:
            return Warmed(brand, "no posts", home.partition), None
        watched = minute_of(self.last) if watched_until is None else watched_until
        track.learn_silence(watched if self._until is None else min(watched, self._until))
        ended = track.learnt
        # When a platform was heard last is a matter of the running service, not of history.
        track.feeds.clear()
        if home.closed_to is not None:
            track.pass_unwatched(home.closed_to)
        if track.learnt is None:
            raise DataError(
                f"history too old: got its end more than {FORGET_MIN // DAY_MIN} days before the service's "
                "state; expected a newer one; export again"
            )
        counting = [d for d in track.detectors if not d.at_close]
        posts = max(d.judge(track.window(track.learnt, d.window_min)).history for d in counting)
        return (
            Warmed(
                brand, "warmed", home.partition, posts, to_rfc3339(start_of(ended + 1)), track.learnt - ended
            ),
            track,
        )


def refuse_running(client: Any, settings: Settings, wait_s: float) -> None:
    """Refuse while a worker of the service is alive: two writers of one state would undo each other.

    Raises
    ------
    RunningError
        When the consumer group has members.
    """
    group = settings.service.group
    members = _members(client, group, wait_s)
    if members:
        raise RunningError(
            f"the service runs: got {len(members)} members in the group {group}; expected none, for it alone "
            "may write its state; stop the workers, warm, and start them again"
        )


def _members(client: Any, group: str, wait_s: float) -> Sequence[Any]:
    deadline = monotonic() + wait_s
    while True:
        try:
            found: Sequence[Any] = client.describe_groups([group])[group]["members"]
            return found
        except errors.GroupIdNotFoundError:
            return ()
        except errors.CoordinatorNotAvailableError:
            # A Kafka that never had a group makes the topic of groups now.
            if monotonic() > deadline:
                raise
            sleep(_ASK_AGAIN_S)


def write(settings: Settings, wait_s: float, entries: Sequence[tuple[int, str, bytes]]) -> None:
    """Write baselines where the service restores them from, each confirmed: partition, key, value."""
    topic = settings.service.state_topic
    producer = new_producer(settings, wait_s)
    try:
        sent = [producer.send(topic, value, key.encode(), partition=home) for home, key, value in entries]
        producer.flush(wait_s)
        for confirmation in sent:
            confirmation.get(wait_s)
    except errors.KafkaError as error:
        raise explained(error, settings, wait_s) from error
    finally:
        producer.close(wait_s)


def entry_of(home: Home, brand: str, track: Track) -> tuple[int, str, bytes]:
    """Return the record that holds what was learnt of a brand."""
    key, value = baseline_entry(home.partition, brand, track)
    return home.partition, key, value or b""


def _batches(data: Iterable[bytes], size: int = 500) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for one in data:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
