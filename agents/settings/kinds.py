"""The values that configuration is made of: durations, secrets, and text and numbers with a range.

An annotation carries its own error message: `rule` says what is expected and what to do.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from detector.duration import format_duration, parse_duration


class Duration(int):
    """Milliseconds, written with a unit: `90s`, `5m`, `1h30m`, `14d`."""

    def __str__(self) -> str:
        return format_duration(int(self))

    @property
    def minutes(self) -> int:
        """Whole minutes; the range of a setting in minutes makes sure that nothing is lost."""
        return int(self) // 60_000

    @property
    def seconds(self) -> float:
        """Seconds, as libraries want them."""
        return int(self) / 1000


class Secret:
    """Text that no message, log or dump shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def rule(expected: str, todo: str = "correct it", **more: Any) -> dict[str, Any]:
    """Return what an annotation knows about its own errors (the `extra` of `msgspec.Meta`)."""
    return {"expected": expected, "todo": todo, **more}


def span(least: str, most: str, step: str = "1ms") -> Meta:
    """Return the range of a duration, both ends included; `step` is what it must be a whole number of."""
    text = f"{least} to {most}" + ("" if step == "1ms" else f" in steps of {step}")
    limits = {"least": parse_duration(least), "most": parse_duration(most), "step": parse_duration(step)}
    return Meta(extra=rule(text, "choose a value in that range", **limits))


def decode_kind(kind: type, value: object) -> Any:
    """Return what msgspec cannot build by itself (its `dec_hook`)."""
    if kind is Duration:
        return value if isinstance(value, Duration) else Duration(parse_duration(value))
    raise NotImplementedError(kind)


Text = Annotated[str, Meta(min_length=1, max_length=200, extra=rule("1 to 200 characters"))]
Path = Annotated[str, Meta(min_length=1, max_length=4_096, extra=rule("the path of a file"))]
Variable = Annotated[
    str, Meta(pattern="^[A-Za-z_][A-Za-z0-9_]{0,199}$", extra=rule("the name of an environment variable"))
]
Count = Annotated[int, Meta(ge=1, le=10_000, extra=rule("a whole number, 1 to 10000"))]
Port = Annotated[int, Meta(ge=1, le=65_535, extra=rule("a whole number, 1 to 65535", "choose a free port"))]
