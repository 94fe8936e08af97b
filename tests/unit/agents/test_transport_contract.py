"""Every private part of a library that siaga rests on: an upgrade that changes one fails by name."""

import inspect
import re
from importlib.metadata import requires, version
from pathlib import Path
from typing import get_type_hints

import faust
import faust.worker
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher, FetchResult, PartitionRecords
from aiokafka.consumer.group_coordinator import BaseCoordinator, GroupCoordinator
from faust.stores import memory
from faust.tables.recovery import Recovery
from faust.tables.table import Table
from faust.transport import consumer as base
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import ConsumerMessage
from mode.threads import ServiceThread
from mode.utils.queues import FlowControlEvent
from prometheus_client import Histogram

from agents.transport import FAUST, SlabConsumer, SlabTransport, WrongFaustError, _Thread, check_faust

ROOT = Path(__file__).parents[3]

# Used by transport, state_table, sender, faust_app and kafka_wait in agents/.
SIGNATURES = {
    (driver.Consumer, "_new_consumer_thread"): ["self"],
    (driver.Consumer, "_to_message"): ["self", "tp", "record"],
    (driver.Consumer, "_getmany"): ["self", "active_partitions", "timeout"],
    (driver.Consumer, "_new_offset"): ["self", "tp"],
    (driver.Consumer, "_filter_tps_with_pending_acks"): ["self", "topics"],
    (driver.Consumer, "_should_commit"): ["self", "tp", "offset"],
    (driver.Consumer, "_commit"): ["self", "offsets"],
    (driver.Consumer, "on_partitions_revoked"): ["self", "revoked"],
    (driver.Consumer, "on_partitions_assigned"): ["self", "assigned", "generation_id"],
    (driver.Consumer, "assignment"): ["self"],
    (driver.Consumer, "highwater"): ["self", "tp"],
    (driver.Consumer, "wait_for_stopped_flow"): ["self"],
    (driver.AIOKafkaConsumerThread, "__init__"): ["self", "consumer", "kwargs"],
    (driver.AIOKafkaConsumerThread, "on_start"): ["self"],
    (driver.AIOKafkaConsumerThread, "_ensure_consumer"): ["self"],
    (driver.AIOKafkaConsumerThread, "_create_worker_consumer"): ["self", "transport"],
    (driver.AIOKafkaConsumerThread, "getmany"): ["self", "active_partitions", "timeout"],
    (driver.Transport, "__init__"): ["self", "args", "kwargs"],
    (driver.Producer, "send"): [
        "self", "topic", "key", "value", "partition", "timestamp", "headers", "transactional_id",
    ],
    (driver, "credentials_to_aiokafka_auth"): ["credentials", "ssl_context"],
    (GroupCoordinator, "_do_heartbeat"): ["self"],
    (PartitionRecords, "_consumer_record"): ["self", "tp", "record"],
    (AIOKafkaClient, "bootstrap"): ["self"],
    (AIOKafkaClient, "fetch_all_metadata"): ["self"],
    (AIOKafkaClient, "force_metadata_update"): ["self"],
    (AIOKafkaConsumer, "seek"): ["self", "partition", "offset"],
    (AIOKafkaConsumer, "committed"): ["self", "partition"],
    (AIOKafkaConsumer, "beginning_offsets"): ["self", "partitions"],
    (AIOKafkaConsumer, "end_offsets"): ["self", "partitions"],
    (AIOKafkaConsumer, "position"): ["self", "partition"],
    (AIOKafkaConsumer, "partitions_for_topic"): ["self", "topic"],
    (AIOKafkaProducer, "send"): [
        "self", "topic", "value", "key", "partition", "timestamp_ms", "headers",
    ],
    (Table, "on_recover"): ["self", "fun"],
    (faust.worker.Worker, "_setup_logging"): ["self"],
}  # fmt: skip
COROUTINES = [
    (driver.Consumer, "_getmany"),
    (driver.Consumer, "_commit"),
    (driver.Consumer, "on_partitions_revoked"),
    (driver.Consumer, "on_partitions_assigned"),
    (driver.Consumer, "wait_for_stopped_flow"),
    (driver.AIOKafkaConsumerThread, "on_start"),
    (driver.AIOKafkaConsumerThread, "getmany"),
    (driver.Producer, "send"),
    (GroupCoordinator, "_do_heartbeat"),
    (AIOKafkaConsumer, "committed"),
    (AIOKafkaConsumer, "beginning_offsets"),
    (AIOKafkaConsumer, "end_offsets"),
    (AIOKafkaConsumer, "position"),
]
OVERRIDDEN = [
    (SlabConsumer, "_new_consumer_thread"),
    (SlabConsumer, "_getmany"),
    (SlabConsumer, "_to_message"),
    (SlabConsumer, "_new_offset"),
    (SlabConsumer, "_should_commit"),
    (SlabConsumer, "_commit"),
    (SlabConsumer, "on_partitions_revoked"),
    (SlabConsumer, "on_partitions_assigned"),
    (_Thread, "on_start"),
    (_Thread, "_create_worker_consumer"),
]
# Where the library itself reads or writes what siaga reads or writes: (where, what must stand there).
LINES = {
    (base.Consumer, "__init__"): [
        "self._acked = defaultdict(list)",
        "self._acked_index = defaultdict(set)",
        "self._read_offset = defaultdict(lambda: None)",
        "self._committed_offset = defaultdict(lambda: None)",
        "self.not_waiting_next_records = Event()",
    ],
    # A rebalance waits for the fetch under way by this event; the slab consumer sets it, too.
    (base.Consumer, "wait_for_stopped_flow"): ["await self.not_waiting_next_records.wait()"],
    (base.ThreadDelegateConsumer, "__init__"): ["self._thread = self._new_consumer_thread()"],
    (driver.ConsumerRebalanceListener, "on_partitions_assigned"): [
        "self._thread.app.consumer_generation_id = generation",
    ],
    (driver.AIOKafkaConsumerThread, "_create_consumer"): ["return self._create_worker_consumer(transport)"],
    (ServiceThread, "__init__"): ["self.thread_loop = thread_loop or"],
    # A commit visits the keys of _acked only, and asks _new_offset for each.
    (base.Consumer, "_filter_tps_with_pending_acks"): ["for tp in self._acked"],
    (base.Consumer, "_should_commit"): ["self._committed_offset[tp]"],
    (base.Consumer, "_filter_committable_offsets"): ["self._should_commit(tp, offset)"],
    # What was not committed is noted as committed all the same.
    (base.Consumer, "_commit_offsets"): [
        "did_commit = await self._commit(committable_offsets)",
        "self._committed_offset.update(committable_offsets)",
    ],
    # A slab's offset less one as the last one read leaves no gap and drops nothing.
    (base.Consumer, "_drain_messages"): [
        "r_offset = get_read_offset(tp)",
        "if r_offset is None or offset >= r_offset:",
        "gap = offset - (r_offset or 0)",
        "if gap > 1 and r_offset:",
        "set_read_offset(tp, offset)",
    ],
    # Revocation waits for the running slabs and commits before it forgets.
    (base.Consumer, "on_partitions_revoked"): ["self._acked.pop(tp, None)"],
    # Recovery lets records come, seeks, and only then empties the queues; rebalancing ends last.
    (Recovery, "on_recovery_completed"): [
        "{tp for tp in assignment if not self._is_changelog_tp(tp)} ) if assignment:",
        "self.app.flow_control.resume() consumer.resume_flow()",
        "self.tables.on_standbys_ready() self.app.on_rebalance_end()",
    ],
    (FlowControlEvent, "resume"): ["self.clear()"],
    (driver.AIOKafkaConsumerThread, "on_start"): ["self._consumer = self._create_consumer("],
    # The loop of heartbeats looks the method up anew each time, hence it can be replaced.
    (GroupCoordinator, "_heartbeat_routine"): ["await self._do_heartbeat()"],
    # Results of fetches lie in one mapping, and their records are made by a method that is looked up anew.
    (Fetcher, "__init__"): ["self._records = collections.OrderedDict()"],
    (Fetcher, "_proc_fetch_request"): ["self._records[tp] = FetchResult( tp, partition_records="],
    (FetchResult, "__init__"): ["self._partition_records = partition_records"],
    (PartitionRecords, "_unpack_records"): ["consumer_record = self._consumer_record(tp, record) "],
    (memory.Store, "__post_init__"): ["self._key_partition"],
    # A lost partition's keys are forgotten by this mapping alone.
    (memory.Store, "on_recovery_completed"): ["for k, p in self._key_partition.items()"],
    (memory.Store, "_create_batch_iterator"): ["self._key_partition[key] = event.message.partition"],
    (AIOKafkaConsumer, "__init__"): [
        "self._client = AIOKafkaClient(",
        "self._fetch_max_wait_ms = fetch_max_wait_ms",
        "self._isolation_level = isolation_level",
    ],
    # Set between construction and start, both still reach the fetcher.
    (AIOKafkaConsumer, "start"): [
        "self._coordinator = GroupCoordinator(",
        "self._fetcher = Fetcher(",
        "fetch_max_wait_ms=self._fetch_max_wait_ms",
        "isolation_level=self._isolation_level",
    ],
    (Histogram, "observe"): [
        "self._sum.inc(amount)",
        "enumerate(self._upper_bounds): if amount <= bound: self._buckets[i].inc(1)",
    ],
}


def name_of(place: tuple[object, str]) -> str:
    return f"{getattr(place[0], '__name__', place[0])}.{place[1]}"


@pytest.mark.parametrize("place", SIGNATURES, ids=name_of)
def test_the_signature_is_the_one_that_is_used(place):
    assert list(inspect.signature(getattr(*place)).parameters) == SIGNATURES[place]


@pytest.mark.parametrize("place", COROUTINES, ids=name_of)
def test_what_is_awaited_is_a_coroutine_function(place):
    assert inspect.iscoroutinefunction(getattr(*place))


@pytest.mark.parametrize("place", OVERRIDDEN, ids=name_of)
def test_what_is_overridden_exists_with_the_same_parameters(place):
    own, name = place
    parent = getattr(own.__mro__[1], name)
    assert (
        inspect.signature(getattr(own, name)).parameters.keys() == inspect.signature(parent).parameters.keys()
    )
    assert inspect.iscoroutinefunction(getattr(own, name)) == inspect.iscoroutinefunction(parent)


@pytest.mark.parametrize("place", LINES, ids=name_of)
def test_the_library_still_works_with_these_attributes_in_this_way(place):
    source = re.sub(r"\s+", " ", inspect.getsource(getattr(*place)))
    for line in LINES[place]:
        assert line in source


@pytest.mark.parametrize("path", sorted((ROOT / "agents").glob("*.py")), ids=lambda path: path.name)
def test_every_private_name_of_a_library_that_is_used_is_named_here(path):
    """What a file uses with an underscore and does not define itself belongs to a library."""
    source = path.read_text()
    used = set(re.findall(r"\.(_[a-z]\w*)", source))
    own = set(re.findall(r"self\.(_[a-z]\w*)(?:: [^=\n]+)? =", source)) | set(
        re.findall(r"(?:def |, )(_[a-z]\w*)(?:\(| = )", source)
    )
    named = Path(__file__).read_text()
    assert {name for name in used - own if not re.search(rf"\b{name}\b", named)} - {"_exit"} == set()


@pytest.mark.parametrize("own", [SlabConsumer, _Thread])
def test_every_method_that_is_overridden_is_named_here(own):
    overridden = {name for name in vars(own) if hasattr(own.__mro__[1], name) and not name.startswith("__")}
    assert {name for name in overridden if callable(vars(own)[name])} == {
        name for place, name in OVERRIDDEN if place is own
    }


def test_a_message_has_the_fields_that_a_slab_fills_by_position():
    assert list(inspect.signature(ConsumerMessage).parameters) == [
        "topic", "partition", "offset", "timestamp", "timestamp_type", "headers", "key", "value", "checksum",
        "serialized_key_size", "serialized_value_size", "tp", "time_in", "time_out", "time_total",
        "generation_id",
    ]  # fmt: skip


def test_the_transport_names_its_consumer_and_the_thread_is_the_drivers():
    assert SlabTransport.Consumer is SlabConsumer
    assert driver.Transport.Consumer is driver.Consumer
    assert get_type_hints(driver.AIOKafkaConsumerThread)["_consumer"] is not None
    assert issubclass(GroupCoordinator, BaseCoordinator)


def test_the_installed_faust_is_the_one_and_another_is_refused():
    assert version("faust-streaming") == FAUST
    check_faust()
    with pytest.raises(WrongFaustError) as refused:
        check_faust("0.16.0")
    assert str(refused.value) == (
        "wrong faust-streaming: got 0.16.0; expected 0.15.3; run `pip install faust-streaming==0.15.3`"
    )


def test_the_package_pins_what_it_rests_on_exactly():
    pinned = {line.partition(";")[0].strip() for line in requires("siaga") or ()}
    assert {f"faust-streaming=={FAUST}", f"aiokafka=={version('aiokafka')}"} <= pinned
