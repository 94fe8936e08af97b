"""The shape of `alerts.yml`: who hears of an incident, and when not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from agents.settings.brands import Key
from agents.settings.kinds import Duration, Path, Text, Variable, rule, span
from detector.alert import DEFAULT_MAX_AGE_MS
from detector.guide import LINK_PARTS, unknown_parts
from detector.quiet_hours import ALL_DAYS, QuietHours

ADDRESS = "an http:// or https:// address with a host"
_PATTERN = r"^https?://[^\s/]+\S*$"
Address = Annotated[str, Meta(pattern=_PATTERN, extra=rule(ADDRESS, secret=True))]
Link = Annotated[str, Meta(pattern=_PATTERN, extra=rule(ADDRESS))]
ReceiverName = Annotated[
    str,
    Meta(
        pattern="^[a-z0-9][a-z0-9_-]{0,63}$",
        extra=rule("1 to 64 of a-z, 0-9, _ and -, the first a letter or digit", "choose a short name"),
    ),
]
TimeOfDay = Annotated[
    str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", extra=rule("a time of day such as 22:00 or 06:30"))
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class QuietEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """Hours in which only what is critical is told, over midnight when `end` is not later than `start`.

    `days` are those on which they start; empty means every day.
    """

    start: TimeOfDay
    end: TimeOfDay
    zone: Text
    days: tuple[Day, ...] = ()

    def __post_init__(self) -> None:
        _check_zone(self.zone)

    def hours(self) -> QuietHours:
        """Return them as the core knows them."""
        days = frozenset(_DAYS.index(day) for day in self.days) or ALL_DAYS
        return QuietHours(
            start_min=_minutes(self.start), end_min=_minutes(self.end), zone=self.zone, days=days
        )


class ReceiverEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One receiver as configured; its address is a secret where it carries a token.

    `brands` and `signals` empty mean all. `timeout` is for one attempt: too short, and a slow receiver
    gets alerts twice; too long, and a dead one holds back the next alert. `max_age` too short: what
    happened during an outage is never told; too long: a replay of old posts calls people; 0s: no limit.
    `updates`: whether revisions are told that bring new figures only (default: to webhooks and
    Alertmanager). `repeat_every`: an open incident is told again after so long; 0s: never. `group_every`:
    what is not critical goes together, at most one message in so long. `zone` is that of times in texts
    for people.
    """

    name: ReceiverName
    type: Literal["webhook", "alertmanager", "pagerduty", "apprise"]
    url: Address | None = None
    urls: tuple[Address, ...] = ()
    url_file: Path | None = None
    url_env: Variable | None = None
    token_file: Path | None = None
    token_env: Variable | None = None
    signing_key_file: Path | None = None
    signing_key_env: Variable | None = None
    brands: tuple[Key, ...] = ()
    signals: tuple[Literal["negative_count", "total_count", "negative_share"], ...] = ()
    min_severity: Literal["info", "warning", "critical"] = "warning"
    max_age: Annotated[Duration, span("0s", "90d")] = Duration(DEFAULT_MAX_AGE_MS)
    updates: bool | None = None
    quiet_hours: tuple[QuietEntry, ...] = ()
    repeat_every: Annotated[Duration, span("0s", "30d")] = Duration(0)
    group_every: Annotated[Duration, span("0s", "1h")] | None = None
    language: Literal["en", "id"] = "en"
    zone: Text = "UTC"
    timeout: Annotated[Duration, span("100ms", "1m")] = Duration(10_000)

    def __post_init__(self) -> None:
        given = [name for name in ("url", "urls", "url_file", "url_env") if getattr(self, name)]
        self._check_addresses(given)
        _check_zone(self.zone)
        for what in ("token", "signing_key"):
            if getattr(self, f"{what}_file") and getattr(self, f"{what}_env"):
                raise ValueError(
                    f"two {_PLURALS[what]}: got {what}_file and {what}_env; "
                    "expected at most one of them; remove the other"
                )
        for name, types, instead in _ONLY:
            if getattr(self, name) and self.type not in types:
                raise ValueError(
                    f"{name} does not fit: got it for type {self.type}; expected it for {' or '.join(types)} "
                    f"only; {instead}"
                )
        if self.type == "pagerduty" and not (self.token_file or self.token_env):
            raise ValueError(
                "no integration key: got no token; expected token_file or token_env; add the one of the "
                "service's Events API v2 integration"
            )

    def _check_addresses(self, given: list[str]) -> None:
        names, least = "url, url_file and url_env", 1
        if self.type == "alertmanager":
            names = "url, urls, url_file and url_env"
        elif self.type == "apprise":
            names = "url_file and url_env"
        elif self.type == "pagerduty":
            least = 0
        if len(given) < least or len(given) > 1:
            raise ValueError(
                f"no single address: got {' and '.join(given) or 'none'}; expected one of {names}; "
                f"{'remove the others' if given else 'add one'}"
            )
        if self.type == "apprise" and self.url:
            raise ValueError(
                "a secret in the file: got url; expected url_file or url_env, for an Apprise address holds "
                "the login; move it there"
            )


_PLURALS = {"token": "tokens", "signing_key": "keys"}
_PEOPLE = ("webhook", "pagerduty", "apprise")
_ALERTMANAGER = "Alertmanager has its own"
_ONLY = (
    ("urls", ("alertmanager",), "use url"),
    ("signing_key_file", ("webhook",), "remove it"),
    ("signing_key_env", ("webhook",), "remove it"),
    ("quiet_hours", _PEOPLE, f"{_ALERTMANAGER}: use mute_time_intervals there"),
    ("repeat_every", _PEOPLE, f"{_ALERTMANAGER}: use repeat_interval there"),
    ("group_every", ("apprise",), "the others get each incident by itself: remove it"),
)


class AlertsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """All of `alerts.yml`; `link` is the template of the address in messages where people can look."""

    receivers: tuple[ReceiverEntry, ...] = ()
    link: Link = ""

    def __post_init__(self) -> None:
        try:
            unknown = unknown_parts(self.link)
        except ValueError:
            raise ValueError(
                "bad link: got braces that do not match; expected pairs; write {{ for a brace itself"
            ) from None
        if unknown:
            raise ValueError(
                f"bad link: got {{{unknown[0]}}}; expected {', '.join(LINK_PARTS)} in braces; correct it"
            )


def doubtful_receivers(file: AlertsFile) -> Iterator[tuple[str, str]]:
    """Yield path and text of what is allowed, yet seldom meant."""
    if not file.receivers:
        yield "receivers", "nobody is told of incidents: got no receiver; expected 1 or more; add one"
    for i, entry in enumerate(file.receivers):
        for key, url in (("url", entry.url), *((f"urls[{n}]", url) for n, url in enumerate(entry.urls))):
            if url and "@" in url.partition("://")[2].partition("/")[0]:
                text = (
                    "password in the file: got one inside the address; expected none; use url_file or url_env"
                )
                yield f"receivers[{i}].{key}", text


def is_address(text: str) -> bool:
    """Return whether a text is an address that alerts can be posted to."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"no such time zone: got {name}; expected a name such as Asia/Jakarta; correct `zone`"
        ) from None


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
