"""Each command of the runbook and the operations page names what exists; those with a Kafka run elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import yaml

from agents.command_line import siaga
from tests.kafka.tools import CLASSES
from tests.pages import ROOT, Command, commands

PAGES = ("docs/runbook.md", "docs/operations.md")
ALL = {command.line: command for page in PAGES for command in commands(page)}


def parses(words: tuple[str, ...]) -> None:
    """Raise unless siaga knows the command and its options."""
    command: click.Command = siaga
    rest = list(words)
    while isinstance(command, click.Group):
        name = rest.pop(0)
        found = command.get_command(click.Context(command), name)
        if found is None:
            raise click.UsageError(f"no command {name}")
        command = found
    command.make_parser(click.Context(command)).parse_args(rest)


def exists(command: Command) -> bool:
    """Whether what a command names is there; an unknown option of siaga raises."""
    match command.words:
        case ("siaga", *words):
            parses(tuple(words))
            return True
        case ("make", target):
            return bool(re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M))
        case ("python", script, *_):
            return (ROOT / script).exists()
        case ("docker", "compose", "up", "--scale", wanted):
            return (
                wanted.split("=")[0] in yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
            )
        case ("kubectl", "scale", kind, name, _):
            made = yaml.safe_load_all((ROOT / "deploy/kubernetes/siaga.yml").read_text())
            return (kind, name) in {(one["kind"].lower(), one["metadata"]["name"]) for one in made}
        case ("curl", "-s", address, *_):
            return Path(address).name in {"readyz", "metrics", "healthz"}
        case ("py-spy", "dump", "--pid", "PID"):
            return True  # of others, and not installed with siaga
    return command.program in CLASSES


@pytest.mark.parametrize("line", ALL)
def test_a_command_names_what_exists(line):
    assert exists(ALL[line])


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("topics --chek", click.NoSuchOption),
        ("topic", click.UsageError),
        ("alert test --receiver", click.BadOptionUsage),
    ],
)
def test_a_command_that_does_not_exist_is_found(words, wrong):
    with pytest.raises(wrong):
        parses(tuple(words.split()))


def test_commands_are_found_in_fences_and_in_text():
    assert len(ALL) > 20
    assert {"curl", "siaga", "kafka-get-offsets.sh", "make", "python"} <= {
        one.program for one in ALL.values()
    }
