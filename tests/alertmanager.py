"""A real Prometheus Alertmanager for tests: Debian's package, on ports of its own, without gossip."""

from tests.server import Server, missing


def missing_packages() -> list[str]:
    """Return what has to be installed first."""
    return missing("prometheus-alertmanager", "prometheus-alertmanager", "amtool")


class Alertmanager(Server):
    """One instance with a configuration."""

    program = "prometheus-alertmanager"

    def __init__(self, config: str) -> None:
        super().__init__()
        (self.folder / "alertmanager.yml").write_text(config)

    def arguments(self) -> list[str]:
        return [
            f"--config.file={self.folder / 'alertmanager.yml'}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
