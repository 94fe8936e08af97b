"""A record of posts taken apart into the bytes of each post, also where its JSON is damaged.

Nothing here raises or recurses, and the time is linear in the size of the record.
"""

from __future__ import annotations

import re

_SPACE = b" \t\r\n"
# Text up to the next bracket, or comma and bracket, past whole strings. It also stops at a string without
# end: a JSON string does not go past its line. All is possessive: nothing is ever tried twice.
_STRING = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_INSIDE = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+")
_BETWEEN = re.compile(rb'(?:[^"\[\]{},]++|' + _STRING + rb")*+")
_SEPARATORS = re.compile(rb"[ \t\r\n,]*+")
_LINE = re.compile(rb"[^\n]+")
_OBJECT = re.compile(rb'\{[ \t\r\n]*+"[^"\\\n]*+"[ \t\r\n]*+:')
_COMMA, _COLON, _QUOTE, _CLOSE = b',:"]'
_PARTNER = dict(zip(b"[{", b"]}", strict=True))

# How often a damaged array may be read again to its end, looking for the next post that makes sense.
_READINGS = 3


def split_record(body: bytes, most: int) -> tuple[list[bytes], bytes]:
    r"""Return the bytes of each post in order, and what is left after so many posts.

    A damaged post takes no other with it as long as the start of the next one can be found: a comma
    or a line break, then an object with a first key. What cannot be told apart is one piece.

    Parameters
    ----------
    body
        A record without white space or byte order mark at its ends.
    most
        Maximal number of pieces, 1 or more.

    Examples
    --------
    >>> split_record(b'[{"id": NaN}, {"id": "2"}]', 10)
    ([b'{"id": NaN}', b'{"id": "2"}'], b'')
    >>> split_record(b'{"id": "1}\n\n{"id": "2"}', 10)
    ([b'{"id": "1}', b'{"id": "2"}'], b'')
    """
    first, several, _ = body.partition(b"\n")
    if body[:1] == b"[":
        # A line that is an array by itself, with other lines after it, is one bad line.
        own_line = several and first.rstrip(_SPACE).endswith(b"]")
        return _split_lines(body, most) if own_line else _split_array(body, most)
    if several and not _is_one_object(body) and _has_line_of_object(body):
        return _split_lines(body, most)
    return [body], b""


def depth_exceeds(piece: bytes, limit: int) -> bool:
    """Return whether brackets outside of strings are nested deeper than a limit."""
    if piece.count(b"{") + piece.count(b"[") <= limit:
        return False
    depth, at = 0, _end(_INSIDE, piece, 0)
    while at < len(piece) and piece[at] != _QUOTE:
        depth += 1 if piece[at] in _PARTNER else -1
        if depth > limit:
            return True
        at = _end(_INSIDE, piece, at + 1)
    return False


def _end(pattern: re.Pattern[bytes], body: bytes, at: int) -> int:
    match = pattern.match(body, at)
    return match.end() if match else at


def _is_one_object(body: bytes) -> bool:
    return body[:1] == b"{" and _bracket_end(body, 0) == (len(body), True)


def _has_line_of_object(body: bytes) -> bool:
    lines = (line.strip(_SPACE) for line in body.split(b"\n"))
    return any(line.startswith(b"{") and line.endswith(b"}") for line in lines)


def _split_lines(body: bytes, most: int) -> tuple[list[bytes], bytes]:
    pieces: list[bytes] = []
    for match in _LINE.finditer(body):
        line = match[0].strip(_SPACE)
        if not line:
            continue
        if len(pieces) == most:
            return pieces, body[match.start() :]
        pieces.append(line)
    return pieces, b""


def _split_array(body: bytes, most: int) -> tuple[list[bytes], bytes]:
    """Take an array apart; where only its closing bracket is missing, the last piece is empty."""
    pieces: list[bytes] = []
    at, cut, budget = 1, True, _READINGS * len(body)
    while len(pieces) < most:
        end, clean = _element_end(body, at)
        budget -= end - at
        if not clean:
            end = _next_object(body, at + 1) if budget > 0 else len(body)
            cut = False
        piece = body[at:end].strip(_SPACE) if clean else body[at:end].strip(_SPACE + b",")
        follows = body[end] if end < len(body) else None
        if piece or pieces or follows != _CLOSE:
            pieces.append(piece)
        if follows is None:
            if piece and cut:
                pieces.append(b"")
            return pieces, b""
        at = end + (follows == _COMMA)
        if follows == _CLOSE:
            # Usually the end of the record; if not, posts may still follow.
            cut, at = False, _end(_SEPARATORS, body, end + 1)
            if at == len(body):
                return pieces, b""
    return pieces, body[at:]


def _element_end(body: bytes, begin: int) -> tuple[int, bool]:
    """Return where an element of an array ends, and whether that is certain.

    It ends before a comma, a closing bracket, the end of the record, or an object after a missing comma.
    """
    at = _end(_BETWEEN, body, begin)
    while at < len(body) and body[at] not in (_COMMA, _CLOSE):
        if body[at] not in _PARTNER:
            return at, False
        if body[begin:at].strip(_SPACE):
            break
        at, clean = _bracket_end(body, at)
        if not clean:
            return at, False
        at = _end(_BETWEEN, body, at)
    return at, True


def _bracket_end(body: bytes, at: int) -> tuple[int, bool]:
    """Return where the object or array ends that starts here, and whether its brackets and strings close."""
    awaited: list[int] = []
    while at < len(body):
        char = body[at]
        if char in _PARTNER:
            awaited.append(_PARTNER[char])
        elif char == _QUOTE or awaited.pop() != char:
            return at, False
        at += 1
        if not awaited:
            return at, True
        at = _end(_INSIDE, body, at)
    return at, False


def _next_object(body: bytes, at: int) -> int:
    """Return where the next post seems to start: an object with a key, after a comma or on a new line."""
    for match in _OBJECT.finditer(body, at):
        before = start = match.start()
        while before > at and body[before - 1] in _SPACE:
            before -= 1
        last = body[before - 1]
        if last == _COMMA or (b"\n" in body[before:start] and last != _COLON):
            return start
    return len(body)
