"""YAML as configuration needs it: no duplicate keys, and no word that turns into something else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

from agents.settings.problem import Problem, shown

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Parser):
    """YAML 1.2's idea of a plain word: `no`, `on`, `12:30`, `0812` and `2025-07-21` stay text."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.duplicates: list[tuple[object, int, int]] = []

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        lines: dict[object, int] = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if isinstance(key, str | int | float | bool | None):
                if key in lines:
                    self.duplicates.append((key, lines[key], line))
                lines.setdefault(key, line)
        return super().construct_mapping(node, deep=True)


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", [*"-+0123456789"]),
    ("float", r"[-+]?[0-9]*(?:[0-9]\.|\.[0-9])[0-9]*(?:e[-+]?[0-9]+)?", [*"-+.0123456789"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$", re.I), _first)


def read_yaml(path: Path, name: str) -> tuple[dict[Any, Any], list[Problem]]:
    """Return the mapping in a YAML file, and what is wrong with it as text.

    Parameters
    ----------
    path
        The file; the caller has seen that it exists.
    name
        How messages call it.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return {}, [
            Problem(
                name, "", f"cannot be read: got {error.strerror}; expected a readable file; mend its access"
            )
        ]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        bad = error.object[error.start : error.start + 1]
        return {}, [
            Problem(
                name, f"line {line}", f"not UTF-8: got byte 0x{bad.hex()}; expected UTF-8; save it as UTF-8"
            )
        ]
    return _parse(text, name)


def _parse(text: str, name: str) -> tuple[dict[Any, Any], list[Problem]]:
    try:
        loader = _Loader(text)  # looks for control characters at once
        try:
            tree = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        return {}, [_syntax(error, text, name)]
    except (RecursionError, TypeError, ValueError) as error:  # nesting bombs, keys that are lists, bad tags
        what = " ".join(str(error).split())[:60]
        return {}, [Problem(name, "", f"not YAML: got {what}; expected plain `key: value` lines; correct it")]
    problems = [
        Problem(
            name,
            f"line {line}",
            f"duplicate key: got {key} again; expected it once, and it is on line {first} too; "
            "merge the two or rename one",
        )
        for key, first, line in loader.duplicates
    ]
    if tree is None:
        return {}, problems
    if not isinstance(tree, dict):
        return {}, [
            Problem(name, "", f"not a mapping: got {shown(tree)}; expected `key: value` lines; correct it")
        ]
    return tree, problems


def _syntax(error: yaml.YAMLError, text: str, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    if mark is None:
        return Problem(
            name,
            "",
            f"not YAML: got bytes that are no text ({what}); expected `key: value` lines; correct it",
        )
    lines = text.splitlines()
    got = lines[mark.line].strip() if mark.line < len(lines) else "the end of the file"
    return Problem(
        name,
        f"line {mark.line + 1}",
        f"not YAML ({what}): got {shown(got)}; expected `key: value` lines, indented by spaces; "
        "correct this line or the one above",
    )
