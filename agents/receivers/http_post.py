"""HTTP POST as all receivers use it: a few quick retries, then a verdict that says what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

import aiohttp
import stamina
from msgspec import Struct
from multidict import CIMultiDict
from yarl import URL

from agents.receivers.receiver import Delivery, Outcome

_TEMPORARY = frozenset({408, 425, 429})
_ADVICE = {
    400: "it refuses the JSON: look into its log",
    401: "it wants a login: set a valid token in the headers of this receiver",
    403: "it refuses the login: set a token that may post",
    404: "nothing is there: correct the URL",
    405: "it takes no POST: correct the URL",
    410: "it is gone for good: correct the URL or remove this receiver",
    413: "the alert is too large for it: raise its limit to 1 MiB",
    415: "it takes no JSON: correct the URL",
    422: "it refuses the JSON: look into its log",
}
_MOVED = "it points elsewhere, and alerts do not follow: set the final URL"
_OTHERWISE = "look into its log, then correct the URL or the headers of this receiver"


class Caller(Struct, frozen=True, kw_only=True):
    """How a receiver is called, wherever it is: with which headers, and with how much patience.

    Parameters
    ----------
    name
        The receiver's name.
    headers
        Further headers, such as a token; never logged.
    timeout_s
        Seconds for one attempt, all included. Too short: a slow receiver gets alerts twice; too long: a
        hanging one makes its own queue wait.
    attempts
        How often one delivery is tried before the queue waits longer, 1 or more.
    first_wait_s, longest_wait_s
        Seconds between attempts: they double from the first to the longest, with random jitter.
    """

    name: str
    headers: dict[str, str] = {}
    timeout_s: float = 10.0
    attempts: int = 4
    first_wait_s: float = 0.2
    longest_wait_s: float = 5.0

    def __repr__(self) -> str:
        """Show nothing that may hold a secret."""
        return f"{type(self).__name__}(name={self.name!r})"


class Target(Caller, frozen=True, kw_only=True):
    """A receiver with one address, `url`, to POST to.

    It is treated as a secret: only its host is ever logged.
    """

    url: str

    def __repr__(self) -> str:
        """Show nothing that may hold a secret."""
        return f"{type(self).__name__}(name={self.name!r}, host={shown_host(self.url)!r})"


def shown_host(url: str) -> str:
    """Return what may be logged of a URL: no path, query or login, since each may hold a token.

    >>> shown_host("https://me:secret@hooks.example.org:8443/T0/B1?token=secret")
    'https://hooks.example.org:8443'
    """
    try:
        return str(URL(url).origin())
    except (ValueError, TypeError):
        return "an unreadable URL"


class HttpPost:
    """Posts JSON to one URL.

    2xx is success; connection failures, timeouts, 5xx, 408, 425 and 429 are temporary; all else is
    permanent. Certificates are verified, redirects are not followed.

    Parameters
    ----------
    url
        Where to POST, ``http`` or ``https``; a secret.
    caller
        With which headers, and how patiently.
    advice
        What to do about a status, where it is another thing than for most receivers.

    Raises
    ------
    ValueError
        When the URL is no absolute http or https URL.
    """

    def __init__(self, url: str, caller: Caller, advice: Mapping[int, str] | None = None) -> None:
        self._caller = caller
        self._url = _checked(url)
        self._advice = {**_ADVICE, **(advice or {})}
        self._timeout = aiohttp.ClientTimeout(total=caller.timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self.host = shown_host(url)

    async def post(self, body: bytes, headers: Callable[[], Mapping[str, str]]) -> Delivery:
        """Post once, and again a few times when that may help; `headers` is asked anew each time."""
        caller = self._caller
        attempts = stamina.retry_context(
            on=self._wait,
            attempts=caller.attempts,
            timeout=None,  # attempts and waits are bounded, each by itself
            wait_initial=caller.first_wait_s,
            wait_max=caller.longest_wait_s,
            wait_jitter=caller.first_wait_s,
        )
        try:
            async for attempt in attempts:
                with attempt:
                    return await self._post(body, headers())
        except _TemporaryError as error:
            return error.delivery
        raise RuntimeError("no attempt was made: got 0 attempts; expected 1 or more; correct `attempts`")

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _wait(self, error: Exception) -> bool | float:
        """Say whether to try again, or after how many seconds exactly."""
        if not isinstance(error, _TemporaryError):
            return False
        asked = error.delivery.retry_after_s
        if asked is None:
            return True
        # A longer wait is left to the queue, which can be closed meanwhile and then sends what is newest.
        return asked if asked <= self._caller.longest_wait_s else False

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> Delivery:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.post(
                self._url, data=body, headers=self._all(headers), allow_redirects=False
            ) as response:
                return self._judge(response.status, response.headers)
        except TimeoutError:
            raise self._temporary(f"no answer within {self._caller.timeout_s:g} s") from None
        except aiohttp.ClientConnectorCertificateError:
            raise self._temporary(
                "its certificate is not trusted: renew it, or install its authority"
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            # By type and errno only: the text of some of these holds the URL.
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise self._temporary(f"cannot be reached ({reason})") from None

    def _all(self, headers: Mapping[str, str]) -> CIMultiDict[str]:
        """Return all headers; those of a receiver's contract win over those of the configuration."""
        merged = CIMultiDict({"User-Agent": "siaga"})
        merged.update(self._caller.headers)
        merged.update({"Content-Type": "application/json"})
        merged.update(headers)
        return merged

    def _judge(self, status: int, headers: Mapping[str, str]) -> Delivery:
        if 200 <= status < 300:
            return Delivery(Outcome.DELIVERED, f"{self.host} answered {status}")
        if status >= 500 or status in _TEMPORARY:
            raise self._temporary(f"answered {status}", _retry_after(headers))
        advice = _MOVED if status < 400 else self._advice.get(status, _OTHERWISE)
        return Delivery(Outcome.FAILED_PERMANENTLY, f"{self.host} answered {status}; {advice}")

    def _temporary(self, text: str, retry_after_s: float | None = None) -> _TemporaryError:
        return _TemporaryError(Delivery(Outcome.FAILED_TEMPORARILY, f"{self.host} {text}", retry_after_s))


class _TemporaryError(Exception):
    """A failure that the next attempt may not meet."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery.detail)
        self.delivery = delivery


def _checked(url: str) -> URL:
    try:
        parsed = URL(url)
        usable = parsed.scheme in ("http", "https") and bool(parsed.host)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(
            f"not a webhook URL: got {shown_host(url)}; expected https://HOST/PATH (or http); correct `url`"
        )
    return parsed


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return Retry-After in seconds (RFC 9110, 10.2.3); its date form is read by the receiver's own clock."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, wait.total_seconds())
