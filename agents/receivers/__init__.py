"""Who alerts are brought to: one file per kind of receiver, and the list of kinds."""

from __future__ import annotations

from collections.abc import Callable

from agents.receivers.alertmanager import AlertmanagerReceiver, AlertmanagerSettings
from agents.receivers.apprise import AppriseReceiver, AppriseSettings
from agents.receivers.pagerduty import PagerDutyReceiver, PagerDutySettings
from agents.receivers.receiver import Delivery, Outcome, Receiver
from agents.receivers.webhook import WebhookReceiver, WebhookSettings

__all__ = [
    "RECEIVERS",
    "AlertmanagerReceiver",
    "AlertmanagerSettings",
    "AppriseReceiver",
    "AppriseSettings",
    "Delivery",
    "Outcome",
    "PagerDutyReceiver",
    "PagerDutySettings",
    "Receiver",
    "WebhookReceiver",
    "WebhookSettings",
    "make_receiver",
]

RECEIVERS: dict[type, Callable[..., Receiver]] = {
    WebhookSettings: WebhookReceiver,
    AlertmanagerSettings: AlertmanagerReceiver,
    PagerDutySettings: PagerDutyReceiver,
    AppriseSettings: AppriseReceiver,
}
"""The kind of receiver that each type of settings makes."""


def make_receiver(settings: object) -> Receiver:
    """Return the receiver that its settings describe; nothing is opened before the first delivery.

    Raises
    ------
    ValueError
        When no receiver has settings of that type.
    """
    make = RECEIVERS.get(type(settings))
    if make is None:
        known = ", ".join(sorted(kind.__name__ for kind in RECEIVERS))
        raise ValueError(
            f"no such receiver: got settings of type {type(settings).__name__}; expected one of {known}; "
            "add the type to agents.receivers.RECEIVERS"
        )
    return make(settings)
