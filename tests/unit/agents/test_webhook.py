"""The webhook against a real local server: what it sends, repeats, gives up and hides."""

import asyncio
import hmac
import re
import shutil
import ssl
import subprocess
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import structlog

from agents.receivers import (
    RECEIVERS,
    Outcome,
    WebhookReceiver,
    WebhookSettings,
    make_receiver,
)
from agents.receivers.webhook import shown_host
from detector.alert import Alert
from detector.codec import to_json
from detector.incident import Incident
from tests.unit.agents.endpoint import HANG, Endpoint
from tests.unit.alert_examples import incident


def alert(told: Incident | None = None) -> Alert:
    told = told or incident(revision=3)
    return Alert(told, to_json(told), "en")


def webhook(url: str, **changes: Any) -> WebhookReceiver:
    values = {"name": "hook", "url": url, "first_wait_s": 0.001, "longest_wait_s": 0.05, "timeout_s": 5.0}
    return WebhookReceiver(WebhookSettings(**{**values, **changes}))


async def deliver(url: str, told: Alert | None = None, **changes: Any):
    receiver = webhook(url, **changes)
    try:
        return await receiver.deliver(told or alert())
    finally:
        await receiver.close()


def against(script: list, **changes: Any):
    """Deliver once to an endpoint that answers by a script; return the delivery and the endpoint."""

    async def run():
        async with Endpoint() as endpoint:
            endpoint.script = list(script)
            return await deliver(endpoint.url, **changes), endpoint

    return asyncio.run(run())


def test_the_body_is_the_revision_as_it_stands_on_the_topic():
    delivery, endpoint = against([200])
    assert delivery.outcome is Outcome.DELIVERED
    assert endpoint.bodies == [alert().payload]
    request = endpoint.requests[0]
    assert request.method == "POST"
    assert request.path == "/hook"
    sent = {name: request.headers[name] for name in ("Content-Type", "X-Siaga-Incident", "X-Siaga-Revision")}
    assert sent == {
        "Content-Type": "application/json",
        "X-Siaga-Incident": "biznet-20250721T1505Z-negative_count",
        "X-Siaga-Revision": "3",
    }
    assert request.headers["Idempotency-Key"] == "biznet-20250721T1505Z-negative_count/3"


def test_bytes_of_a_newer_siaga_are_passed_on_untouched():
    payload = b'{"id":"x",  "new":1}\n'
    _, endpoint = against([200], told=Alert(incident(), payload, "en"))
    assert endpoint.bodies == [payload]


def test_an_id_that_no_header_can_hold_is_percent_encoded():
    _, endpoint = against([200], told=alert(incident(id="kopi ☕\r\nX-Evil: 1%", revision=1)))
    assert endpoint.requests[0].headers["X-Siaga-Incident"] == "kopi %E2%98%95%0D%0AX-Evil: 1%25"
    assert "X-Evil" not in endpoint.requests[0].headers


def test_own_headers_are_added_but_replace_none_of_the_contract():
    given = {"Authorization": "Bearer secret", "x-siaga-revision": "99"}
    _, endpoint = against([200], headers=given)
    assert endpoint.requests[0].headers["Authorization"] == "Bearer secret"
    assert endpoint.requests[0].headers.getall("X-Siaga-Revision") == ["3"]


def test_a_login_in_the_url_is_sent_as_such():
    async def run():
        async with Endpoint() as endpoint:
            await deliver(f"http://me:secret@127.0.0.1:{endpoint.port}/hook?k=v")
            return endpoint.requests[0]

    request = asyncio.run(run())
    assert request.headers["Authorization"] == "Basic bWU6c2VjcmV0"
    assert request.query == {"k": "v"}


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_delivered_at_once(status):
    delivery, endpoint = against([status])
    assert delivery.outcome is Outcome.DELIVERED
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_a_temporary_failure_is_tried_again(status):
    delivery, endpoint = against([status, status, 200])
    assert delivery.outcome is Outcome.DELIVERED
    assert endpoint.bodies == [alert().payload] * 3
    assert len({request.headers["Idempotency-Key"] for request in endpoint.requests}) == 1


def test_a_temporary_failure_that_stays_is_left_to_the_queue():
    delivery, endpoint = against([503] * 10, attempts=4)
    assert delivery.outcome is Outcome.FAILED_TEMPORARILY
    assert delivery.detail == f"http://127.0.0.1:{endpoint.port} answered 503"
    assert len(endpoint.bodies) == 4


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (301, "it points elsewhere, and alerts do not follow: set the final URL"),
        (307, "it points elsewhere, and alerts do not follow: set the final URL"),
        (400, "it refuses the JSON: look into its log"),
        (401, "it wants a login: set a valid token in the headers of this receiver"),
        (403, "it refuses the login: set a token that may post"),
        (404, "nothing is there: correct the URL"),
        (405, "it takes no POST: correct the URL"),
        (410, "it is gone for good: correct the URL or remove this receiver"),
        (413, "the alert is too large for it: raise its limit to 1 MiB"),
        (415, "it takes no JSON: correct the URL"),
        (418, "look into its log, then correct the URL or the headers of this receiver"),
        (422, "it refuses the JSON: look into its log"),
    ],
)
def test_a_permanent_failure_is_tried_once_and_says_what_to_do(status, advice):
    delivery, endpoint = against([(status, {"Location": "/elsewhere"})])
    assert delivery.outcome is Outcome.FAILED_PERMANENTLY
    assert delivery.detail == f"http://127.0.0.1:{endpoint.port} answered {status}; {advice}"
    assert len(endpoint.bodies) == 1


def test_waits_grow():
    _, endpoint = against([503] * 5, attempts=5, first_wait_s=0.02, longest_wait_s=1.0)
    waits = [later - earlier for earlier, later in zip(endpoint.times, endpoint.times[1:], strict=False)]
    for wait, least in zip(waits, (0.02, 0.04, 0.08, 0.16), strict=True):
        assert wait >= least


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_within_bounds_is_waited_for(status):
    delivery, endpoint = against([(status, {"Retry-After": "1"}), 200], longest_wait_s=2.0)
    assert delivery.outcome is Outcome.DELIVERED
    assert endpoint.times[1] - endpoint.times[0] >= 1.0


def test_retry_after_beyond_bounds_is_handed_to_the_queue_at_once():
    delivery, endpoint = against([(429, {"Retry-After": "3600"})])
    assert (delivery.outcome, delivery.retry_after_s) == (Outcome.FAILED_TEMPORARILY, 3600.0)
    assert len(endpoint.bodies) == 1


def test_retry_after_as_a_date_is_read_by_the_receivers_own_clock():
    headers = {
        "Date": formatdate(1_000_000_000, usegmt=True),
        "Retry-After": formatdate(1_000_000_090, usegmt=True),
    }
    delivery, _ = against([(503, headers)])
    assert delivery.retry_after_s == 90.0


@pytest.mark.parametrize("text", ["", "soon", "-5", "1.5", "²", "Tue, 99 Foo 2025", "9" * 400])
def test_a_retry_after_that_makes_no_sense_harms_nothing(text):
    delivery, _ = against([(503, {"Retry-After": text}), 200])
    assert delivery.outcome in (Outcome.DELIVERED, Outcome.FAILED_TEMPORARILY)


def test_a_hanging_receiver_is_left_after_the_timeout():
    async def run():
        async with Endpoint(status=HANG) as endpoint:
            started = asyncio.get_running_loop().time()
            delivery = await deliver(endpoint.url, timeout_s=0.1, attempts=2)
            return delivery, asyncio.get_running_loop().time() - started, endpoint

    delivery, took, endpoint = asyncio.run(run())
    assert delivery.outcome is Outcome.FAILED_TEMPORARILY
    assert delivery.detail.endswith("no answer within 0.1 s")
    assert len(endpoint.bodies) == 2
    assert took < 5


def test_a_server_that_accepts_and_says_nothing_at_all_is_left_too():
    async def run():
        async def silent(reader, writer):
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        async with server:
            return await deliver(
                f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", timeout_s=0.1, attempts=1
            )

    assert asyncio.run(run()).outcome is Outcome.FAILED_TEMPORARILY


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"])
def test_a_server_that_does_not_speak_http_is_a_temporary_failure(answer):
    async def run():
        async def rude(reader, writer):
            await reader.read(10)
            writer.write(answer)
            writer.close()

        server = await asyncio.start_server(rude, "127.0.0.1", 0)
        async with server:
            return await deliver(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", attempts=2)

    assert asyncio.run(run()).outcome is Outcome.FAILED_TEMPORARILY


def test_a_refusing_receiver_gets_the_alert_when_it_is_back():
    async def run():
        endpoint = await Endpoint().start()
        receiver = webhook(endpoint.url, attempts=3)
        first = await receiver.deliver(alert())
        await endpoint.stop()
        refused = await receiver.deliver(alert())
        await endpoint.start()
        back = await receiver.deliver(alert())
        await receiver.close()
        await endpoint.stop()
        return first, refused, back

    first, refused, back = asyncio.run(run())
    assert first.outcome is Outcome.DELIVERED
    assert refused.outcome is Outcome.FAILED_TEMPORARILY
    assert "cannot be reached (" in refused.detail
    assert back.outcome is Outcome.DELIVERED


def test_a_name_that_does_not_resolve_is_a_temporary_failure():
    delivery = asyncio.run(deliver("http://siaga.invalid/secret-path", attempts=1))
    assert delivery.outcome is Outcome.FAILED_TEMPORARILY
    assert delivery.detail.startswith("http://siaga.invalid cannot be reached (")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the package openssl")
def test_an_untrusted_certificate_is_refused(tmp_path: Path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=127.0.0.1",
            ),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def run():
        endpoint = await Endpoint().start(ssl_context=context)
        try:
            return await deliver(f"https://127.0.0.1:{endpoint.port}/", attempts=1), endpoint
        finally:
            await endpoint.stop()

    delivery, endpoint = asyncio.run(run())
    assert delivery.outcome is Outcome.FAILED_TEMPORARILY
    assert delivery.detail.endswith("its certificate is not trusted: renew it, or install its authority")
    assert endpoint.bodies == []


def test_no_secret_of_the_url_or_headers_is_said_anywhere():
    async def run():
        said = []
        async with Endpoint() as endpoint:
            url = f"http://login-s3cret:pass-s3cret@127.0.0.1:{endpoint.port}/path-s3cret?token=query-s3cret#f-s3cret"
            endpoint.script = [404, 503, 503, 302, (429, {"Retry-After": "900"})]
            for _ in range(4):
                said.append(await deliver(url, headers={"X-Key": "header-s3cret"}, attempts=2))
        said.append(await deliver(url, headers={"X-Key": "header-s3cret"}, attempts=2))
        said.append(WebhookSettings(name="hook", url=url, headers={"X-Key": "header-s3cret"}))
        return said

    with structlog.testing.capture_logs() as logs:
        said = asyncio.run(run())
    assert len(said) == 6
    assert "s3cret" not in repr(said)
    assert "s3cret" not in repr(logs)


@pytest.mark.parametrize(
    "url", ["", "hook", "ftp://example.org/", "https://", "http://[::1/", "//example.org/a"]
)
def test_what_is_no_webhook_url_is_refused_before_anything_is_sent(url):
    wanted = f"not a webhook URL: got {shown_host(url)}; expected https://HOST/PATH (or http); correct `url`"
    with pytest.raises(ValueError, match=re.escape(wanted)):
        webhook(url)


def test_settings_make_their_receiver():
    made = make_receiver(WebhookSettings(name="team", url="https://example.org/hook"))
    assert (type(made), made.name) == (WebhookReceiver, "team")
    assert {kind.__name__ for kind in RECEIVERS} == {
        "WebhookSettings",
        "AlertmanagerSettings",
        "PagerDutySettings",
        "AppriseSettings",
    }


def test_unknown_settings_are_refused_with_what_to_do():
    wanted = (
        "no such receiver: got settings of type int; expected one of "
        "AlertmanagerSettings, AppriseSettings, PagerDutySettings, WebhookSettings; "
        "add the type to agents.receivers.RECEIVERS"
    )
    with pytest.raises(ValueError, match=re.escape(wanted)):
        make_receiver(3)


def test_a_receiver_that_was_never_used_closes():
    asyncio.run(webhook("http://127.0.0.1:1/").close())


@pytest.mark.parametrize("status", [401, 403])
def test_what_is_signed_may_be_refused_for_its_signing_key(status):
    async def run():
        async with Endpoint() as endpoint:
            endpoint.script = [status]
            receiver = WebhookReceiver(WebhookSettings(name="hook", url=endpoint.url, signing_key="other"))
            delivery = await receiver.deliver(alert())
            await receiver.close()
            return delivery

    assert "it refuses the signature or the login: set its signing key, or a" in asyncio.run(run()).detail


def test_each_attempt_is_signed_anew_over_its_time_and_body():
    clock = iter([1_753_110_300_999, 1_753_110_307_000])

    async def run():
        async with Endpoint() as endpoint:
            endpoint.script = [503, 200]
            settings = WebhookSettings(
                name="hook", url=endpoint.url, first_wait_s=0.001, signing_key="shared secret"
            )
            receiver = WebhookReceiver(settings, lambda: next(clock))
            await receiver.deliver(alert())
            await receiver.close()
            assert "shared" not in repr(settings)
            return endpoint

    endpoint = asyncio.run(run())
    stamps = [request.headers["X-Siaga-Timestamp"] for request in endpoint.requests]
    assert stamps == ["1753110300", "1753110307"]
    for request, body, stamp in zip(endpoint.requests, endpoint.bodies, stamps, strict=True):
        digest = hmac.new(b"shared secret", stamp.encode() + b"." + body, "sha256").hexdigest()
        assert request.headers["X-Siaga-Signature"] == f"v1={digest}"


def test_without_a_key_nothing_is_signed():
    _, endpoint = against([200])
    assert not {"X-Siaga-Signature", "X-Siaga-Timestamp"} & set(endpoint.requests[0].headers)
