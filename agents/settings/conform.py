"""Checks a tree of YAML values against the types of the settings, and reports everything at once.

msgspec stops at its first error; a person who sets a service up wants all of them.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from agents.settings.kinds import Duration, decode_kind
from agents.settings.problem import advice, listed, nearest, shown

T = TypeVar("T", bound=Struct)
Report = Callable[[str, str], None]
"""Takes the key's path and the text of a problem."""

_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def conform(tree: object, kind: type[T], report: Report) -> T | None:
    """Return a tree as a Struct, or None after its problems were reported."""
    found = 0

    def count(path: str, text: str) -> None:
        nonlocal found
        found += 1
        report(path, text)

    _struct(tree, kind, "", count)
    if found:
        return None
    return msgspec.convert(_pruned(tree), kind, dec_hook=decode_kind)


def fields_of(kind: type[Struct]) -> dict[str, Any]:
    """Return the annotated type of every field of a Struct, in order."""
    return get_type_hints(kind, include_extras=True)


def bare(kind: Any) -> Any:
    """Return a type without its annotation and without its None."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    return bare(kind) if get_origin(kind) is Annotated else kind


def _rule(kind: Any) -> dict[str, Any]:
    """Return what the annotation says about errors."""
    if get_origin(kind) is Annotated:
        for meta in get_args(kind)[1:]:
            if isinstance(meta, Meta) and meta.extra:
                return dict(meta.extra)
        return _rule(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return next((found for part in get_args(kind) if (found := _rule(part))), {})
    return {}


def _pruned(tree: Any) -> Any:
    """Return a tree without its empty keys: `exclude:` with nothing after it is as good as no line."""
    if isinstance(tree, Mapping):
        return {key: _pruned(value) for key, value in tree.items() if value is not None}
    return [_pruned(value) for value in tree] if isinstance(tree, list) else tree


def _child(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _value(value: object, kind: Any, path: str, report: Report) -> None:
    plain = bare(kind)
    if isinstance(plain, type) and issubclass(plain, Struct):
        _struct(value, plain, path, report)
    elif get_origin(plain) is dict:
        _mapping(value, kind, path, report)
    elif get_origin(plain) is tuple:
        _items(value, kind, path, report)
    else:
        _leaf(value, kind, path, report)


def _struct(value: object, kind: type[Struct], path: str, report: Report) -> None:
    if not isinstance(value, Mapping):
        report(path, f"got {shown(value)}; expected keys and values; indent them below it")
        return
    hints = fields_of(kind)
    clean = True

    def count(where: str, text: str) -> None:
        nonlocal clean
        clean = False
        report(where, text)

    meant = set()
    for key in value:
        if key not in hints:
            meant.add(nearest(str(key), hints))
            todo = advice(str(key), hints, "remove it or correct it")
            count(_child(path, key), f"unknown key: got {shown(key)}; expected {listed(hints)}; {todo}")
    for field in msgspec.structs.fields(kind):
        got = value.get(field.name)
        if got is not None:
            _value(got, hints[field.name], _child(path, field.name), count)
        elif field.required and field.name not in meant:
            expected = _rule(hints[field.name]).get("expected") or _named(bare(hints[field.name]))
            count(_child(path, field.name), f"missing: got nothing; expected {expected}; add it")
    if clean:
        try:  # rules between fields: the Struct's own __post_init__
            msgspec.convert(_pruned(value), kind, dec_hook=decode_kind)
        except msgspec.ValidationError as error:
            report(path, str(error))


def _mapping(value: object, kind: Any, path: str, report: Report) -> None:
    if not isinstance(value, Mapping):
        report(path, f"got {shown(value)}; expected keys and values; indent them below it")
        return
    key_kind, value_kind = get_args(bare(kind))
    if not value and _minimum(kind):
        report(path, f"got an empty mapping; expected {_rule(kind)['expected']}; {_rule(kind)['todo']}")
    for key, item in value.items():
        where = _child(path, key)
        if not isinstance(key, str):
            report(where, f"bad key: got {shown(key)}; expected text; put it in quotes")
            continue
        try:
            msgspec.convert(key, key_kind)
        except msgspec.ValidationError:
            says = _rule(key_kind)
            report(where, f"bad key: got {shown(key)}; expected {says['expected']}; {says['todo']}")
        _value({} if item is None else item, value_kind, where, report)


def _items(value: object, kind: Any, path: str, report: Report) -> None:
    if not isinstance(value, list):
        report(path, f"got {shown(value)}; expected a list; write one item a line, each after a dash")
        return
    if len(value) < _minimum(kind):
        report(path, f"got {shown(value)}; expected {_rule(kind)['expected']}; {_rule(kind)['todo']}")
    item_kind = get_args(bare(kind))[0]
    for i, item in enumerate(value):
        _value(item, item_kind, f"{path}[{i}]", report)


def _minimum(kind: Any) -> int:
    metas = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return max((meta.min_length or 0 for meta in metas if isinstance(meta, Meta)), default=0)


def _leaf(value: object, kind: Any, path: str, report: Report) -> None:
    extra = _rule(kind)
    expected = extra.get("expected") or _named(bare(kind))
    try:
        made = msgspec.convert(value, kind, dec_hook=decode_kind)
    except msgspec.ValidationError as error:
        if bare(kind) is Duration:
            report(path, str(error))
            return
        todo = extra.get("todo") or "correct it"
        if bare(kind) is str and isinstance(value, int | float):
            todo = "put it in quotes"
        elif bare(kind) in (int, float) and isinstance(value, str) and value.strip().isdigit():
            todo = "take the quotes away"
        elif get_origin(bare(kind)) is Literal:
            todo = advice(str(value), map(str, get_args(bare(kind))), todo)
        got = "other text" if extra.get("secret") and isinstance(value, str) else shown(value)
        report(path, f"got {got}; expected {expected}; {todo}")
        return
    if isinstance(made, Duration) and extra and not _in_range(made, extra):
        report(path, f"got {shown(value)}; expected {expected}; {extra['todo']}")


def _in_range(made: Duration, extra: dict[str, Any]) -> bool:
    return extra["least"] <= made <= extra["most"] and made % extra["step"] == 0


def _named(plain: Any) -> str:
    if get_origin(plain) is Literal:
        return listed(map(str, get_args(plain)))
    if get_origin(plain) is tuple:
        return "a list"
    return "a duration such as 90s or 5m" if plain is Duration else _NAMES.get(plain, "keys and values")
