"""Posts from CSV: the columns that are read, and how a row becomes the JSON of a post."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from agents.sources.csv_rows import csv_rows
from agents.sources.line import Line
from detector.codec import to_json

COLUMNS = (
    "platform",
    "id",
    "created_at",
    "text",
    "author",
    "followers",
    "lang",
    "url",
    "reply_to",
    "reach",
    "brands",
)
ALIASES = {
    "ts": "created_at",
    "timestamp": "created_at",
    "time": "created_at",
    "date": "created_at",
    "body": "text",
    "content": "text",
    "message": "text",
    "user": "author",
    "author_id": "author",
    "author_followers": "followers",
    "language": "lang",
    "link": "url",
    "brand": "brands",
}


def csv_posts(
    lines: Iterable[str], columns: list[str], platform: str, delimiter: str = ","
) -> Iterator[Line]:
    """Yield the posts of CSV lines, the first of which is the header.

    An empty cell is as good as none. Several brands are parted by ``|``. A row without a platform gets
    `platform`. A row without an id gets one made from its platform, time, author and text: sending
    a file again, or a part of it, makes the same ids, and rows that agree in all four are one post.
    """
    header = True
    for row in csv_rows(lines, delimiter):
        if row.problem:
            yield Line(row.line, f"CSV: {row.problem}".encode(), row.problem)
        elif not header:
            yield _line(row.line, row.cells, columns, platform)
        header = False


def _line(number: int, row: list[str], columns: list[str], platform: str) -> Line:
    if len(row) == len(columns):
        return Line(number, _post(row, columns, platform))
    problem = f"got {len(row)} cells; expected {len(columns)}, as in the header"
    # No JSON: intake refuses it.
    return Line(number, ("CSV: " + ",".join(row)).encode("utf-8", "surrogateescape"), problem)


def _post(row: list[str], columns: list[str], platform: str) -> bytes:
    cells = {column: cell for column, cell in zip(columns, row, strict=True) if cell.strip()}
    post: dict[str, Any] = {
        "platform": cells.get("platform", platform).strip(),
        "id": cells.get("id", "").strip(),
        "created_at": _number(cells.get("created_at", "").strip()),
        "text": cells.get("text", ""),
    }
    if "author" in cells:
        post["author"] = {"id": cells["author"].strip()}
        if "followers" in cells:
            post["author"]["followers"] = _number(cells["followers"].strip())
    for column in ("lang", "url", "reply_to"):
        if column in cells:
            post[column] = cells[column].strip()
    if "reach" in cells:
        post["reach"] = _number(cells["reach"].strip())
    if "brands" in cells:
        post["brands"] = [name.strip() for name in cells["brands"].split("|") if name.strip()]
    try:
        if not post["id"]:
            post["id"] = _id(post)
        return to_json(post)
    except UnicodeEncodeError:
        return ",".join(row).encode("utf-8", "surrogateescape")  # bytes that are not UTF-8: intake says so


def _number(text: str) -> int | str:
    """Return a whole number where the cell holds one; epoch milliseconds are one, RFC 3339 is not."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text


def _id(post: dict[str, Any]) -> str:
    parts = (post["platform"], str(post["created_at"]), post.get("author", {}).get("id", ""), post["text"])
    return "csv-" + blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
