"""Alarms against what people say had happened: hits, misses, false alarms, lead time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from statistics import median
from typing import Any

from msgspec import Struct

from agents.errors import DataError
from detector.clock import LAST_MS, Millis, from_rfc3339, to_rfc3339
from detector.codec import CodecError, from_json, json_pairs


class Label(Struct, frozen=True):
    """Something that had happened: at an instant (`begin` equals `end`) or within a window."""

    begin: Millis
    end: Millis

    def is_hit_by(self, alarm: Millis, near_ms: int) -> bool:
        """Return whether an alarm is about this: near the instant, or inside the window."""
        reach = near_ms if self.begin == self.end else 0
        return self.begin - reach <= alarm <= self.end + reach

    def is_within(self, first: Millis, last: Millis, near_ms: int) -> bool:
        """Return whether any alarm between two instants could be about this."""
        reach = near_ms if self.begin == self.end else 0
        return first <= self.end + reach and self.begin - reach <= last

    def __str__(self) -> str:
        begin, end = to_rfc3339(self.begin), to_rfc3339(self.end)
        return begin if begin == end else f"{begin} to {end}"


class Hit(Struct, frozen=True):
    """A label, the first alarm that is about it, and how many minutes before the label's begin that came.

    A negative lead is a delay. Both are None where no alarm is about the label.
    """

    begin: str
    end: str
    alarm: str | None
    lead_min: float | None


class Judgement(Struct, frozen=True):
    """What the alarms of one labelled brand or file are worth."""

    name: str
    brands: tuple[str, ...]
    labels: tuple[Hit, ...]
    false_alarms: tuple[str, ...]
    weeks: float

    @property
    def hits(self) -> int:
        """Labels that some alarm is about."""
        return sum(hit.alarm is not None for hit in self.labels)


class Total(Struct, frozen=True):
    """All judgements together; `median_lead_min` is over the hits, None without any."""

    labels: int
    hits: int
    misses: int
    false_alarms: int
    false_alarms_per_week: float | None
    median_lead_min: float | None


def read_labels(data: bytes, name: str) -> dict[str, list[Label]]:
    """Return the labels of a JSON file: brand or file to instants ``"T"`` and windows ``["T", "T"]``.

    Times are RFC 3339; those without a zone are UTC.

    Raises
    ------
    DataError
        When the file is no such JSON; the message says where.
    """
    try:
        data = data.removeprefix(b"\xef\xbb\xbf")
        raw = from_json(data, dict[str, list[Any]])
        _refuse_twice(data)
        return {key: [_label(one, key) for one in wanted] for key, wanted in raw.items()}
    except CodecError as error:
        text = f'no labels: got {error}; expected {{"brand": ["2025-07-21T15:05:00Z"]}}'
    except ValueError as error:
        text = str(error)
    raise DataError(f"{name}: {text}; correct the file")


def _refuse_twice(data: bytes) -> None:
    """Refuse a key that is given twice: the labels of the first would be lost."""

    def pairs(found: Sequence[tuple[str, Any]]) -> None:
        known = set[str]()
        for key, _ in found:
            if key in known:
                raise ValueError(
                    f"key given twice: got {key[:60]} more than once; expected all of its labels in one list"
                )
            known.add(key)

    json_pairs(data.decode(), pairs)


def _label(one: Any, key: str) -> Label:
    ends = [one, one] if isinstance(one, str) else one
    if not isinstance(ends, list) or len(ends) != 2 or not all(isinstance(end, str) for end in ends):
        raise ValueError(f"label of {key}: got {str(one)[:60]}; expected a time, or a list of two")
    begin, end = (instant(end) for end in ends)
    if end < begin:
        raise ValueError(f"label of {key}: got an end before its begin: {ends[0][:40]}, {ends[1][:40]}")
    return Label(begin, end)


def instant(text: str) -> Millis:
    """Return the milliseconds of a time; one without a zone is UTC."""
    text = text.strip()
    # A zone stands behind the time of day: after its tenth character.
    has_zone = text[-1:] in "Zz" or "+" in text[10:] or "-" in text[10:]
    try:
        at = from_rfc3339(text if has_zone else text + "Z")
    except ValueError:
        expected = "RFC 3339 such as 2025-07-21T15:05:00Z"
        raise ValueError(f"not a time: got {text[:40]!r}; expected {expected}") from None
    if not 0 <= at <= LAST_MS:
        raise ValueError(f"time out of range: got {text[:40]}; expected 1970 to 9999")
    return at


def judge(
    name: str,
    brands: Sequence[str],
    labels: Sequence[Label],
    alarms: Iterable[Millis],
    weeks: float,
    near_ms: int,
) -> Judgement:
    """Return what some alarms are worth; one alarm may be about several labels, and several about one."""
    alarms = sorted(alarms)
    hits = [_hit(label, alarms, near_ms) for label in labels]
    false = [at for at in alarms if not any(label.is_hit_by(at, near_ms) for label in labels)]
    return Judgement(name, tuple(brands), tuple(hits), tuple(map(to_rfc3339, false)), weeks)


def _hit(label: Label, alarms: Sequence[Millis], near_ms: int) -> Hit:
    first = next((at for at in alarms if label.is_hit_by(at, near_ms)), None)
    return Hit(
        begin=to_rfc3339(label.begin),
        end=to_rfc3339(label.end),
        alarm=None if first is None else to_rfc3339(first),
        lead_min=None if first is None else round((label.begin - first) / 60_000, 2),
    )


def total(judgements: Sequence[Judgement]) -> Total:
    """Return all judgements together."""
    labels = sum(len(one.labels) for one in judgements)
    hits = sum(one.hits for one in judgements)
    false = sum(len(one.false_alarms) for one in judgements)
    weeks = sum(one.weeks for one in judgements)
    leads = [hit.lead_min for one in judgements for hit in one.labels if hit.lead_min is not None]
    return Total(
        labels=labels,
        hits=hits,
        misses=labels - hits,
        false_alarms=false,
        false_alarms_per_week=round(false / weeks, 3) if weeks else None,
        median_lead_min=median(leads) if leads else None,
    )


def brands_named(key: str, names: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the brands that a key of the labels means: a brand's own name, or those of a file.

    A file is meant by its path, by its name with or without its ending, and by any path that ends with it.

    >>> brands_named("realTweets/AAPL.csv", {"aapl": ["aapl", "data/AAPL.csv"]})
    ['aapl']
    """
    plain = PurePath(key).name
    return [
        brand
        for brand, known in names.items()
        if any(key == one or plain == PurePath(one).name or plain == PurePath(one).stem for one in known)
    ]
