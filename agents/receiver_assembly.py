"""Makes the receivers of alerts from the settings, for the service and for `siaga alert test`."""

from __future__ import annotations

from agents.receivers import (
    AlertmanagerSettings,
    AppriseSettings,
    PagerDutySettings,
    Receiver,
    WebhookSettings,
    make_receiver,
)
from agents.settings.receivers import Receiver as Configured


def receiver_of(configured: Configured) -> Receiver:
    """Return the receiver that the settings describe; nothing is opened before the first delivery."""
    settings: object
    if configured.type == "alertmanager":
        settings = AlertmanagerSettings(
            name=configured.name,
            urls=tuple(url.reveal() for url in configured.urls),
            headers=configured.headers(),
            timeout_s=configured.timeout_s,
        )
    elif configured.type == "pagerduty":
        settings = PagerDutySettings(
            name=configured.name,
            url=configured.url.reveal(),
            timeout_s=configured.timeout_s,
            routing_key=configured.token.reveal() if configured.token else "",
        )
    elif configured.type == "apprise":
        settings = AppriseSettings(
            name=configured.name, url=configured.url.reveal(), timeout_s=configured.timeout_s
        )
    else:
        settings = WebhookSettings(
            name=configured.name,
            url=configured.url.reveal(),
            headers=configured.headers(),
            timeout_s=configured.timeout_s,
            signing_key=configured.signing_key.reveal() if configured.signing_key else None,
        )
    return make_receiver(settings)
