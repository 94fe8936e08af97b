from __future__ import annotations

import re
from pathlib import Path

from agents.settings import load_settings
from agents.settings.load import FILES

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/configuration.md").read_text()


def test_the_variables_in_the_documentation_work(tmp_path):
    (block,) = re.findall(r"```sh\n(.*?)```", TEXT, flags=re.DOTALL)
    env = dict(line.split("=", 1) for line in block.splitlines())
    security = {"MECHANISM": "plain", "USERNAME": "u", "PASSWORD_ENV": "PW"}
    env |= {f"SIAGA_SERVICE_KAFKA_SECURITY_{name}": value for name, value in security.items()} | {"PW": "x"}
    for file in FILES:
        (tmp_path / f"{file}.yml").write_text((ROOT / f"config/{file}.yml").read_text())
    (tmp_path / "alerts.yml").write_text("receivers: [{name: crisis-room, type: webhook, url: 'http://h/'}]")
    settings = load_settings(tmp_path, env)
    assert set(settings.overrides) == set(env) - {"PW"}
    assert settings.service.kafka.brokers == ("kafka1:9092", "kafka2:9092")
    assert settings.brands[0].aliases == ("kunang", "kunang fiber")


def test_every_file_is_documented():
    assert re.findall(r"^\| `(\w+)\.yml`", TEXT, flags=re.MULTILINE) == list(FILES)
