"""The bytes on the `mentions` topic: a later version must still read those of this one."""

import base64
import textwrap

import pytest

from detector.codec import CodecError, pretty_json, to_msgpack
from detector.mention import MENTIONS_FORMAT, Cover, Hole, Mention, MentionRecord, pack, position, unpack
from tests.golden_file import golden

AT = 1_753_085_100_000
MENTIONS = (
    Mention(
        "biznet", 2**64 - 1, 2**63, AT, position(41), -10_000, -1, 1, 1, 100, 2**32 - 1, 17, "Biznet",
        "biznet mati lagi 😡",
    ),
    Mention("nusa-indah", 1, 0, AT - 86_400_000, position(41), 10_000, 1, 0, 2, 0, 0, 0, "tag", ""),
    Mention(
        "biznet", 7, 9, 946_684_800_000, position(2**40, 9_999), 0, 0, 15, 3, 50, 1, 2**63, "@biznet", "ok"
    ),
)  # fmt: skip
RECORDS = {
    "mentions": MentionRecord(
        Cover(3, 16, position(41), position(2**40 + 1), AT, False, Hole.GAP), [*MENTIONS]
    ),
    "tick": MentionRecord(Cover(0, 1, 0, 0, None), []),
    "idle_tick": MentionRecord(Cover(7, 8, 5, 5, -1, True, Hole.EXPIRED), []),
}


def wrapped(data: bytes) -> str:
    return "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 100)) + "\n"


@pytest.mark.parametrize("name", RECORDS)
def test_bytes_and_meaning_are_those_on_record(name):
    record = RECORDS[name]
    written = pack(record.cover, record.mentions)
    on_record = base64.b64decode(golden(f"{name}_record.b64", wrapped(written)))
    assert written == on_record
    assert unpack(on_record) == record
    meaning = pretty_json({"cover": record.cover, "mentions": [m._asdict() for m in record.mentions]})
    assert meaning == golden(f"{name}_record.json", meaning)


@pytest.mark.parametrize("rest", [[], [{}, 1, "other"]])
def test_a_newer_format_says_what_to_do_whatever_its_layout(rest):
    with pytest.raises(CodecError, match=r"mentions format 2, this version reads 1; upgrade siaga"):
        unpack(to_msgpack([MENTIONS_FORMAT + 1, *rest]))
