"""The commands of both READMEs and of two pages: those without a broker run as written, the rest parse.

Fences after `<!-- run -->` run; those after `<!-- kafka -->` need a broker: their commands get `--help`
here, and those of the READMEs run in tests/integration/test_readme_on_kafka.py.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from agents.settings import load_settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [
    README,
    *((ROOT / page).read_text() for page in ("README.id.md", "docs/running.md", "docs/operations.md")),
]
BIN = Path(sys.executable).parent


def commands(mark: str) -> list[str]:
    pattern = re.compile(rf"<!-- {mark} -->\n *```sh\n(.*?)```", flags=re.DOTALL)
    lines = [line.strip() for page in PAGES for block in pattern.findall(page) for line in block.splitlines()]
    return list(dict.fromkeys(line for line in lines if line))


def run(command: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA_")}
    env["PATH"] = f"{BIN}{os.pathsep}{env['PATH']}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("command", commands("run"))
def test_a_command_without_a_broker_works_as_written(command):
    done = run(command)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("command", commands("kafka"))
def test_a_command_with_a_broker_parses_and_its_files_exist(command):
    program, subcommand, *files = shlex.split(command)
    assert program == "siaga"
    assert run(f"siaga {subcommand} --help").returncode == 0
    assert all((ROOT / file).exists() for file in files if "/" in file)


def test_every_siaga_command_of_a_fence_is_tested():
    fenced = re.findall(r"```sh\n(.*?)```", "\n".join(PAGES), flags=re.DOTALL)
    lines = [line.strip() for block in fenced for line in block.splitlines() if "siaga " in line]
    assert lines
    assert set(lines) == set(commands("run") + commands("kafka"))


def test_every_make_target_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", "\n".join(PAGES), flags=re.MULTILINE))
    assert {one or other for one, other in named} <= targets


def test_the_example_has_one_incident_that_begins_with_an_outage():
    done = run("siaga backtest examples/posts.jsonl")
    assert "incidents: 1, alarms: 1" in done.stdout
    assert "kunang-fiber" in done.stdout
    assert "44 read, 0 rejected" in done.stdout


def test_the_receiver_of_the_readme_is_a_valid_configuration(tmp_path):
    (block,) = re.findall(r" *```yaml\n(.*?)```", "\n".join(PAGES[:-1]), flags=re.DOTALL)
    for file in ("brands", "detector", "service"):
        (tmp_path / f"{file}.yml").write_text((ROOT / f"config/{file}.yml").read_text())
    (tmp_path / "alerts.yml").write_text(block)
    settings = load_settings(tmp_path, {})
    assert [receiver.name for receiver in settings.receivers] == ["crisis-room"]
    assert not [warning for warning in settings.warnings if "nobody" in warning.text]


def test_the_log_in_to_kafka_of_the_operations_page_is_a_valid_configuration(tmp_path):
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGES[-1], flags=re.DOTALL)
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "brands.yml").write_text((ROOT / "config/brands.yml").read_text())
    (tmp_path / "service.yml").write_text(re.sub(r"(_file:) \S+", r"\1 password", block))
    assert load_settings(tmp_path, {}).service.kafka.security.mechanism == "scram-sha-512"


@pytest.mark.parametrize(
    "page",
    ["README.md", "README.id.md", *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs").rglob("*.md")))],
)
def test_every_link_to_a_file_leads_somewhere(page):
    text = (ROOT / page).read_text()
    links = [link for link in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in link]
    missing = [link for link in links if not ((ROOT / page).parent / link).exists()]
    assert not missing


def test_both_languages_say_the_same_at_the_same_length():
    english, indonesian, *_ = PAGES
    assert re.findall(r"^ {3}siaga .*|^make .*", english, re.M) == re.findall(
        r"^ {3}siaga .*|^make .*", indonesian, re.M
    )
    assert len(re.findall("^#", english, re.M)) == len(re.findall("^#", indonesian, re.M))
    assert abs(len(english.splitlines()) - len(indonesian.splitlines())) < 8


def test_the_commands_of_the_readme_that_take_a_minute_run_as_steps_of_ci():
    steps = (ROOT / ".ci/run").read_text()
    assert {"make demo", "make test"} <= set(re.findall(r"make [a-z]+", steps))
