"""Siaga as its operators see it: Prometheus and Alertmanager with the shipped configurations, but quicker.

Minutes are seconds here: the shipped rules are used as they are, with every duration in them divided by 60.
"""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.alertmanager import Alertmanager
from tests.integration.installation import Webhook, Worker, wait_for
from tests.prometheus import Prometheus

ROOT = Path(__file__).parents[2]
_SCALE = 60
_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000}


def quicker(rules: str, scale: int = _SCALE) -> str:
    """Return rules whose `for` and windows are so many times as short; everything else is as shipped."""

    def scaled(found: re.Match) -> str:
        return f"{found[1]}{int(found[2]) * _UNITS_MS[found[3]] // scale}ms{found[4]}"

    return re.sub(r"(for: |offset |\[)(\d+)([smh])(\]|\)|\n)", scaled, rules)


def write_config(folder: Path, interval: str, alertmanager: str | None = None) -> None:
    """Write Prometheus's configuration as it is shipped, but quicker and with workers from a file."""
    config = yaml.safe_load((ROOT / "config/prometheus/prometheus.yml").read_text())
    config["global"] = dict.fromkeys(("scrape_interval", "scrape_timeout", "evaluation_interval"), interval)
    if alertmanager is None:
        del config["alerting"]
    else:
        config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [alertmanager]
    (job,) = config["scrape_configs"]
    del job["dns_sd_configs"]
    job["file_sd_configs"] = [{"files": ["targets.json"]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))


def scrape(folder: Path, *workers: Worker) -> None:
    """Let the Prometheus of a folder read these workers."""
    targets = [f"127.0.0.1:{worker.port}" for worker in workers]
    new = folder / "targets.new"
    new.write_text(json.dumps([{"targets": targets}]))
    new.replace(folder / "targets.json")


class Watch:
    """Prometheus and Alertmanager with the shipped configurations, and what operators were told."""

    def __init__(
        self,
        folder: Path,
        prometheus: Callable[[Path], Prometheus],
        alertmanager: Callable[[str], Alertmanager],
        room: Webhook,
        scale: int = _SCALE,
        interval: str = "500ms",
    ) -> None:
        self._room = room
        self._folder = folder
        manager = alertmanager(self._calls())
        (folder / "rules").mkdir(parents=True)
        for rules in (ROOT / "config/prometheus/rules").glob("*.yml"):
            (folder / "rules" / rules.name).write_text(quicker(rules.read_text(), scale))
        write_config(folder, interval, manager.url.removeprefix("http://"))
        self.scrape()
        self.prometheus = prometheus(folder)

    def _calls(self) -> str:
        config = yaml.safe_load((ROOT / "config/alertmanager/alertmanager.yml").read_text())
        for receiver in config["receivers"]:
            for hook in receiver["webhook_configs"]:
                hook["url"] = self._room.url.replace("/alerts", f"/{receiver['name']}")
        for route in config["route"]["routes"]:
            route |= {"group_wait": "0s", "group_interval": "1s"}
            if route["receiver"] == "heartbeat":
                route["repeat_interval"] = "1s"
        config["inhibit_rules"] = []  # every alert is looked at by itself
        return yaml.safe_dump(config)

    def scrape(self, *workers: Worker) -> None:
        """Let Prometheus read these workers."""
        scrape(self._folder, *workers)

    def told(self, alert: str) -> str | None:
        """Return the status that operators were told last of an alert."""
        found = None
        for path, body in list(zip(self._room.paths, self._room.received, strict=False)):
            if path == "/operators":
                for one in body["alerts"]:
                    found = one["status"] if one["labels"]["alertname"] == alert else found
        return found

    def fires(self, alert: str, within_s: float = 30.0) -> None:
        self._becomes(alert, "firing", within_s)

    def clears(self, alert: str, within_s: float = 30.0) -> None:
        self._becomes(alert, "resolved", within_s)

    def _becomes(self, alert: str, status: str, within_s: float) -> None:
        began = time.monotonic()
        try:
            wait_for(f"{alert} to be {status}", lambda: self.told(alert) == status, within_s, every_s=0.2)
        except AssertionError as error:
            raise AssertionError(f"{error}; Prometheus has firing: {self.prometheus.firing()}") from None
        print(f"{alert} {status} after {time.monotonic() - began:.1f} s")

    @property
    def last_heartbeat(self) -> float:
        times = [
            at for path, at in zip(self._room.paths, self._room.times, strict=False) if path == "/heartbeat"
        ]
        return max(times, default=0.0)


def crowd(at: int, records: int, posts: int = 10) -> list[bytes]:
    """Records of some long posts each, about a brand without a crisis."""
    words = "rimba kopi enak tapi antre lama sekali hari ini, kasirnya ramah dan tempatnya nyaman " * 4
    return [
        b"\n".join(
            json.dumps(
                {
                    "platform": "instagram",
                    "id": f"r{record}-{number}-{at}",
                    "created_at": at,
                    "text": words,
                    "author": {"id": f"tamu{record}-{number}"},
                }
            ).encode()
            for number in range(posts)
        )
        for record in range(records)
    ]
