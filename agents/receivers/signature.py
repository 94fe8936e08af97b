"""Signatures of webhooks: a receiver that shares the key knows who sent a body, and when."""

from __future__ import annotations

import hashlib
import hmac

REPLAY_WINDOW_S = 300
"""A receiver refuses what was signed longer ago, or further ahead, than this."""


def signature(key: bytes, timestamp: int, body: bytes) -> str:
    """Return the value of ``X-Siaga-Signature``: HMAC-SHA256 over the timestamp, a dot and the body.

    The time is signed with the body, so that an old request cannot be sent again with a new time.

    Parameters
    ----------
    key
        The shared secret.
    timestamp
        Seconds since 1970 as in ``X-Siaga-Timestamp``.
    body
        The request's body, byte for byte.

    Examples
    --------
    >>> signature(b"shared secret", 1_753_110_300, b"{}")[:11]
    'v1=a207efbb'
    """
    digest = hmac.new(key, f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={digest.hexdigest()}"
