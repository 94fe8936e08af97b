"""Every place where bytes become values: good input, and the errors that answer bad input."""

from __future__ import annotations

import base64
import io
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from agents.assembly import new_shard
from agents.backtest.labels import read_labels
from agents.errors import CommandError
from agents.receiver_assembly import receiver_of
from agents.settings import load_settings
from agents.settings.problem import ConfigError
from agents.sources.files import PostsFile, open_file
from detector.codec import CodecError, from_json, to_json
from detector.incident_record import Incident
from detector.intake import read_record
from detector.ledger import decode, encode, observe
from detector.mention import pack, unpack
from detector.state import StateError, entries_of, read_state
from tests.crowd_logs import quick_shard
from tests.fuzz.values import ODD, broken

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/contracts"
NOW = 1_764_000_000_000
_JSON = (
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"null",
    b"true",
    b"1e999",
    b"-0",
    b"\\u0000",
    b"\\ud83d",
    b"\n",
)
_PACKED = (
    b"\xc0",
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xc6\xff\xff\xff\xff",
    b"\xcf" + b"\xff" * 8,
)
_YAML = (
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!python/object:os.system ",
    b"- ",
    b": ",
    b"|\n",
    b"'",
    b"\t",
    b"{",
    b"no",
    b"1e9",
)


class Decoder(NamedTuple):
    """What is tried: a function that takes bytes and may raise `answers`, nothing else."""

    read: Callable[[bytes], object]
    answers: tuple[type[Exception], ...]
    seeds: Sequence[bytes]
    words: Sequence[bytes]


def _posts(data: bytes) -> None:
    intake = read_record(data, NOW)
    assert all(one.post.text for one in intake.accepted)
    assert all(one.reason for one in intake.rejected)


def _mentions(data: bytes) -> None:
    record = unpack(data)
    assert unpack(pack(record.cover, record.mentions)) == record


def _state_entries() -> dict[str, bytes]:
    lines = (GOLDEN / "state_format_1.txt").read_text().splitlines()
    return {key: base64.b64decode(value) for key, value in (line.split("\t") for line in lines)}


STATE = _state_entries()


def _state(data: bytes) -> None:
    """The first byte says which record of a good state is replaced by the rest."""
    if data:
        key = sorted(STATE)[data[0] % len(STATE)]
        read_state(0, 1, STATE | {key: data[1:]})


def _state_keys(data: bytes) -> None:
    """The first byte says which record of a good state has the rest for its key."""
    if data:
        key = sorted(STATE)[data[0] % len(STATE)]
        records = {k.encode(): value for k, value in STATE.items() if k != key} | {data[1:]: STATE[key]}
        shard = quick_shard()
        shard.restore(read_state(0, 1, entries_of(records.items())))
        shard.checkpoint()


def _incident(data: bytes) -> None:
    incident = from_json(data, Incident)
    assert from_json(to_json(incident), Incident) == incident


def _ledger(data: bytes) -> None:
    entry = decode(data)
    assert decode(encode(entry)) == entry


def _file(data: bytes) -> None:
    opened = open_file(io.BytesIO(data), "file")
    for line in opened.lines if isinstance(opened, PostsFile) else ():
        read_record(line.data, NOW)
    for _ in () if isinstance(opened, PostsFile) else opened.counts:
        pass


_FOLDER = tempfile.TemporaryDirectory(prefix="siaga-fuzz-")
_FILES = ("brands.yml", "detector.yml", "lexicon.yml", "alerts.yml", "service.yml")


_ENV = {"SIAGA_PSEUDONYM_KEY": "0123456789abcdef"}
_LITTLE = b"brands: {kunang-fiber: {name: Kunang, aliases: [kunang]}}"


def _configuration(data: bytes) -> None:
    """The first byte says which file the rest is; of the others only brands are there."""
    if data:
        _load(_FILES[data[0] % len(_FILES)], data[1:], _ENV)


def _load(name: str, data: bytes, env: dict[str, str]) -> None:
    """What is taken can be worked with."""
    folder = Path(_FOLDER.name)
    for file in _FILES:
        (folder / file).unlink(missing_ok=True)
    (folder / "brands.yml").write_bytes(_LITTLE)
    (folder / name).write_bytes(data)
    settings = load_settings(folder, env)
    assert settings.detector_settings
    assert settings.share_settings
    assert settings.incident_settings
    new_shard(settings, 0, 1)
    for receiver in settings.receivers:
        receiver_of(receiver)


def _values(data: bytes) -> None:
    """The first byte says how much is changed in a shipped file, the rest is the seed of what is."""
    changes, rng = data[0] % 4 if data else 0, random.Random(data)
    name = rng.choice(_FILES)
    tree = broken(_TREES[name], changes, rng)
    env = dict(_ENV)
    for _ in range(rng.choice((0, 0, 1, 2)) if changes else 0):
        env["SIAGA_SERVICE_" + rng.choice(_VARIABLES)] = str(rng.choice(ODD))
    _load(name, json.dumps(tree).encode(), env)  # which is YAML as well


_VARIABLES = (
    "KAFKA_BROKERS",
    "WEB_PORT",
    "WEB_HOST",
    "DATA_DIR",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "TOPICS_PREFIX",
    "X",
)
_SHIPPED = {name: (ROOT / "config" / name).read_bytes() for name in _FILES}
_TREES = {name: yaml.safe_load(data) for name, data in _SHIPPED.items()}
_POST = (ROOT / "examples/posts.jsonl").read_bytes().splitlines()
_INCIDENT = (GOLDEN / "incident.json").read_bytes()
_RECORDS = [
    base64.b64decode((GOLDEN / f"{name}.b64").read_text())
    for name in ("mentions_record", "tick_record", "idle_tick_record")
]
_CSV = (
    b'created_at,text,platform,id\n2025-07-21T15:05:00Z,lemot,x,1\n1753110300,"a, ""b""\nc",web,2\n',
    b"timestamp,value\n2025-07-21 15:05:00,3\n2025-07-21 15:10:00,4.5\n",
)
_LABELS = b'{"kunang": ["2025-07-21T15:05:00Z", ["2025-07-21T15:05:00", "2025-07-21T23:05:00+07:00"]]}'

DECODERS = {
    "posts": Decoder(
        _posts,
        (),
        [
            (GOLDEN / "post.json").read_bytes(),
            _POST[0],
            b"\n".join(_POST[:4]),
            b"[" + b",".join(_POST[:4]) + b"]",
        ],
        _JSON,
    ),
    "mentions": Decoder(_mentions, (CodecError,), _RECORDS, _PACKED),
    "state": Decoder(
        _state,
        (CodecError, StateError),
        [bytes([n]) + STATE[key] for n, key in enumerate(sorted(STATE))],
        _PACKED,
    ),
    "state keys": Decoder(
        _state_keys,
        (CodecError, StateError),
        [bytes([n]) + key.encode() for n, key in enumerate(sorted(STATE))]
        + [bytes([n]) + b"0/copies/109/0" for n in range(len(STATE))],
        (
            b"/",
            b"0",
            b"-1",
            b"9" * 5_000,
            "²".encode(),
            "٣".encode(),
            b"\xff",
            b"0/",
            b"header",
            b"copies/",
            b"minute/",
        ),
    ),
    "incidents": Decoder(_incident, (CodecError,), [_INCIDENT], _JSON),
    "ledger": Decoder(
        _ledger,
        (CodecError,),
        [encode(observe(None, from_json(_INCIDENT, Incident), _INCIDENT, NOW))],
        _PACKED,
    ),
    "configuration": Decoder(
        _configuration,
        (ConfigError,),
        [bytes([n]) + _SHIPPED[name] for n, name in enumerate(_FILES)],
        _YAML,
    ),
    "values": Decoder(
        _values, (ConfigError,), [b"\0", b"\0a", b"\0b", b"\1c", b"\1d", b"\2e", b"\3f"], (b"2",)
    ),
    "files": Decoder(
        _file,
        (CommandError,),
        [b"\n".join(_POST[:4]), b"[" + b",".join(_POST[:4]) + b"]", *_CSV],
        (*_JSON, b",", b'""', b"\r", b"\x00"),
    ),
    "labels": Decoder(lambda data: read_labels(data, "labels"), (CommandError,), [_LABELS], _JSON),
}
