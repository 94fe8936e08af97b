"""Counts everything again from the topics, without siaga's own counting: the judge of exactness."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct, field

from detector.codec import from_msgpack
from detector.state import Header, MinuteRecord
from tests.integration.installation import Installation, wait_for

Minute = tuple[str, int]


class Recount(Struct):
    """What the topics hold: mentions by brand and minute, late ones each post once.

    `values` are the records of `posts` by partition/offset, `rejected` and `rejected_bytes` what was refused.
    """

    sent: int = 0
    values: dict[str, bytes] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)
    rejected_bytes: dict[str, bytes] = field(default_factory=dict)
    distinct: int = 0
    duplicate: int = 0
    unmatched: int = 0
    matched: int = 0
    expected: Counter[Minute] = field(default_factory=Counter)
    counted: Counter[Minute] = field(default_factory=Counter)
    late: Counter[Minute] = field(default_factory=Counter)


def wait_until_closed(installation: Installation, through_ms: int, timeout_s: float = 90.0) -> None:
    """Wait until every mentions partition has closed the minute of a time."""

    def closed() -> bool:
        headers = headers_of(installation)
        return len(headers) == 4 and all((h.closed_to or 0) >= through_ms // 60_000 for h in headers.values())

    wait_for("all minutes to be closed and saved", closed, timeout_s, every_s=0.5)


def headers_of(installation: Installation) -> dict[int, Header]:
    """Return the newest header of each mentions partition."""
    headers = {}
    for record in installation.records("siaga-state-changelog"):
        if record.key.endswith(b"/header") and record.value is not None:
            headers[record.partition] = from_msgpack(record.value, Header)
    return headers


def recount(installation: Installation, brands_of: Callable[[dict], Iterable[str]]) -> Recount:
    """Return what all topics hold.

    Parameters
    ----------
    installation
        Whose topics are read.
    brands_of
        The expected brands of a post.
    """
    result = Recount()
    _refused(installation, result)
    where: dict[tuple[int, int], dict] = {}
    seen: set[tuple[str, str]] = set()
    for record in installation.records("posts"):
        result.sent += 1
        result.values[f"{record.partition}/{record.offset}"] = record.value
        if f"{record.partition}/{record.offset}" in result.rejected:
            continue
        post = json.loads(record.value)
        where[record.partition, record.offset] = post
        identity = (post["platform"], post["id"])
        if identity in seen:
            result.duplicate += 1
            continue
        seen.add(identity)
        result.distinct += 1
        brands = tuple(brands_of(post))
        if not brands:
            result.unmatched += 1
        result.matched += bool(brands)
        for brand in brands:
            result.expected[brand, minute_of(post)] += 1
    _late(installation, where, result)
    _counted(installation, result)
    return result


def minute_of(post: dict) -> int:
    """Return the minute of a post, however its time is written."""
    at = post["created_at"]
    return (at if isinstance(at, int) else round(datetime.fromisoformat(at).timestamp() * 1_000)) // 60_000


def _refused(installation: Installation, result: Recount) -> None:
    for record in installation.records("posts-rejected"):
        headers = {key: value.decode() for key, value in record.headers}
        _, partition, offset, _ = headers["source"].split("/")
        source = f"{partition}/{offset}"
        result.rejected[source] = headers["reason"]
        result.rejected_bytes[source] = record.value


def _late(installation: Installation, where: dict[tuple[int, int], dict], result: Recount) -> None:
    known = set()
    for record in installation.records("posts-late"):
        late = json.loads(record.value)
        post = where[late["partition"], late["offset"]]
        identity = (late["brand"], post["platform"], post["id"])
        if identity not in known:
            known.add(identity)
            result.late[late["brand"], minute_of(post)] += 1


def _counted(installation: Installation, result: Recount) -> None:
    headers = headers_of(installation)
    minutes: dict[bytes, MinuteRecord] = {}
    for record in installation.records("siaga-state-changelog"):
        if b"/minute/" in record.key and record.value is not None:
            minutes[record.key] = from_msgpack(record.value, MinuteRecord)
    for key, record in minutes.items():
        header = headers[int(key.split(b"/")[0])]
        if header.closed_to is not None and record.minute <= header.closed_to:
            for brand, row in record.brands.items():
                result.counted[brand, record.minute] += row.tally.posts
