"""What comes in: a record's posts, each accepted or rejected with its reason, whatever the bytes are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import UNSET, Struct

from detector.clock import Millis, to_millis
from detector.plain_record import MAX_DEPTH, decode_lone, decode_record
from detector.post import MAX_TEXT_CHARS, Post
from detector.record import depth_exceeds, split_record
from detector.rejection import Rejection, Why, why_not_json, why_undecodable
from detector.sent_post import YEAR_2000_MS, SentPost, decode_post, post_schema

__all__ = [
    "MAX_RECORD_BYTES",
    "MAX_RECORD_POSTS",
    "Accepted",
    "Intake",
    "Rejected",
    "Rejection",
    "post_schema",
    "read_lone_posts",
    "read_record",
    "take_record",
]

MAX_RECORD_BYTES = 1_048_576
MAX_RECORD_POSTS = 10_000
MAX_AHEAD_MS = 60_000

_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"


class Accepted(Struct, frozen=True, gc=False):
    """A post that counts. `index` is its place in the record, `cut` tells that its text was shortened."""

    index: int
    post: Post
    cut: bool = False


class Rejected(Struct, frozen=True):
    """A post that does not count, and why.

    `data` are the bytes of the post, or of all that could not be told apart from it; `detail` says
    which field and what was expected, without any of the post's words.
    """

    index: int
    reason: Rejection
    detail: str
    data: bytes


class Intake(Struct):
    """All posts of one record, in the order of their index; each index is in one of the two lists."""

    accepted: list[Accepted]
    rejected: list[Rejected]


def read_record(data: bytes | None, now: Millis) -> Intake:
    r"""Return the posts of one record: a JSON object, a JSON array of objects, or one object on each line.

    Never raises. A bad post costs no other post of its record. The result depends on nothing but the
    arguments.

    Parameters
    ----------
    data
        The value of the record; a byte order mark at its start is skipped. None is a tombstone.
    now
        The present in milliseconds: posts more than 60 s later are rejected.

    Examples
    --------
    >>> record = b'{"platform":"x","id":"7","created_at":1753085100000,"text":"Halo"}\n{}'
    >>> taken = read_record(record, now=1_753_085_100_000)
    >>> taken.accepted[0].post.text, taken.rejected[0].index, taken.rejected[0].reason.value
    ('Halo', 1, 'missing_field')
    """
    intake = Intake([], [])
    for one in take_record(data, now):
        if isinstance(one, Rejected):
            intake.rejected.append(one)
        else:
            intake.accepted.append(one)
    return intake


def take_record(data: bytes | None, now: Millis) -> Iterable[Accepted | Rejected]:
    """Return what `read_record` does in order of index, for a caller with other things to do.

    A record with a fault is read post by post as they are asked for: 10,000 of them may take a second.
    """
    if data is None:
        return _refused(Rejection.EMPTY_RECORD, "the record has no value", b"")
    if len(data) > MAX_RECORD_BYTES:
        detail = f"got {len(data)} bytes; expected at most {MAX_RECORD_BYTES}"
        return _refused(Rejection.RECORD_TOO_LARGE, detail, data)
    body = (data[3:] if data.startswith(_BOM) else data).strip(_SPACE)
    if not body:
        return _refused(Rejection.EMPTY_RECORD, f"got {len(data)} bytes without a value", data)
    sent = decode_record(body)
    if sent and len(sent) <= MAX_RECORD_POSTS:
        accepted = _take_all(range(len(sent)), sent, now)
        if accepted is not None:
            return accepted
    return _read_pieces(data, body, now)


def read_lone_posts(records: Sequence[bytes | None], now: Millis) -> list[Accepted] | None:
    r"""Return the posts of some records, one each, if that is surely what each of them holds.

    What `read_record` returns of each, in half the time; it has to be asked when None comes.

    Parameters
    ----------
    records
        The values of one or more records.
    now
        As for `read_record`.

    Examples
    --------
    >>> one = b'{"platform":"x","id":"7","created_at":1753085100000,"text":"Halo"}'
    >>> [taken.post.text for taken in read_lone_posts([one, one], now=1_753_085_100_000)]
    ['Halo', 'Halo']
    >>> read_lone_posts([one, b"{}"], now=1_753_085_100_000) is None
    True
    """
    sent = decode_lone(records)
    if sent is None or max(map(len, records)) > MAX_RECORD_BYTES:  # type: ignore[arg-type]
        return None
    return _take_all([0] * len(records), sent, now)


def _take_all(indices: Sequence[int], sent: Sequence[SentPost], now: Millis) -> list[Accepted] | None:
    latest = now + MAX_AHEAD_MS
    accepted = []
    for index, post in zip(indices, sent, strict=True):
        taken = _take(index, post, latest)
        if isinstance(taken, tuple):
            return None
        accepted.append(taken)
    return accepted


def _refused(reason: Rejection, detail: str, data: bytes) -> list[Rejected]:
    return [Rejected(0, reason, detail, data)]


def _read_pieces(data: bytes, body: bytes, now: Millis) -> Iterator[Accepted | Rejected]:
    """Read a record post by post; gives what reading it at once gives, where that is possible."""
    pieces, rest = split_record(body, MAX_RECORD_POSTS)
    if not pieces:
        yield from _refused(Rejection.EMPTY_RECORD, "the array is empty", data)
        return
    for index, piece in enumerate(pieces):
        taken = _read_piece(index, piece, now + MAX_AHEAD_MS)
        yield Rejected(index, *taken, piece) if isinstance(taken, tuple) else taken
    if rest:
        detail = f"the first {MAX_RECORD_POSTS} posts were read, {len(rest)} bytes are left"
        yield Rejected(len(pieces), Rejection.TOO_MANY_POSTS, detail, rest)


def _read_piece(index: int, piece: bytes, latest: Millis) -> Accepted | Why:
    # The fast way first: one bad post does not slow down the others of its record.
    if piece[:1] == b"{" and (plain := decode_record(piece)) and len(plain) == 1:
        return _take(index, plain[0], latest)
    if not piece:
        return Rejection.BAD_JSON, "a post is missing, or the array is cut off"
    try:
        text = piece.decode()
    except UnicodeDecodeError as error:
        return Rejection.BAD_UTF8, f"{error.reason} at byte {error.start}"
    if b"\0" in piece:
        return Rejection.NUL_BYTE, f"NUL at byte {piece.index(0)}"
    if depth_exceeds(piece, MAX_DEPTH):
        return Rejection.TOO_DEEP, f"expected at most {MAX_DEPTH} levels"
    try:
        sent = decode_post(piece)
    except (msgspec.MsgspecError, RecursionError) as error:
        return why_undecodable(text, error)
    return why_not_json(text) or _nul_inside(sent) or _take(index, sent, latest)


def _nul_inside(sent: SentPost) -> Why | None:
    author = sent.author.id if sent.author else None
    values = (
        sent.platform,
        sent.id,
        sent.text,
        author,
        sent.lang,
        sent.url,
        sent.reply_to,
        *(sent.brands or ()),
    )
    if any(isinstance(value, str) and "\0" in value for value in values):
        return Rejection.NUL_BYTE, "an escaped NUL in a string"
    return None


def _take(index: int, sent: SentPost, latest: Millis) -> Accepted | Why:
    """Return the post unless its time or its text forbids."""
    at = sent.created_at if isinstance(sent.created_at, int) else to_millis(sent.created_at)
    if at > latest:
        return Rejection.IN_FUTURE, f"created_at: got {at} ms since 1970; expected at most {latest}"
    if at < YEAR_2000_MS:
        return Rejection.BEFORE_2000, f"created_at: got {at} ms since 1970; expected at least {YEAR_2000_MS}"
    text = sent.text
    cut = len(text) > MAX_TEXT_CHARS
    if cut:
        text = text[:MAX_TEXT_CHARS]
    if not text or text.isspace():
        return Rejection.EMPTY_TEXT, "text: got white space only; expected words"
    post = Post(
        sent.platform,
        sent.id,
        at,
        text,
        sent.author or None,
        # An empty string says as little as a missing one.
        sent.lang or None,
        sent.url or None,
        sent.reply_to or None,
        None if sent.reach is UNSET else sent.reach,
        sent.brands or (),
    )
    return Accepted(index, post, cut)
