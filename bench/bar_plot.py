"""A plot of bars as an SVG file: one bar a line, by length, for a document in light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP = 820, 34, 250, 150, 44
_STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#222}.own{fill:#0b7a75}.other{fill:#9aa5b1}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.own{fill:#3fb8b0}.other{fill:#66717e}}"
)


class Bar(NamedTuple):
    """One bar: its name, its length, what is written at its end, and whether it is siaga's."""

    name: str
    value: float
    said: str
    is_own: bool = False


def bar_plot(title: str, bars: Sequence[Bar]) -> str:
    """Return the bars as a whole SVG file; lengths are in proportion."""
    most = max((bar.value for bar in bars), default=0.0) or 1.0
    height = _TOP + _ROW * len(bars) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{_WIDTH}" '
        f'viewBox="0 0 {_WIDTH} {height}">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<text x="8" y="22" font-weight="600">{escape(title)}</text>',
    ]
    for at, bar in enumerate(bars):
        y = _TOP + at * _ROW
        width = max(1.0, round(bar.value / most * (_WIDTH - _LEFT - _RIGHT), 1))
        kind = "own" if bar.is_own else "other"
        parts += [
            f'<text x="{_LEFT - 8}" y="{y + 17}" text-anchor="end">{escape(bar.name)}</text>',
            f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{width:g}" height="{_ROW - 10}"/>',
            f'<text x="{_LEFT + width + 8:g}" y="{y + 17}">{escape(bar.said)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
