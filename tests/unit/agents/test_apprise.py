"""Apprise in a thread: what it says, what becomes of failures, and one that hangs."""

import asyncio
import builtins
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from agents.receivers import AppriseReceiver, AppriseSettings, Outcome
from detector.alert import Alert
from detector.codec import to_json
from detector.incident import Incident
from detector.severity import Severity
from tests.unit.alert_examples import incident, resolved


@contextmanager
def service(status: int = 200, hang: threading.Event | None = None) -> Iterator[tuple[str, list[dict]]]:
    """A local service of Apprise's plain JSON kind."""
    got: list[dict] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if hang:
                hang.wait(20)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"json://login:s3cret@127.0.0.1:{server.server_port}/path?rto=20", got
    finally:
        server.shutdown()
        server.server_close()


def alert(told: Incident) -> Alert:
    return Alert(told, to_json(told), "id", name="Biznet Home")


def receiver(url: str, timeout_s: float = 10.0) -> AppriseReceiver:
    return AppriseReceiver(AppriseSettings(name="chat", url=url, timeout_s=timeout_s))


def test_a_message_is_for_people():
    with service() as (url, got):
        delivery = asyncio.run(receiver(url).deliver(alert(incident())))
        assert delivery.outcome is Outcome.DELIVERED
        assert got[0]["title"].startswith("Biznet Home: 37 unggahan negatif dalam 15 menit")
        assert "Yang perlu dilakukan sekarang" in got[0]["message"]
        assert got[0]["type"] == "failure"
        asyncio.run(receiver(url).deliver(alert(resolved())))
        assert got[1]["type"] == "success"


def test_several_incidents_are_one_message():
    several = [incident(id=f"i{n}", brand=f"b{n}", severity=Severity.WARNING) for n in range(3)]
    with service() as (url, got):
        told = [Alert(one, b"", "en", zone="Asia/Jakarta") for one in several]
        assert asyncio.run(receiver(url).deliver_together(told)).outcome is Outcome.DELIVERED
        assert got[0]["title"] == "3 incidents in a short time: b0, b1, b2."
        assert got[0]["message"].count("since about 21:58 WIB on 21 July 2025") == 3
        assert len(got) == 1


def test_a_service_that_refuses_is_a_temporary_failure_that_hides_the_address():
    with service(status=401) as (url, _):
        delivery = asyncio.run(receiver(url).deliver(alert(incident())))
        assert delivery.outcome is Outcome.FAILED_TEMPORARILY
        assert "s3cret" not in repr(delivery) + repr(AppriseSettings(name="chat", url=url))


def test_a_service_that_hangs_holds_up_neither_the_loop_nor_gets_more():
    hang = threading.Event()

    async def run(url: str):
        one = receiver(url, timeout_s=0.2)
        started = asyncio.get_running_loop().time()
        first = await one.deliver(alert(incident()))
        second = await one.deliver(alert(incident()))
        took = asyncio.get_running_loop().time() - started
        hang.set()
        while (await one.deliver(alert(incident()))).outcome is not Outcome.DELIVERED:
            await asyncio.sleep(0.01)
        return first, second, took

    with service(hang=hang) as (url, _):
        first, second, took = asyncio.run(asyncio.wait_for(run(url), 20))
    assert first.detail == "no answer within 0.2 s"
    assert second.detail == "the service has not taken the last message yet"
    assert took < 5


def test_what_apprise_does_not_know_is_refused_without_saying_it():
    with pytest.raises(ValueError, match="no address that Apprise knows: got other text for chat") as caught:
        receiver("nonsense-s3cret")
    assert "s3cret" not in str(caught.value)


def test_without_apprise_it_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "apprise":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match=r"run `pip install 'siaga\[chat\]'`"):
        receiver("json://localhost")
