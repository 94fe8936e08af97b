"""Durations as people write them: a whole number and a unit, several parts in falling order."""

from __future__ import annotations

import re

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SHAPE = re.compile(r"(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?")
_FALLING = ("w", "d", "h", "m", "s", "ms")
_LONGEST_MS = 10 * 366 * 86_400_000


def parse_duration(text: object) -> int:
    """Return the milliseconds of a duration such as ``90s``, ``5m``, ``1h30m`` or ``14d``.

    The syntax is that of Prometheus: whole numbers, units ``w d h m s ms`` in falling order, each
    at most once. A bare number is refused, because nobody can tell its unit.

    Raises
    ------
    ValueError
        When the text is no duration, or longer than ten years.

    Examples
    --------
    >>> parse_duration("1h30m")
    5400000
    """
    wanted = "expected a whole number with a unit (ms, s, m, h, d, w), such as 90s or 1h30m"
    if not isinstance(text, str):
        raise ValueError(f"not a duration: got {str(text)[:40]}; {wanted}; add the unit")
    match = _SHAPE.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"not a duration: got {text[:40]!r}; {wanted}; correct it")
    if len(text) > 30:
        raise ValueError(f"duration too long: got {text[:40]!r}; expected at most 10 years; shorten it")
    total = sum(int(n) * _UNITS[unit] for n, unit in zip(match.groups(), _FALLING, strict=True) if n)
    if total > _LONGEST_MS:
        raise ValueError(f"duration too long: got {text!r}; expected at most 10 years; shorten it")
    return total


def format_duration(millis: int) -> str:
    """Return the shortest text that `parse_duration` reads back as the same number.

    >>> format_duration(5_400_000)
    '1h30m'
    """
    if millis < 0:
        raise ValueError(f"negative duration: got {millis}; expected 0 or more; check its order")
    if millis == 0:
        return "0s"
    parts = []
    for unit in _FALLING:
        count, millis = divmod(millis, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
