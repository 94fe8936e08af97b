"""The dispatcher over real webhooks: nobody waits for a neighbour, all get to the newest revision."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog

from agents.delivery import Dispatcher, Pace
from agents.metrics import Metrics, new_registry
from agents.receivers import Delivery, Outcome, WebhookReceiver, WebhookSettings
from detector.alert import Alert, AlertReason, ReceiverRule
from detector.codec import from_json, to_json
from detector.incident import Change, Incident
from detector.ledger import LedgerEntry, decode, encode
from detector.severity import Severity
from tests.unit.agents.endpoint import HANG, Endpoint, Reader, until
from tests.unit.alert_examples import NOW, incident, resolved, revised

QUICK = Pace(first_pause_s=0.01, longest_pause_s=0.05, deliver_s=20.0)
DAY = 24 * 3_600_000


class Table:
    """A ledger in memory that keeps bytes, as the real one does; durable only when `confirm` allows it."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.confirm = asyncio.Event()
        self.confirm.set()
        self.broken = False

    def get(self, incident_id: str) -> LedgerEntry | None:
        row = self.rows.get(incident_id)
        return None if row is None else decode(row)

    def entries(self) -> list[LedgerEntry]:
        return [decode(row) for row in self.rows.values()]

    def put(self, entry: LedgerEntry) -> Awaitable[None]:
        self.rows[entry.id] = encode(entry)
        return self._confirmed()

    def remove(self, entry: LedgerEntry) -> Awaitable[None]:
        self.rows.pop(entry.id, None)
        return self._confirmed()

    async def _confirmed(self) -> None:
        await self.confirm.wait()
        if self.broken:
            raise ConnectionError("the broker is gone")

    def delivered(self, receiver: str) -> dict[str, int]:
        return {entry.id: entry.delivered_to(receiver) for entry in self.entries()}


class Bench:
    """A dispatcher with its surroundings; `now` is moved by hand."""

    def __init__(self, receivers: list[Any], table: Table, pace: Pace, **rule: Any) -> None:
        self.now = NOW
        self.table = table
        self.registry = new_registry()
        rule.setdefault("min_severity", Severity.INFO)
        rules = {receiver.name: ReceiverRule(receiver=receiver.name, **rule) for receiver in receivers}
        self.dispatcher = Dispatcher(
            receivers, rules, table, Metrics(self.registry, rules), lambda: self.now, pace
        )

    def counted(self, receiver: str, outcome: str) -> float:
        labels = {"receiver": receiver, "outcome": outcome}
        return self.registry.get_sample_value("siaga_alerts_total", labels) or 0.0


def webhook(endpoint: Endpoint, name: str = "hook", **changes: Any) -> WebhookReceiver:
    values = {"first_wait_s": 0.001, "longest_wait_s": 0.01, "attempts": 2, "timeout_s": 10.0}
    return WebhookReceiver(WebhookSettings(name=name, url=endpoint.url, **{**values, **changes}))


@asynccontextmanager
async def running(
    *receivers: Any, table: Table | None = None, pace: Pace = QUICK, **rule: Any
) -> AsyncIterator[Bench]:
    bench = Bench(list(receivers), table or Table(), pace, **rule)
    bench.dispatcher.start()
    try:
        yield bench
    finally:
        await bench.dispatcher.close(0.2)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


def got(endpoint: Endpoint) -> list[tuple[str, int]]:
    told = [from_json(body, Incident) for body in endpoint.bodies]
    return [(one.id, one.revision) for one in told]


def numbered(number: int, revision: int = 1) -> Incident:
    return incident(id=f"brand{number}-x", brand=f"brand{number}", revision=revision)


ID = incident().id


def test_an_offer_is_delivered_recorded_and_counted():
    async def test():
        async with Endpoint() as endpoint, running(webhook(endpoint)) as bench:
            bench.now = NOW + 1_500
            decisions = await bench.dispatcher.offer(incident(), None, NOW)
            assert [decision.reason for decision in decisions] == [AlertReason.NOT_YET_TOLD]
            await until(lambda: bench.table.delivered("hook") == {ID: 1})
            assert endpoint.bodies == [to_json(incident())]
            assert bench.counted("hook", "delivered") == 1
            assert bench.registry.get_sample_value("siaga_delivery_latency_seconds_sum") == 1.5

    run(test)


def test_the_topic_bytes_are_what_is_sent():
    payload = to_json(incident())[:-1] + b',"newer_field":1}'

    async def test():
        async with Endpoint() as endpoint, running(webhook(endpoint)) as bench:
            await bench.dispatcher.offer(incident(), payload, NOW)
            await until(lambda: endpoint.bodies)
            assert endpoint.bodies == [payload]

    run(test)


def test_what_is_not_told_is_counted_once_and_has_a_reason():
    async def test():
        async with Endpoint() as endpoint, running(webhook(endpoint), brands=frozenset({"united"})) as bench:
            for _ in range(3):
                decisions = await bench.dispatcher.offer(incident())
                assert [decision.reason for decision in decisions] == [AlertReason.OTHER_BRAND]
            await bench.dispatcher.reconcile(NOW)
            assert bench.counted("hook", "skipped") == 1
            await bench.dispatcher.offer(incident(revision=2))
            assert bench.counted("hook", "skipped") == 2
            assert endpoint.bodies == []

    run(test)


def test_a_newer_revision_replaces_the_one_that_waits():
    async def test():
        async with Endpoint(status=HANG) as endpoint, running(webhook(endpoint)) as bench:
            await bench.dispatcher.offer(numbered(1))
            await until(lambda: endpoint.bodies)
            for revision in range(1, 6):
                await bench.dispatcher.offer(numbered(2, revision))
            assert bench.dispatcher.waiting == {"hook": 1}
            endpoint.status = 200
            endpoint.release()
            await until(lambda: bench.table.delivered("hook") == {"brand1-x": 1, "brand2-x": 5})
            assert got(endpoint) == [("brand1-x", 1), ("brand2-x", 5)]

    run(test)


def test_an_older_revision_after_a_newer_one_changes_nothing():
    async def test():
        async with Endpoint() as endpoint, running(webhook(endpoint)) as bench:
            await bench.dispatcher.offer(incident(revision=5))
            await until(lambda: bench.table.delivered("hook") == {ID: 5})
            decisions = await bench.dispatcher.offer(incident(revision=4))
            assert [decision.reason for decision in decisions] == [AlertReason.ALREADY_DELIVERED]
            await bench.dispatcher.reconcile(NOW)
            await bench.dispatcher.offer(numbered(2))
            await until(lambda: len(endpoint.bodies) == 2)
            assert got(endpoint) == [(ID, 5), ("brand2-x", 1)]

    run(test)


def test_a_revision_that_comes_during_the_delivery_of_its_elder_follows_it():
    async def test():
        async with Endpoint(status=HANG) as endpoint, running(webhook(endpoint)) as bench:
            await bench.dispatcher.offer(incident())
            await until(lambda: endpoint.bodies)
            await bench.dispatcher.offer(incident(revision=2))
            endpoint.status = 200
            endpoint.release()
            await until(lambda: bench.table.delivered("hook") == {ID: 2})
            assert got(endpoint) == [(ID, 1), (ID, 2)]

    run(test)


@pytest.mark.parametrize("fault", ["hanging", "refusing", "failing"])
def test_a_bad_receiver_delays_neither_its_neighbour_nor_the_caller(fault):
    async def test():
        bad = Endpoint(status={"hanging": HANG, "failing": 503, "refusing": 200}[fault])
        async with Endpoint() as good, bad:
            if fault == "refusing":
                await bad.stop()
            async with running(webhook(bad, "bad"), webhook(good, "good")) as bench:
                loop = asyncio.get_running_loop()
                started = loop.time()
                for number in range(100):
                    await bench.dispatcher.offer(numbered(number))
                offered = loop.time() - started
                await until(lambda: set(bench.table.delivered("good").values()) == {1}, 10)
                assert offered < 2
                assert len(good.bodies) == 100
                assert bench.counted("bad", "delivered") == 0
                assert bench.dispatcher.waiting["bad"] >= 99

    run(test)


def test_after_an_outage_every_receiver_gets_the_newest_revision_of_all():
    async def test():
        async with Endpoint(status=503) as endpoint, running(webhook(endpoint)) as bench:
            for number in range(20):
                await bench.dispatcher.offer(numbered(number))
                await bench.dispatcher.offer(numbered(number, 2))
            await until(lambda: bench.counted("hook", "failed") >= 3)
            endpoint.bodies.clear()
            endpoint.status = 200
            await until(lambda: set(bench.table.delivered("hook").values()) == {2})
            assert sorted(got(endpoint)) == sorted((f"brand{number}-x", 2) for number in range(20))

    run(test)


def test_one_alert_that_always_fails_does_not_hold_up_the_others():
    class Picky:
        name = "picky"

        async def deliver(self, alert: Alert) -> Delivery:
            bad = alert.incident.id == "brand0-x"
            return Delivery(Outcome.FAILED_TEMPORARILY if bad else Outcome.DELIVERED)

        async def close(self) -> None: ...

    async def test():
        async with running(Picky()) as bench:
            for number in range(5):
                await bench.dispatcher.offer(numbered(number))
            await until(lambda: sum(bench.table.delivered("picky").values()) == 4)

    run(test)


def test_a_refused_revision_is_not_sent_again_but_the_next_one_is():
    async def test():
        async with Endpoint(status=403) as endpoint, running(webhook(endpoint)) as bench:
            with structlog.testing.capture_logs() as logs:
                await bench.dispatcher.offer(incident())
                await until(lambda: bench.counted("hook", "failed") == 1)
                assert await bench.dispatcher.reconcile(NOW) == 0
                await bench.dispatcher.offer(incident())
                await bench.dispatcher.offer(incident(revision=2))
                await until(lambda: bench.counted("hook", "failed") == 2)
            errors = [line for line in logs if line["log_level"] == "error"]
            assert len(errors) == 1
            assert errors[0]["detail"].endswith(
                "answered 403; it refuses the login: set a token that may post"
            )
            endpoint.status = 200
            await bench.dispatcher.offer(incident(revision=3))
            await until(lambda: bench.table.delivered("hook") == {ID: 3})
            assert got(endpoint) == [(ID, 1), (ID, 2), (ID, 3)]

    run(test)


def test_a_refused_revision_is_tried_again_after_a_restart():
    async def test():
        table = Table()
        async with Endpoint(status=404) as endpoint:
            async with running(webhook(endpoint), table=table) as bench:
                await bench.dispatcher.offer(incident())
                await until(lambda: bench.counted("hook", "failed") == 1)
            endpoint.status = 200
            async with running(webhook(endpoint), table=table) as bench:
                assert await bench.dispatcher.reconcile(NOW) == 1
                await until(lambda: table.delivered("hook") == {ID: 1})

    run(test)


def test_a_restart_in_an_outage_loses_nothing_and_repeats_nothing_delivered():
    async def test():
        table = Table()
        async with Endpoint() as up, Endpoint(status=503) as down:
            async with running(webhook(up, "up"), webhook(down, "down"), table=table) as bench:
                for number in range(10):
                    await bench.dispatcher.offer(numbered(number))
                await until(lambda: set(table.delivered("up").values()) == {1})
            down.bodies.clear()
            down.status = 200
            async with running(webhook(up, "up"), webhook(down, "down"), table=table) as bench:
                await bench.dispatcher.reconcile(NOW)
                await until(lambda: set(table.delivered("down").values()) == {1})
            assert len(up.bodies) == 10
            assert sorted(got(down)) == sorted((f"brand{number}-x", 1) for number in range(10))

    run(test)


def test_the_end_is_told_to_those_who_may_know_of_the_beginning_only():
    async def test():
        slow = Pace(first_pause_s=0.2, longest_pause_s=0.2, deliver_s=20.0)
        async with (
            Endpoint() as team,
            Endpoint(status=503) as desk,
            running(webhook(team, "team"), webhook(desk, "desk", attempts=1), pace=slow) as bench,
        ):
            await bench.dispatcher.offer(incident())
            await until(lambda: bench.table.delivered("team") == {ID: 1} and bench.counted("desk", "failed"))
            await bench.dispatcher.offer(numbered(2))  # the desk rests and does not hear of it
            decisions = await bench.dispatcher.offer(resolved())
            # The desk answered 503: it may have taken the opening all the same.
            assert [d.reason for d in decisions] == [AlertReason.NEWER_REVISION, AlertReason.NEWER_REVISION]
            decisions = await bench.dispatcher.offer(resolved(id="brand2-x", brand="brand2"))
            assert decisions[1].reason is AlertReason.OPENING_NOT_TOLD
            desk.bodies.clear()
            desk.status = 200
            await until(lambda: bench.table.delivered("team")[ID] == 4)
            await until(lambda: bench.table.delivered("desk") == {ID: 4, "brand2-x": 0})
            assert got(desk) == [(ID, 4)]

    run(test)


def test_who_was_told_in_the_moment_of_a_kill_is_told_of_the_end():
    async def test():
        table = Table()
        async with Endpoint(status=HANG) as endpoint:
            async with running(webhook(endpoint), table=table) as bench:
                await bench.dispatcher.offer(incident(severity=Severity.WARNING))
                await until(lambda: endpoint.bodies)  # it has it, and nobody hears that it does
            endpoint.status = 200
            endpoint.release()
            async with running(webhook(endpoint), table=table) as bench:
                await bench.dispatcher.offer(resolved())
                await until(lambda: table.delivered("hook") == {ID: 4})
        assert got(endpoint) == [(ID, 1), (ID, 4)]

    run(test)


def test_who_was_told_in_the_moment_of_a_kill_is_told_again_while_it_is_open_whatever_became_of_it():
    async def test():
        table, warning = Table(), {"min_severity": Severity.WARNING}
        async with Endpoint(status=HANG) as endpoint:
            async with running(webhook(endpoint), table=table, **warning) as bench:
                await bench.dispatcher.offer(incident())
                await until(lambda: endpoint.bodies)
            endpoint.status = 200
            endpoint.release()
            async with running(webhook(endpoint), table=table, **warning) as bench:
                await bench.dispatcher.offer(revised(incident(), 2, severity=Severity.INFO))
                await until(lambda: table.delivered("hook") == {ID: 2})

    run(test)


def test_an_end_that_comes_while_the_beginning_is_on_its_way_follows_it():
    async def test():
        async with Endpoint(status=HANG) as endpoint, running(webhook(endpoint)) as bench:
            await bench.dispatcher.offer(incident())
            await until(lambda: endpoint.bodies)
            decisions = await bench.dispatcher.offer(resolved())
            assert [d.reason for d in decisions] == [AlertReason.NEWER_REVISION]
            endpoint.status = 200
            endpoint.release()
            await until(lambda: bench.table.delivered("hook") == {ID: 4})
            assert got(endpoint) == [(ID, 1), (ID, 4)]

    run(test)


def test_an_end_that_was_not_delivered_is_offered_until_it_is():
    async def test():
        async with Endpoint() as endpoint, running(webhook(endpoint)) as bench:
            await bench.dispatcher.offer(incident(), None, NOW)
            await until(lambda: bench.table.delivered("hook") == {ID: 1})
            endpoint.status = 503
            await bench.dispatcher.offer(resolved(), None, NOW)
            await until(lambda: bench.counted("hook", "failed") >= 2)
            endpoint.status = 200
            bench.now = NOW + DAY
            await bench.dispatcher.reconcile(bench.now)
            await until(lambda: bench.table.delivered("hook") == {ID: 4})

    run(test)


def test_what_has_been_over_for_a_day_is_forgotten_and_open_incidents_never():
    async def test():
        async with Endpoint() as endpoint, running(webhook(endpoint)) as bench:
            await bench.dispatcher.offer(numbered(1), None, NOW)
            await bench.dispatcher.offer(resolved(), None, NOW)
            await bench.dispatcher.reconcile(NOW + DAY)
            assert set(bench.table.rows) == {ID, "brand1-x"}
            await bench.dispatcher.reconcile(NOW + DAY + 1)
            assert set(bench.table.rows) == {"brand1-x"}
            await bench.dispatcher.reconcile(NOW + 365 * DAY)
            assert set(bench.table.rows) == {"brand1-x"}

    run(test)


def test_an_end_that_could_never_be_told_is_given_up_in_the_log():
    async def test():
        async with Endpoint() as endpoint, running(webhook(endpoint)) as bench:
            await bench.dispatcher.offer(incident(), None, NOW)
            await until(lambda: bench.table.delivered("hook") == {ID: 1})
            endpoint.status = 503
            await bench.dispatcher.offer(resolved(), None, NOW)
            with structlog.testing.capture_logs() as logs:
                await bench.dispatcher.reconcile(NOW + DAY + 1)
            assert {"receiver": "hook", "incident": ID}.items() <= logs[-1].items()
            assert logs[-1]["event"] == "given up: never told that it is over"

    run(test)


def test_the_ledger_is_kept_as_long_as_the_longest_max_age():
    async def test():
        async with Endpoint() as endpoint, running(webhook(endpoint), max_age_ms=3 * DAY) as bench:
            await bench.dispatcher.offer(resolved(), None, NOW)
            await bench.dispatcher.reconcile(NOW + 3 * DAY)
            assert set(bench.table.rows) == {ID}
            await bench.dispatcher.reconcile(NOW + 3 * DAY + 1)
            assert bench.table.rows == {}

    run(test)


def test_an_incident_that_moved_to_another_worker_is_let_go():
    async def test():
        async with Endpoint(status=HANG) as endpoint, running(webhook(endpoint)) as bench:
            for number in range(3):
                await bench.dispatcher.offer(numbered(number))
            await until(lambda: endpoint.bodies)
            bench.table.rows.clear()
            endpoint.status = 200
            endpoint.release()
            await until(
                lambda: bench.dispatcher.waiting == {"hook": 0} and bench.counted("hook", "delivered")
            )
            assert got(endpoint) == [("brand0-x", 1)]
            assert bench.table.rows == {}

    run(test)


def test_an_offer_returns_when_the_ledger_has_it_durably_and_so_does_the_first_delivery():
    async def test():
        async with Endpoint() as endpoint, running(webhook(endpoint)) as bench:
            bench.table.confirm.clear()
            offer = asyncio.create_task(bench.dispatcher.offer(incident()))
            await until(lambda: bench.table.rows and not bench.dispatcher.waiting["hook"])
            await asyncio.sleep(0.02)
            # What the receiver may know must be known after a kill.
            assert not endpoint.bodies
            assert not offer.done()
            bench.table.confirm.set()
            await offer
            await until(lambda: bench.table.delivered("hook") == {ID: 1})
            # Of one that is known to be known, the next revision waits for nothing.
            bench.table.confirm.clear()
            offer = asyncio.create_task(bench.dispatcher.offer(incident(revision=2)))
            await until(lambda: got(endpoint) == [(ID, 1), (ID, 2)])
            assert not offer.done()
            bench.table.confirm.set()
            await offer

    run(test)


def test_a_ledger_that_cannot_be_written_is_told_to_the_caller_and_ends_no_queue():
    async def test():
        async with Endpoint() as endpoint, running(webhook(endpoint)) as bench:
            bench.table.broken = True
            with pytest.raises(ConnectionError):
                await bench.dispatcher.offer(numbered(1))
            await until(lambda: not bench.dispatcher.waiting["hook"])
            assert not endpoint.bodies
            bench.table.broken = False
            await bench.dispatcher.offer(numbered(2))
            await bench.dispatcher.reconcile(NOW)
            await until(lambda: bench.table.delivered("hook") == {"brand1-x": 1, "brand2-x": 1})

    run(test)


def test_a_receiver_that_raises_is_a_failure_that_is_tried_again():
    class Clumsy:
        name = "clumsy"
        calls = 0

        async def deliver(self, alert: Alert) -> Delivery:
            self.calls += 1
            if self.calls < 3:
                raise RuntimeError("a fault of its own")
            return Delivery(Outcome.DELIVERED)

        async def close(self) -> None:
            raise RuntimeError("and another")

    async def test():
        async with running(Clumsy()) as bench:
            await bench.dispatcher.offer(incident())
            await until(lambda: bench.table.delivered("clumsy") == {ID: 1})
            assert bench.counted("clumsy", "failed") == 2

    run(test)


def test_a_delivery_that_does_not_end_by_itself_is_ended():
    async def test():
        pace = Pace(first_pause_s=0.01, longest_pause_s=0.01, deliver_s=0.05)
        async with Endpoint(status=HANG) as endpoint, running(webhook(endpoint), pace=pace) as bench:
            await bench.dispatcher.offer(incident())
            await until(lambda: bench.counted("hook", "failed") >= 2)

    run(test)


def test_a_wait_that_the_receiver_asks_for_is_granted_within_bounds():
    async def test():
        pace = Pace(first_pause_s=0.001, longest_pause_s=0.001, longest_asked_s=0.3)
        async with Endpoint() as endpoint, running(webhook(endpoint), pace=pace) as bench:
            endpoint.script = [(429, {"Retry-After": "3600"})]
            await bench.dispatcher.offer(incident())
            await until(lambda: bench.table.delivered("hook") == {ID: 1})
            assert endpoint.times[1] - endpoint.times[0] >= 0.3

    run(test)


def test_a_full_queue_leaves_the_rest_to_the_next_look():
    async def test():
        pace = Pace(first_pause_s=0.01, longest_pause_s=0.05, max_waiting=3)
        async with Endpoint(status=HANG) as endpoint, running(webhook(endpoint), pace=pace) as bench:
            await bench.dispatcher.offer(numbered(0))
            await until(lambda: endpoint.bodies)
            for number in range(1, 10):
                await bench.dispatcher.offer(numbered(number))
            assert bench.dispatcher.waiting == {"hook": 3}
            endpoint.status = 200
            endpoint.release()
            await until(lambda: sum(bench.table.delivered("hook").values()) == 4)
            while sum(bench.table.delivered("hook").values()) < 10:
                await bench.dispatcher.reconcile(NOW)
                await until(lambda: bench.dispatcher.waiting == {"hook": 0})

    run(test)


def test_close_delivers_what_waits_for_a_healthy_receiver():
    async def test():
        async with Endpoint() as endpoint, running(webhook(endpoint)) as bench:
            for number in range(20):
                await bench.dispatcher.offer(numbered(number))
            await bench.dispatcher.close(5.0)
            assert set(bench.table.delivered("hook").values()) == {1}

    run(test)


@pytest.mark.parametrize("status", [HANG, 503])
def test_close_keeps_its_deadline_whatever_the_receivers_do(status):
    async def test():
        pace = Pace(first_pause_s=60.0, longest_pause_s=60.0)
        async with Endpoint(status=status) as endpoint, running(webhook(endpoint), pace=pace) as bench:
            await bench.dispatcher.offer(incident())
            await bench.dispatcher.offer(numbered(2))
            await until(lambda: endpoint.bodies)
            loop = asyncio.get_running_loop()
            started = loop.time()
            await bench.dispatcher.close(0.2)
            assert loop.time() - started < 1.5
            assert set(bench.table.delivered("hook").values()) == {0}

    run(test)


def test_health_is_logged_when_it_changes_and_not_for_every_alert():
    async def test():
        async with Endpoint(status=503) as endpoint, running(webhook(endpoint, attempts=1)) as bench:
            with structlog.testing.capture_logs() as logs:
                for number in range(5):
                    await bench.dispatcher.offer(numbered(number))
                await until(lambda: bench.counted("hook", "failed") >= 5)
                endpoint.status = 200
                await until(lambda: set(bench.table.delivered("hook").values()) == {1})
            assert [line["event"] for line in logs] == [
                "receiver fails, alerts wait",
                "receiver answers again",
            ]

    run(test)


def test_the_messages_speak_the_language_of_the_receiver_and_read_its_clock():
    async def test():
        reader = Reader()
        async with running(reader, language="id", zone="Asia/Jakarta") as bench:
            await bench.dispatcher.offer(revised(incident(), 2, change=Change.ESCALATED))
            await until(lambda: reader.read)
            assert reader.read[0].endswith("pukul 21.58 WIB tanggal 21 Juli 2025. Kritis, makin parah.")

    run(test)


@pytest.mark.parametrize("names", [("a", "a"), ("a", "b"), ()])
def test_receivers_and_rules_must_match(names):
    receivers = [WebhookReceiver(WebhookSettings(name=name, url="http://127.0.0.1:1/")) for name in names]
    rules = {"a": ReceiverRule(receiver="a")}
    wanted = (
        f"receivers and rules do not match: got receivers {list(names)} and rules ['a']; "
        "expected one rule for each receiver, names unique; correct the names"
    )
    with pytest.raises(ValueError, match=re.escape(wanted)):
        Dispatcher(receivers, rules, Table(), Metrics(new_registry()), lambda: NOW)


class Chat:
    """A receiver that takes many in one message, as slowly as `gate` lets it."""

    name = "chat"

    def __init__(self) -> None:
        self.messages: list[list[str]] = []
        self.gate = asyncio.Event()

    async def deliver(self, alert: Alert) -> Delivery:
        return await self.deliver_together([alert])

    async def deliver_together(self, alerts: Any) -> Delivery:
        self.messages.append([alert.incident.id for alert in alerts])
        await self.gate.wait()
        return Delivery(Outcome.DELIVERED)

    async def close(self) -> None: ...


def warned(number: int, **changes: Any) -> Incident:
    return incident(id=f"brand{number}-x", brand=f"brand{number}", severity=Severity.WARNING, **changes)


def test_a_burst_is_one_message_after_the_first():
    async def test():
        chat = Chat()
        chat.gate.set()
        async with running(chat, group_ms=300) as bench:
            await bench.dispatcher.offer(warned(0))
            await until(lambda: chat.messages == [["brand0-x"]])
            for number in range(1, 6):
                await bench.dispatcher.offer(warned(number))
            assert bench.dispatcher.waiting == {"chat": 5}
            bench.now += 300
            await until(lambda: len(chat.messages) == 2)
            assert chat.messages[1] == [f"brand{number}-x" for number in range(1, 6)]
            await until(lambda: set(bench.table.delivered("chat").values()) == {1})
            assert bench.counted("chat", "delivered") == 6

    run(test)


def test_what_is_critical_goes_at_once_and_takes_all_with_it():
    async def test():
        chat = Chat()
        chat.gate.set()
        async with running(chat, group_ms=3_600_000) as bench:
            await bench.dispatcher.offer(warned(0))
            await until(lambda: chat.messages)
            await bench.dispatcher.offer(warned(1))
            await bench.dispatcher.offer(numbered(2))
            await until(lambda: len(chat.messages) == 2)
            assert chat.messages[1] == ["brand1-x", "brand2-x"]

    run(test)


def test_what_is_held_is_not_held_against_an_orderly_end():
    async def test():
        chat = Chat()
        chat.gate.set()
        table = Table()
        async with running(chat, group_ms=3_600_000, table=table) as bench:
            await bench.dispatcher.offer(warned(0))
            await until(lambda: chat.messages)
            await bench.dispatcher.offer(warned(1))
        assert table.delivered("chat") == {"brand0-x": 1, "brand1-x": 1}

    run(test)


class Forgetful:
    """A receiver that has to be told again; keeps what it was told, and can be cut off."""

    name = "am"

    def __init__(self) -> None:
        self.told: list[tuple[int, str, tuple[Severity, ...]]] = []
        self.cut_off = asyncio.Event()

    async def deliver(self, alert: Alert) -> Delivery:
        self.told.append((alert.incident.revision, str(alert.reason), alert.shown))
        if self.cut_off.is_set():
            await asyncio.sleep(3_600)
        return Delivery(Outcome.DELIVERED)

    async def close(self) -> None: ...


def test_a_receiver_that_forgets_is_told_with_each_look_and_the_ledger_is_left_alone():
    async def test():
        am = Forgetful()
        async with running(am, renew_ms=45_000) as bench:
            await bench.dispatcher.offer(incident())
            await until(lambda: bench.table.delivered("am") == {ID: 1})
            row = bench.table.rows[ID]
            await bench.dispatcher.reconcile(bench.now)
            assert bench.dispatcher.waiting == {"am": 0}
            bench.now += 60_000
            await bench.dispatcher.reconcile(bench.now)
            await until(lambda: bench.counted("am", "renewed") == 1)
            assert am.told == [(1, "not_yet_told", ()), (1, "renewed", (Severity.CRITICAL,))]
            assert bench.table.rows[ID] == row

    run(test)


def test_after_a_restart_it_is_told_again_at_once_and_a_cut_off_severity_is_ended():
    async def test():
        table, am = Table(), Forgetful()
        async with running(am, renew_ms=45_000, table=table) as bench:
            await bench.dispatcher.offer(incident(severity=Severity.WARNING))
            await until(lambda: table.delivered("am") == {ID: 1})
            am.cut_off.set()
            await bench.dispatcher.offer(incident(revision=2))
            await until(lambda: len(am.told) == 2)
        am.cut_off.clear()
        am.told.clear()
        async with running(am, renew_ms=45_000, table=table) as bench:
            await bench.dispatcher.offer(resolved())
            await until(lambda: table.delivered("am") == {ID: 4})
            await until(lambda: am.told)
            # Whether the critical one arrived is not known: both are ended.
            assert am.told[0] == (4, "newer_revision", (Severity.WARNING, Severity.CRITICAL))

    run(test)


def test_the_circuit_shows_that_a_receiver_fails_and_what_waits():
    async def test():
        async with Endpoint(status=503) as endpoint, running(webhook(endpoint)) as bench:

            def gauge(name: str) -> float | None:
                return bench.registry.get_sample_value(name, {"receiver": "hook"})

            await bench.dispatcher.offer(incident())
            await until(lambda: gauge("siaga_receiver_circuit_open") == 1)
            endpoint.status = 200
            await until(lambda: gauge("siaga_receiver_circuit_open") == 0)
            assert gauge("siaga_alerts_waiting") == 0

    run(test)


def test_each_reason_for_silence_is_counted():
    async def test():
        async with (
            Endpoint() as endpoint,
            running(webhook(endpoint), min_severity=Severity.CRITICAL) as bench,
        ):
            await bench.dispatcher.offer(incident(severity=Severity.WARNING))
            labels = {"receiver": "hook", "reason": "below_severity"}
            assert bench.registry.get_sample_value("siaga_alerts_skipped_total", labels) == 1

    run(test)
