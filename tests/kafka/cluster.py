"""Three Kafka brokers that replicate, for what one broker cannot show."""

from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tests.kafka.broker import Broker
from tests.kafka.distribution import prepare
from tests.kafka.process import free_port

SIZE = 3


class Cluster:
    """Three brokers, each its own controller; everything has three replicas, of which two must have a write.

    Parameters
    ----------
    version
        Kafka release; default as for `Broker`.
    """

    def __init__(self, version: str | None = None) -> None:
        self.brokers = [Broker(version, node_id=node) for node in range(1, SIZE + 1)]
        ports: set[int] = set()
        while len(ports) < 2 * SIZE:
            ports.add(free_port())
        pairs = list(zip(*[iter(sorted(ports))] * 2, strict=True))
        voters = ",".join(f"{i}@127.0.0.1:{pair[1]}" for i, pair in enumerate(pairs, 1))
        for broker, pair in zip(self.brokers, pairs, strict=True):
            broker.cluster_id = self.brokers[0].cluster_id
            broker.settings |= {
                "node.id": broker.node_id,
                "controller.quorum.voters": voters,
                "default.replication.factor": SIZE,
                "min.insync.replicas": 2,
                "offsets.topic.replication.factor": SIZE,
                "transaction.state.log.replication.factor": SIZE,
                "transaction.state.log.min.isr": 2,
            }
            broker.take_ports(*pair)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(keep_log=kind is not None)

    @property
    def bootstrap(self) -> str:
        """Where clients connect: any of the three."""
        return ",".join(broker.bootstrap for broker in self.brokers)

    def start(self) -> None:
        """Start all three; none serves before two are there."""
        prepare(self.brokers[0].distribution)
        with ThreadPoolExecutor(SIZE) as pool:
            list(pool.map(Broker.start, self.brokers))

    def close(self, *, keep_log: bool = False) -> None:
        """End all processes and remove the data; the logs stay if asked for."""
        for broker in self.brokers:
            broker.close(keep_log=keep_log)
