"""Breaks a configuration that stays YAML but means something else; an input is the seed of what is done."""

from __future__ import annotations

import random
from typing import Any

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**70, -0.0, 0.5, 1e-300, 1e300, float("inf"), float("nan")),
    *(
        "",
        " ",
        "0",
        "-1",
        "1e9",
        "0s",
        "5m",
        "90s",
        "1000000d",
        "5 m",
        "5",
        "nan",
        "null",
        "true",
        "22:00-06:00",
    ),
    *(
        "24:00-24:00",
        "Asia/Jakarta",
        "../../etc/passwd",
        "/",
        "a" * 5_000,
        "\x00",
        "\ud800",
        "é😡",
        "a b",
        "A",
    ),
    *(
        "localhost:0",
        "localhost:99999",
        ":9092",
        "[::1]:9092",
        "http://",
        "http://h:99999/",
        "ftp://h/x",
        "http://h/\n",
    ),
    *(
        "file:///x",
        "critical",
        "webhook",
        "slack",
        "sasl_ssl",
        "plain",
        "scram-sha-512",
        "rank-tail",
        "lexicon",
    ),
    *([], {}, [[]], [None], [{}], {"": None}, {"name": {}}, [0, 1, 2], {"a": [{"b": [{}]}]}),
)


def broken(tree: Any, changes: int, rng: random.Random) -> Any:
    """Return a tree with so many of its places changed, and the rest as it was."""
    for _ in range(changes):
        tree = _changed(tree, rng)
    return tree


def _changed(tree: Any, rng: random.Random) -> Any:
    inside = isinstance(tree, dict | list) and tree and rng.random() < 0.85
    if not inside:
        return rng.choice(ODD)
    if isinstance(tree, list):
        at = rng.randrange(len(tree))
        way = rng.random()
        if way < 0.1:
            return tree[:at] + tree[at + 1 :]
        if way < 0.2:
            return tree + tree[at : at + 1] * rng.choice((1, 300))
        return [*tree[:at], _changed(tree[at], rng), *tree[at + 1 :]]
    key = rng.choice(list(tree))
    way = rng.random()
    if way < 0.1:
        return {k: v for k, v in tree.items() if k != key}
    if way < 0.2:
        return {(rng.choice(ODD_KEYS) if k == key else k): v for k, v in tree.items()}
    if way < 0.3:
        return tree | {rng.choice(ODD_KEYS): rng.choice(ODD)}
    return tree | {key: _changed(tree[key], rng)}


ODD_KEYS = (
    "",
    "a",
    "A b",
    "é",
    "\x00",
    "_other",
    "name",
    "url",
    "url_file",
    "type",
    "x" * 300,
    "0",
    "null",
    "~",
)
