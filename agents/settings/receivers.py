"""The receivers of `alerts.yml` made ready: rules for the core, secrets read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib.util import find_spec

from msgspec import Struct

from agents.settings.alerts import ADDRESS, AlertsFile, ReceiverEntry, is_address
from agents.settings.conform import Report
from agents.settings.kinds import Secret
from agents.settings.problem import advice
from detector.alert import ReceiverRule
from detector.severity import Severity
from detector.spike import Signal

ReadSecret = Callable[[str | None, str | None], Secret]
"""Reads a secret, given the name of a file or of a variable; raises ValueError."""

PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue"
# Alertmanager is told again with each look at the ledger, once a minute; a little less, so that none is
# missed.
RENEW_MS = 45_000
GROUP_MS = 30_000


class Receiver(Struct, frozen=True):
    """One receiver ready for use: where it is, and by `rule` what it wants to be told.

    `urls` are secrets, one except for Alertmanager; `token` logs in, `signing_key` signs.
    """

    name: str
    type: str
    urls: tuple[Secret, ...]
    token: Secret | None
    timeout_s: float
    rule: ReceiverRule
    signing_key: Secret | None = None

    @property
    def url(self) -> Secret:
        """The first address."""
        return self.urls[0]

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
        if entry.type == "apprise" and find_spec("apprise") is None:
            text = "not installed: got no module apprise; expected the extra `chat`; run"
            report(f"{path}.type", f"{text} `pip install 'siaga[chat]'`")
        urls = _addresses(entry, path, secret, report)
        token = _secret(entry.token_file, entry.token_env, f"{path}.token", secret, report)
        key = _secret(entry.signing_key_file, entry.signing_key_env, f"{path}.signing_key", secret, report)
        if urls:
            made.append(
                Receiver(entry.name, entry.type, urls, token, entry.timeout.seconds, _rule(entry), key)
            )
    return tuple(made)


def _rule(entry: ReceiverEntry) -> ReceiverRule:
    group_ms = GROUP_MS if entry.group_every is None else int(entry.group_every)
    figures = entry.type in ("webhook", "alertmanager") if entry.updates is None else entry.updates
    return ReceiverRule(
        receiver=entry.name,
        brands=frozenset(entry.brands),
        min_severity=Severity(entry.min_severity),
        max_age_ms=int(entry.max_age),
        language=entry.language,
        zone=entry.zone,
        signals=frozenset(map(Signal, entry.signals)),
        figures=figures,
        quiet=tuple(quiet.hours() for quiet in entry.quiet_hours),
        repeat_ms=int(entry.repeat_every),
        group_ms=group_ms if entry.type == "apprise" else 0,
        renew_ms=RENEW_MS if entry.type == "alertmanager" else 0,
    )


def _addresses(
    entry: ReceiverEntry, path: str, secret: ReadSecret, report: Report
) -> tuple[Secret, ...] | None:
    if entry.urls:
        given = [(f"{path}.urls[{i}]", Secret(url)) for i, url in enumerate(entry.urls)]
    elif entry.url:
        given = [(f"{path}.url", Secret(entry.url))]
    elif entry.url_file or entry.url_env:
        url = _secret(entry.url_file, entry.url_env, f"{path}.url", secret, report)
        given = [(f"{path}.{'url_file' if entry.url_file else 'url_env'}", url)] if url else []
    else:
        given = [(path, Secret(PAGERDUTY_URL))]
    for key, url in given:
        if entry.type != "apprise" and not is_address(url.reveal()):
            report(key, f"got other text; expected {ADDRESS}; correct it")
            return None
    return tuple(url for _, url in given) or None


def _secret(
    file: str | None, variable: str | None, path: str, secret: ReadSecret, report: Report
) -> Secret | None:
    if not (file or variable):
        return None
    try:
        return secret(file, variable)
    except ValueError as error:
        report(f"{path}_{'file' if file else 'env'}", str(error))
        return None
