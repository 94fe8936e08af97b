"""Run one broker until Ctrl-C: ``make kafka``."""

import signal
import sys

from tests.kafka.broker import Broker


def main() -> None:
    with Broker() as broker:
        print(broker.bootstrap, flush=True)
        print(f"Kafka {broker.version} runs; its log: {broker.log_path}; Ctrl-C ends it.", file=sys.stderr)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
