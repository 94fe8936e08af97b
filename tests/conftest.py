"""Fixtures for every test: a real broker (`kafka`, `own_broker`, `prefix`) and the shared data (`shared`)."""

import os
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.workermanage import WorkerController

from tests import alertmanager as alertmanager_package
from tests import prometheus as prometheus_package
from tests.alertmanager import Alertmanager
from tests.kafka.broker import Broker
from tests.kafka.distribution import CHECKOUT, default_version, missing_packages
from tests.prometheus import Prometheus

# A busy machine is no fault of the code; tests that are about speed measure CPU time.
settings.register_profile("siaga", deadline=None)
settings.load_profile("siaga")

_NEEDS_KAFKA = {"kafka", "own_broker"}
_FAILED = pytest.StashKey[bool]()
_KAFKA_FAILED = pytest.StashKey[bool]()
_KEPT_LOGS = pytest.StashKey[list[Path]]()
_LEFT_OUT = pytest.StashKey[set[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kafka-version",
        default=default_version(),
        help="Kafka release that the tests start (default: KAFKA_VERSION from the environment, else 4.3.1)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_KEPT_LOGS] = []
    config.stash[_LEFT_OUT] = set()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt("SIGTERM")

    # So that brokers are stopped and their folders removed as at Ctrl-C.
    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Started in the background of a script: programs that tests start would ignore Ctrl-C too.
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & _NEEDS_KAFKA:
            item.add_marker("kafka")
        if "shared" in fixtures:
            item.add_marker("data")
        if "alertmanager" in fixtures:
            item.add_marker("alertmanager")
        if "prometheus" in fixtures:
            item.add_marker("prometheus")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, package in (("alertmanager", alertmanager_package), ("prometheus", prometheus_package)):
        if item.get_closest_marker(marker) is None or not (missing := package.missing_packages()):
            continue
        reason = f"a real {marker.title()} needs the package {' '.join(missing)} (apt-get install it)"
        if _in_ci():
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    if item.get_closest_marker("kafka") is None:
        return
    if missing := missing_packages(item.config.getoption("--kafka-version")):
        item.config.stash[_LEFT_OUT].add(item.nodeid)
        reason = f"a real Kafka broker needs the packages {' '.join(missing)}"
        if _in_ci():
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
        if item.get_closest_marker("kafka"):
            item.config.stash[_KAFKA_FAILED] = True
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["kept_logs"] = [str(path) for path in session.config.stash[_KEPT_LOGS]]
        output["left_out"] = sorted(session.config.stash[_LEFT_OUT])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """Take over what a process of `-n` found: the closing lines are written by this one."""
    output = getattr(node, "workeroutput", {})  # a process that crashed has none
    node.config.stash[_KEPT_LOGS] += map(Path, output.get("kept_logs", ()))
    node.config.stash[_LEFT_OUT].update(output.get("left_out", ()))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Iterator[None]:
    yield
    for path in config.stash[_KEPT_LOGS]:
        terminalreporter.write_line(f"Kafka's log was kept: {path}", yellow=True)
    if left_out := config.stash[_LEFT_OUT]:
        packages = " ".join(missing_packages(config.getoption("--kafka-version")))
        fate = "failed" if _in_ci() else "left out"
        terminalreporter.write_line(f"Tests on a real Kafka broker {fate}: {len(left_out)}", red=True)
        terminalreporter.write_line(f"Install what it needs: apt-get install {packages}", red=True)


def _in_ci() -> bool:
    return os.environ.get("CI") == "true"


def _close(broker: Broker, failed: bool, config: pytest.Config) -> None:
    broker.close(keep_log=failed)
    if failed:
        config.stash[_KEPT_LOGS].append(broker.log_path)


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """One started broker for the whole session: keep apart by `prefix`, and do not stop it."""
    broker = Broker(request.config.getoption("--kafka-version"))
    try:
        broker.start()
    except Exception:
        _close(broker, True, request.config)
        raise
    yield broker
    _close(broker, request.config.stash.get(_KAFKA_FAILED, False), request.config)


@pytest.fixture(scope="session")
def _prefixes() -> set[str]:
    return set()


@pytest.fixture
def prefix(_prefixes: set[str]) -> str:
    """A prefix for this test's topics and groups, such as ``t7f3a-``."""
    while (text := f"t{secrets.token_hex(2)}-") in _prefixes:
        pass
    _prefixes.add(text)
    return text


@pytest.fixture
def own_broker(request: pytest.FixtureRequest) -> Iterator[Callable[..., Broker]]:
    """Start brokers of this test's own, to be killed, paused and restarted: ``own_broker(settings=...)``."""
    brokers: list[Broker] = []

    def start(
        version: str | None = None,
        *,
        settings: Mapping[str, object] | None = None,
        java_options: Sequence[str] = (),
    ) -> Broker:
        version = version or request.config.getoption("--kafka-version")
        broker = Broker(version, settings=settings, java_options=java_options)
        brokers.append(broker)
        broker.start()
        return broker

    yield start
    for broker in brokers:
        _close(broker, request.node.stash.get(_FAILED, False), request.config)


@pytest.fixture
def alertmanager() -> Iterator[Callable[[str], Alertmanager]]:
    """Start Alertmanagers: ``alertmanager(configuration)``."""
    started: list[Alertmanager] = []

    def start(config: str) -> Alertmanager:
        started.append(Alertmanager(config))
        return started[-1].start()

    yield start
    for one in started:
        one.close()


@pytest.fixture
def prometheus() -> Iterator[Callable[[Path], Prometheus]]:
    """Start Prometheus in a folder that holds its configuration: ``prometheus(folder)``."""
    started: list[Prometheus] = []

    def start(folder: Path) -> Prometheus:
        started.append(Prometheus(folder))
        return started[-1].start()

    yield start
    for one in started:
        one.close()


@pytest.fixture
def room() -> Iterator[Any]:
    """Where Alertmanager sends its notifications."""
    from tests.integration.installation import Webhook  # no unit test needs what it imports

    webhook = Webhook()
    yield webhook
    webhook.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data beside the checkout, or where SIAGA_SHARED says."""
    path = Path(os.environ.get("SIAGA_SHARED") or CHECKOUT.parent / "shared")
    if not (path / "data").is_dir():
        pytest.skip(f"no shared data: got {path}; put the folder there or set SIAGA_SHARED")
    return path
