"""Receivers that hang or fail delay nobody else, and get everything once they answer."""

import socket
import threading

import pytest
import yaml

from tests.integration.installation import wait_for

pytestmark = pytest.mark.timeout(300)


class Hanging:
    """Accepts connections, reads, and never answers."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/"
        self.connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections.append(connection)

    def close(self) -> None:
        self._server.close()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def hanging():
    made = Hanging()
    yield made
    made.close()


def test_a_receiver_that_hangs_delays_neither_the_others_nor_the_end(world, hanging):
    alerts = world.siaga.config / "alerts.yml"
    content = yaml.safe_load(alerts.read_text())
    content["receivers"].insert(
        0, {**content["receivers"][0], "name": "hangs", "url": hanging.url, "timeout": "5s"}
    )
    alerts.write_text(yaml.safe_dump(content))
    worker = world.start()
    world.run(15)
    world.assert_exact()
    wait_for(
        "a delivery to be given up",
        lambda: worker.metric("siaga_alerts_total", receiver="hangs", outcome="failed"),
        60,
    )
    assert worker.metric("siaga_alerts_total", receiver="hangs", outcome="delivered") == 0
    assert hanging.connections
    world.retire(worker)
    assert worker.end(timeout_s=15) == 0
    assert 75 not in world.exits
    # What it did not get waits for it, also over a restart; the other one is told nothing twice.
    told = len(world.siaga.webhook.received)
    again = world.start()
    wait_for(
        "another try",
        lambda: again.metric("siaga_alerts_total", receiver="hangs", outcome="failed"),
        60,
    )
    assert len(world.siaga.webhook.received) == told
