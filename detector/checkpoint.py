"""What must be written so that a partition's state survives, and how it is put together again.

Baselines are too large to write at every close, so each brand's is written once an hour, spread over the
hour by the brand's hash; a restore learns the minutes after it again. Minutes that every baseline covers
are deleted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from msgspec import Struct

from detector.bucket import Tally
from detector.clock import HOUR_MIN, Minute
from detector.codec import CodecError, to_msgpack
from detector.gist import Past, unpack_gist
from detector.routing import murmur2
from detector.silence import Pulse
from detector.spike import Detector, named
from detector.state import (
    STATE_FORMAT,
    BaselineRecord,
    BrandRecord,
    Header,
    MinuteOfBrand,
    MinuteRecord,
    State,
    Version,
    baseline_key,
    brand_key,
    copies_records,
    header_key,
    minute_key,
    minute_records,
)
from detector.steps import Steps
from detector.track import Track
from detector.voices import Voices
from detector.watermark import Clocks

Entry = tuple[str, bytes | None]


class Writes(Struct, frozen=True):
    """The writes of a checkpoint, in order: each part must be confirmed before the next is sent.

    `mark` is the offset of `mentions` to commit once the header is confirmed.
    """

    before: list[Entry]
    header: Entry
    after: list[Entry]
    mark: int


class Moment(Struct, frozen=True):
    """A moment of the log: all is applied `through` an offset, and what comes before `mark` is done with.

    `covered` is the position up to which each posts partition was covered just before `mark`, where known;
    `pulse` is what was heard of anything at all.
    """

    through: int
    mark: int
    covered: dict[int, int] | None
    pulse: Pulse


class Journal:
    """Collects what a partition must write between two checkpoints."""

    def __init__(self, partition: int, partitions: int) -> None:
        self.partition = partition
        self.partitions = partitions
        self.mark: int | None = None
        self.forgotten: list[str] = []
        self._seq = 0
        self._closed = False
        self._rows: dict[str, MinuteOfBrand] = {}
        self._in_incident: list[str] = []
        self._minutes: list[Entry] = []
        self._changed: set[str] = set()
        self._versions: dict[str, Version] = {}
        self._written_at: dict[str, Minute] = {}
        self._kept: deque[tuple[Minute, str]] = deque()
        self._copies: list[str] = []
        self._begun: list[str] = []

    def changed(self, brand: str) -> None:
        """Note that a brand's watch changed."""
        self._changed.add(brand)

    def begun(self, brand: str) -> None:
        """Note that a brand's history was taken up to the first closed minute.

        Its baseline is written before the header: after it, nothing tells how long nobody was watching.
        """
        self._begun.append(brand)

    def closed_nothing(self) -> None:
        """Note that minutes were closed in which nothing was said."""
        self._closed = True

    def closed(self, minute: Minute, track: Track, tally: Tally | None, in_incident: bool) -> None:
        """Note what a brand's closed minute held."""
        if in_incident:
            self._in_incident.append(track.brand)
        if tally is not None:
            self._rows[track.brand] = MinuteOfBrand(
                tally, *track.everyone.closed, *track.negative.closed, track.past[minute].gist
            )
        if track.brand not in self._written_at:
            self._written_at[track.brand] = minute - murmur2(track.brand.encode()) % HOUR_MIN

    def end(self, minute: Minute) -> None:
        """Note that all brands of a minute are closed."""
        record = MinuteRecord(STATE_FORMAT, minute, self._rows, self._in_incident)
        for key, data in minute_records(self.partition, record):
            self._minutes.append((key, data))
            self._kept.append((minute, key))
        self._rows, self._in_incident, self._closed = {}, [], True

    def writing(
        self, at: Moment, closed_to: Minute | None, clocks: Clocks, tracks: dict[str, Track]
    ) -> Steps[Writes | None]:
        """Return, in short steps, what must be written now; None when no minute was closed since."""
        if not self._closed or closed_to is None:
            return None
        self._seq += 1
        before = self._minutes
        for brand in self._begun:
            before.append(self._baseline(brand, tracks[brand]))
            yield
        for brand in sorted(self._changed):
            before.append((brand_key(self.partition, brand), self._brand_record(brand, tracks[brand])))
        kept = ((b, track.open.kept) for b, track in sorted(tracks.items()) if track.open.has_kept)
        copies = list(copies_records(self.partition, self._seq, kept))
        before.extend(copies)
        header = Header(
            STATE_FORMAT, self.partitions, at.through, at.mark, self._seq, closed_to, clocks, at.covered,
            len(copies), at.pulse,
        )  # fmt: skip
        after = yield from self._baselines(closed_to, tracks)
        after.extend((key, None) for key in self._outdated(closed_to, tracks))
        written = [key for key, _ in copies]
        after.extend((key, None) for key in self._copies if key not in written)
        self.mark = at.mark
        self._minutes, self._changed, self._closed, self._copies = [], set(), False, written
        self._begun = []
        return Writes(before, (header_key(self.partition), to_msgpack(header)), after, at.mark)

    def _brand_record(self, brand: str, track: Track) -> bytes:
        version = Version(self._seq, track.watch)
        before = self._versions.get(brand)
        self._versions[brand] = version
        return to_msgpack(BrandRecord(STATE_FORMAT, [version] if before is None else [before, version]))

    def _baselines(self, closed_to: Minute, tracks: dict[str, Track]) -> Steps[list[Entry]]:
        entries: list[Entry] = []
        for brand, at in sorted(self._written_at.items()):
            if closed_to - at < HOUR_MIN:
                continue
            track = tracks[brand]
            if track.learnt is not None:
                entries.append(self._baseline(brand, track))
                yield
            if track.is_remembered(closed_to):
                self._written_at[brand] = closed_to
            else:
                # Nothing will be said of it until it speaks again: silence is learnt without records.
                del self._written_at[brand]
        return entries

    def _baseline(self, brand: str, track: Track) -> Entry:
        return baseline_entry(self.partition, brand, track)

    def _outdated(self, closed_to: Minute, tracks: dict[str, Track]) -> list[str]:
        longest = max((track.past_min for track in tracks.values()), default=0)
        floor = min([closed_to, *self._written_at.values()]) - longest - 1
        keys = []
        while self._kept and self._kept[0][0] < floor:
            keys.append(self._kept.popleft()[1])
        return keys

    def restoring(self, state: State, new_track: Callable[[str], Track]) -> Steps[dict[str, Track]]:
        """Return, in short steps, the tracks of a saved state, ready to be refilled from its mark on."""
        header = state.header
        if header is None or header.closed_to is None:
            return (yield from self._warmed(state, new_track))
        self._seq, self.mark = header.seq, header.mark
        spoke = {brand for record in state.minutes for brand in (*record.brands, *record.in_incident)}
        spoke.update(brand for copies in state.copies for brand in copies.brands)
        tracks = {}
        for brand in sorted({*state.brands, *state.baselines, *spoke}):
            tracks[brand] = new_track(brand)
            yield
        for brand, record in state.brands.items():
            version = record.at(header.seq)
            if version is not None:
                self._versions[brand] = version
                tracks[brand].watch = version.watch
        for brand, baseline in state.baselines.items():
            self._load(tracks[brand], baseline)
            yield
        self._copies = state.copies_keys
        for copies in state.copies:
            for brand, posts in copies.brands.items():
                tracks[brand].open.keep(posts)
        yield from self._replay(state.minutes, tracks, header.closed_to, header.pulse or Pulse())
        return tracks

    def _warmed(self, state: State, new_track: Callable[[str], Track]) -> Steps[dict[str, Track]]:
        tracks = {}
        for brand, baseline in sorted(state.baselines.items()):
            tracks[brand] = new_track(brand)
            self._load(tracks[brand], baseline)
            yield
        return tracks

    def _load(self, track: Track, baseline: BaselineRecord) -> None:
        fresh: list[Detector] = []
        for detector in track.detectors:
            loaded = _loaded(detector, baseline.detectors)
            if loaded is None:
                self.forgotten.append(f"{track.brand}: {_version(detector)}")
            fresh.append(loaded or detector)
        track.detectors = fresh
        track.learnt = baseline.learnt
        if baseline.usual is not None:
            track.usual = baseline.usual
        track.talk.restore(baseline.background)
        track.feeds = baseline.feeds

    def _replay(
        self, records: list[MinuteRecord], tracks: dict[str, Track], closed_to: Minute, pulse: Pulse
    ) -> Steps[None]:
        chunks: dict[Minute, int] = {}
        history: dict[str, dict[Minute, tuple[MinuteOfBrand | None, bool]]] = {}
        for record in records:
            number = chunks[record.minute] = chunks.get(record.minute, -1) + 1
            self._kept.append((record.minute, minute_key(self.partition, record.minute, number)))
            for brand in (*record.brands, *record.in_incident):
                row, in_incident = record.brands.get(brand), brand in record.in_incident
                before = history.setdefault(brand, {}).get(record.minute, (None, False))
                history[brand][record.minute] = (row or before[0], in_incident or before[1])
            yield
        live = pulse.before([record.minute for record in records if record.brands])
        for brand, minutes in history.items():
            self._written_at[brand] = tracks[brand].learnt or min(minutes)
            _relearn(tracks[brand], minutes, closed_to, live)
            yield


def baseline_entry(partition: int, brand: str, track: Track) -> Entry:
    """Return the record of what a brand's detectors have learnt; something must have been learnt."""
    dumped = {_version(detector): detector.dump() for detector in track.detectors}
    record = BaselineRecord(
        STATE_FORMAT, track.learnt or 0, dumped, track.usual, track.talk.background, track.feeds
    )
    return baseline_key(partition, brand), to_msgpack(record)


def _relearn(
    track: Track,
    minutes: dict[Minute, tuple[MinuteOfBrand | None, bool]],
    closed_to: Minute,
    live: dict[Minute, int],
) -> None:
    """Take a track from its baseline to the last closed minute, as if the minutes were closed again."""
    known_to = track.learnt
    following = deque(sorted(minutes))
    if known_to is not None:
        _recall(track, minutes, following, known_to)
    while following:
        minute = following[0]
        while minute <= closed_to and (bool(track.everyone) or (following and following[0] == minute)):
            row, in_incident = minutes.get(minute, (None, False))
            if following and following[0] == minute:
                following.popleft()
            if row is not None:
                _speak(track.everyone, minute, row.everyone, row.everyone_plain)
                _speak(track.negative, minute, row.negative, row.negative_plain)
                voices, negative = track.everyone.spoke(minute), track.negative.spoke(minute)
                track.remember(minute, Past(row.tally, voices, negative, row.gist))
            if known_to is None or minute > known_to:
                if row is not None:
                    track.hear(minute, live[minute], unpack_gist(track.past[minute]).platforms, in_incident)
                track.learn(minute, in_incident)
            else:
                track.listen(minute)
            minute += 1


def _recall(
    track: Track,
    minutes: dict[Minute, tuple[MinuteOfBrand | None, bool]],
    following: deque[Minute],
    known_to: Minute,
) -> None:
    """Take up the minutes that no window ends with or reaches that is still to be learnt, at little cost."""
    while following and following[0] <= known_to - track.everyone.longest:
        minute = following.popleft()
        row = minutes[minute][0]
        if row is not None and minute > known_to - track.past_min:
            voices = track.everyone.recall(_authors(row.everyone), row.everyone_plain, minute)
            negative = track.negative.recall(_authors(row.negative), row.negative_plain, minute)
            track.remember(minute, Past(row.tally, voices, negative, row.gist))


def _speak(voices: Voices, minute: Minute, authors: bytes, plain: int) -> None:
    voices.add_all(_authors(authors), plain, minute)


def _authors(packed: bytes) -> list[int]:
    authors: list[int] = np.frombuffer(packed, "<u8").tolist()
    return authors


def _loaded(detector: Detector, dumped: dict[str, bytes]) -> Detector | None:
    """Return a detector that goes on from what its like had learnt, or None; thresholds may have changed."""
    kind = _version(detector).partition("-")[0]
    data = next((data for name, data in dumped.items() if name.partition("-")[0] == kind), None)
    try:
        return None if data is None else detector.load(data)
    except CodecError:
        raise
    except ValueError:
        return None  # learnt with another half-life, or written in another format


def _version(detector: Detector) -> str:
    return f"{detector.signal}/{detector.window_min}m/{named(detector)}"
