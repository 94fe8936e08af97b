import asyncio
from types import SimpleNamespace

import pytest

from agents import lease as lease_module
from agents.broker_clock import BrokerClock
from agents.lease import Lease
from agents.sender import Outgoing, Sender


class Ended(BaseException):
    """The process would have ended here; nothing can catch it by mistake."""


@pytest.fixture
def ended(monkeypatch):
    codes = []

    def end(code):
        codes.append(int(code))
        raise Ended

    monkeypatch.setattr("agents.ending.os._exit", end)
    return codes


class Producer:
    def __init__(self, fails_at=None, confirms=True):
        self.sent, self._fails_at, self._confirms = [], fails_at, confirms

    async def send(self, topic, key, value, partition, timestamp, headers):
        self.sent.append(Outgoing(topic, value, key, partition, headers))
        done = asyncio.get_running_loop().create_future()
        number = len(self.sent)
        if self._fails_at == number and self._confirms:
            raise ConnectionError("no buffer")
        if self._fails_at == number:
            done.set_exception(TimeoutError("batch expired"))
        else:
            done.set_result(SimpleNamespace(timestamp=1_000 + number))
        return done


def sent_by(producer, records, lease=None):
    sender = Sender(SimpleNamespace(producer=producer), lease or Lease(10.0))
    return asyncio.run(sender.send(records))


RECORDS = [Outgoing("mentions", b"a", partition=3), Outgoing("late", b"b", b"key", headers=[("h", b"1")])]


def test_records_are_sent_in_order_and_their_timestamps_returned():
    producer = Producer()
    assert sent_by(producer, iter(RECORDS)) == [1_001, 1_002]
    assert producer.sent == RECORDS


@pytest.mark.parametrize("confirms", [True, False])
@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_failed_send_ends_the_process(ended, capsys, fails_at, confirms):
    with pytest.raises(Ended):
        sent_by(Producer(fails_at, confirms), RECORDS)
    assert ended == [70]
    said = capsys.readouterr()
    assert "could not write to late, mentions" in said.out + said.err


@pytest.fixture
def passing(monkeypatch):
    """Monotonic seconds that pass only when told."""
    now = [100.0]
    monkeypatch.setattr(lease_module, "monotonic", lambda: now[0])
    return now


def test_a_frozen_worker_writes_nothing(ended, passing):
    lease, producer = Lease(10.0), Producer()
    lease.renew(100.0)
    passing[0] += 8.0
    with pytest.raises(Ended):
        sent_by(producer, RECORDS, lease)
    assert (ended, producer.sent) == ([70], [])


def test_nothing_to_send_needs_no_lease(ended, passing):
    lease = Lease(10.0)
    lease.renew(0.0)
    assert sent_by(Producer(), [], lease) == []
    assert ended == []


def test_a_lease_is_shorter_than_the_session_and_renewed_by_heartbeats(passing):
    lease = Lease(10.0)
    passing[0] += 1_000.0
    assert lease.is_held, "the clock starts with the first recovery"
    lease.renew(1_100.0)
    assert lease.left_s == 8.0
    passing[0] += 7.9
    assert lease.is_held
    passing[0] += 0.2
    assert not lease.is_held
    lease.renew(1_107.0)
    assert lease.is_held


def test_the_brokers_clock_goes_on_from_its_last_word(monkeypatch):
    now = [50.0]
    monkeypatch.setattr("agents.broker_clock.monotonic", lambda: now[0])
    monkeypatch.setattr("agents.broker_clock.now_ms", lambda: 7)
    clock = BrokerClock()
    assert clock.now() == 7
    clock.hear(-1)
    clock.hear(0)
    assert clock.now() == 7, "an embedded broker's constant is no time"
    clock.hear(1_753_085_100_000)
    now[0] += 2.5
    assert clock.now() == 1_753_085_102_500
