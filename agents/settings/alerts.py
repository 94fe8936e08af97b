"""The shape of `alerts.yml`: who hears of an incident."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from agents.settings.brands import Key
from agents.settings.conform import Report
from agents.settings.kinds import Duration, Path, Secret, Variable, rule, span
from agents.settings.problem import advice
from detector.alert import DEFAULT_MAX_AGE_MS, ReceiverRule
from detector.severity import Severity

_ADDRESS = "an http:// or https:// address with a host"
Address = Annotated[str, Meta(pattern=r"^https?://[^\s/]+\S*$", extra=rule(_ADDRESS, secret=True))]
ReceiverName = Annotated[
    str,
    Meta(
        pattern="^[a-z0-9][a-z0-9_-]{0,63}$",
        extra=rule("1 to 64 of a-z, 0-9, _ and -, the first a letter or digit", "choose a short name"),
    ),
]
ReadSecret = Callable[[str | None, str | None], Secret]
"""Reads a secret, given the name of a file or of a variable; raises ValueError."""


class ReceiverEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One receiver as configured; its address is a secret where it carries a token.

    `brands` empty means all brands. `timeout` is for one attempt: too short, and a slow receiver
    gets alerts twice; too long, and a dead one holds back the next alert. `max_age` too short: what
    happened during an outage is never told; too long: a replay of old posts calls people; 0s: no limit.
    """

    name: ReceiverName
    type: Literal["webhook"]
    url: Address | None = None
    url_file: Path | None = None
    url_env: Variable | None = None
    token_file: Path | None = None
    token_env: Variable | None = None
    brands: tuple[Key, ...] = ()
    min_severity: Literal["info", "warning", "critical"] = "warning"
    max_age: Annotated[Duration, span("0s", "90d")] = Duration(DEFAULT_MAX_AGE_MS)
    language: Literal["en", "id"] = "en"
    timeout: Annotated[Duration, span("100ms", "1m")] = Duration(10_000)

    def __post_init__(self) -> None:
        given = [name for name in ("url", "url_file", "url_env") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(
                f"no single address: got {' and '.join(given) or 'none'}; expected one of url, url_file and "
                f"url_env; {'remove the others' if given else 'add one'}"
            )
        if self.token_file and self.token_env:
            raise ValueError(
                "two tokens: got token_file and token_env; expected at most one of them; remove the other"
            )


class AlertsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """All of `alerts.yml`."""

    receivers: tuple[ReceiverEntry, ...] = ()


class Receiver(Struct, frozen=True):
    """One receiver ready for use: where it is, and by `rule` what it wants to be told."""

    name: str
    type: str
    url: Secret
    token: Secret | None
    timeout_s: float
    rule: ReceiverRule

    def headers(self) -> dict[str, str]:
        """Return the headers that log in; secret."""
        return {"Authorization": f"Bearer {self.token.reveal()}"} if self.token else {}


def receivers_of(
    file: AlertsFile, brands: Collection[str], secret: ReadSecret, report: Report
) -> tuple[Receiver, ...]:
    """Return the receivers with their secrets read; problems go to `report`.

    `brands` are the keys of all brands.
    """
    made = []
    first: dict[str, int] = {}
    for i, entry in enumerate(file.receivers):
        path = f"receivers[{i}]"
        before = first.setdefault(entry.name, i)
        if before != i:
            text = f"name used twice: got {entry.name}, as receivers[{before}] has; expected each once"
            report(f"{path}.name", f"{text}; rename one")
        for brand in entry.brands:
            if brand not in brands:
                todo = advice(brand, brands, "add it to brands.yml or remove it here")
                text = f"unknown brand: got {brand}; expected a key of brands.yml; {todo}"
                report(f"{path}.brands", text)
        url = _address(entry, path, secret, report)
        token = _token(entry, path, secret, report)
        if url:
            made.append(Receiver(entry.name, entry.type, url, token, entry.timeout.seconds, _rule(entry)))
    return tuple(made)


def doubtful_receivers(file: AlertsFile) -> Iterator[tuple[str, str]]:
    """Yield path and text of what is allowed, yet seldom meant."""
    if not file.receivers:
        yield "receivers", "nobody is told of incidents: got no receiver; expected 1 or more; add one"
    for i, entry in enumerate(file.receivers):
        if entry.url and "@" in entry.url.partition("://")[2].partition("/")[0]:
            text = "password in the file: got one inside the address; expected none; use url_file or url_env"
            yield f"receivers[{i}].url", text


def _rule(entry: ReceiverEntry) -> ReceiverRule:
    return ReceiverRule(
        receiver=entry.name,
        brands=frozenset(entry.brands),
        min_severity=Severity(entry.min_severity),
        max_age_ms=int(entry.max_age),
        language=entry.language,
    )


def _address(entry: ReceiverEntry, path: str, secret: ReadSecret, report: Report) -> Secret | None:
    key = "url" if entry.url else "url_file" if entry.url_file else "url_env"
    try:
        url = Secret(entry.url) if entry.url else secret(entry.url_file, entry.url_env)
    except ValueError as error:
        report(f"{path}.{key}", str(error))
        return None
    if not _is_address(url.reveal()):
        report(f"{path}.{key}", f"got other text; expected {_ADDRESS}; correct it")
        return None
    return url


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _token(entry: ReceiverEntry, path: str, secret: ReadSecret, report: Report) -> Secret | None:
    if not (entry.token_file or entry.token_env):
        return None
    try:
        return secret(entry.token_file, entry.token_env)
    except ValueError as error:
        report(f"{path}.{'token_file' if entry.token_file else 'token_env'}", str(error))
        return None
