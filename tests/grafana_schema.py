"""Holds a dashboard against the classes that Grafana makes of its own schema of dashboards (for 11.6).

They read whatever they get, so what they do not know is what is missing when it is written again, and
what has another type is found by their annotations.
"""

from __future__ import annotations

import enum
import json
import sys
import types
import typing
from collections.abc import Iterator
from typing import Any

from grafana_foundation_sdk.cog import plugins, variants
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

plugins.register_default_plugins()


def faults(found: dict[str, Any]) -> list[str]:
    """Return what Grafana's schema does not know of a dashboard, and what it has as another type."""
    model = Dashboard.from_json(found)
    again = json.loads(JSONEncoder().encode(model))
    return [*_unknown(found, again, "dashboard"), *_mistyped(model, Dashboard, "dashboard")]


def _unknown(found: Any, again: Any, at: str) -> Iterator[str]:
    if isinstance(found, dict) and isinstance(again, dict):
        for key in found:
            if key in again:
                yield from _unknown(found[key], again[key], f"{at}.{key}")
            else:
                yield f"{at}.{key} is unknown"
    elif isinstance(found, list) and isinstance(again, list) and len(found) == len(again):
        for i, (one, other) in enumerate(zip(found, again, strict=True)):
            yield from _unknown(one, other, f"{at}[{i}]")
    elif found != again:
        yield f"{at} is read as something else: {found!r} as {again!r}"


def _mistyped(value: Any, hint: Any, at: str) -> Iterator[str]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint in (Any, object):  # what a kind of panel adds is of a class of its own
        yield from _fields(value, at)
    elif origin in (typing.Union, types.UnionType):
        tried = [list(_mistyped(value, one, at)) for one in inner]
        if all(tried):
            yield min(tried, key=len)[0]
    elif origin is typing.Literal:
        if value not in inner:
            yield f"{at} is {value!r}, not one of {inner}"
    elif origin is list:
        if not isinstance(value, list):
            yield f"{at} is no list"
        else:
            for i, one in enumerate(value):
                yield from _mistyped(one, inner[0], f"{at}[{i}]")
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{at} is no mapping"
        else:
            for key, one in value.items():
                yield from _mistyped(one, inner[1], f"{at}.{key}")
    elif isinstance(hint, type) and issubclass(hint, enum.Enum):
        if value not in {one.value for one in hint} | set(hint):
            yield f"{at} is {value!r}, not one of {[one.value for one in hint]}"
    elif hint is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{at} is {value!r}, not a number"
    elif not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        yield f"{at} is {value!r}, not {hint.__name__}"
    else:
        yield from _fields(value, at)


def _fields(value: Any, at: str) -> Iterator[str]:
    """Look into an object of a schema: what has annotations, whatever the place says that it stands in."""
    kind = type(value)
    if not kind.__module__.startswith("grafana_foundation_sdk.models"):
        return
    hints = typing.get_type_hints(kind, vars(sys.modules[kind.__module__]) | {"cogvariants": variants})
    for name, hint in hints.items():
        yield from _mistyped(getattr(value, name), hint, f"{at}.{name}")
