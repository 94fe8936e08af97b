"""What an installation adds to its messages: names of brands as people know them, and where to look."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from urllib.parse import quote

from msgspec import Struct

from detector.clock import MINUTE_MS, from_rfc3339
from detector.incident_record import Incident

LINK_PARTS = ("brand", "incident", "severity", "signal", "from_ms", "to_ms")
_BEFORE_MS = 60 * MINUTE_MS
_AFTER_MS = 15 * MINUTE_MS


class Guide(Struct, frozen=True, kw_only=True):
    """The names of brands by their keys, and the template of a link, empty for none.

    The link may hold the names of `LINK_PARTS` in braces. ``from_ms`` and ``to_ms`` are milliseconds since
    1970, from an hour before the onset to a quarter of an hour after the revision.

    >>> Guide(names={"kunang": "Kunang Fiber"}).name_of("kunang")
    'Kunang Fiber'
    """

    names: Mapping[str, str] = {}
    link: str = ""

    def name_of(self, brand: str) -> str:
        """Return the name of a brand, empty when nobody named it."""
        return self.names.get(brand, "")

    def link_to(self, incident: Incident) -> str:
        """Return the link for a revision, each part escaped; empty without a template."""
        if not self.link:
            return ""
        parts = {
            "brand": incident.brand,
            "incident": incident.id,
            "severity": str(incident.severity),
            "signal": str(incident.signal),
            "from_ms": str(from_rfc3339(incident.onset_at) - _BEFORE_MS),
            "to_ms": str(from_rfc3339(incident.updated_at) + _AFTER_MS),
        }
        return self.link.format(**{name: quote(text, safe="") for name, text in parts.items()})


NO_GUIDE = Guide()


def unknown_parts(template: str) -> list[str]:
    """Return what stands in braces in a template and means nothing.

    Raises
    ------
    ValueError
        When braces do not match.

    Examples
    --------
    >>> unknown_parts("https://dash.example/d/siaga?var-brand={brand}&to={until}")
    ['until']
    """
    found = []
    for _, name, form, conversion in Formatter().parse(template):
        if name is not None and (name not in LINK_PARTS or form or conversion):
            found.append(name)
    return found
