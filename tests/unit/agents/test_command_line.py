from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from agents.command_line import COMMANDS, siaga
from agents.exit_codes import ExitCode

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests/golden/contracts/command_line.txt"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command line in an empty folder; the configuration is the shipped one."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("SIAGA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SIAGA_CONFIG", str(ROOT / "config"))
    monkeypatch.setenv("SIAGA_PSEUDONYM_KEY", "0123456789abcdef")

    def invoke(*args, **kwargs):
        return CliRunner().invoke(siaga, args, **kwargs)

    return invoke


def commands():
    context = click.Context(siaga)
    return {name: siaga.get_command(context, name) for name in COMMANDS}


def described():
    """All commands, those of groups by both names."""
    for name, command in commands().items():
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", found) for sub, found in command.commands.items())


def contract() -> str:
    lines = [f"exit codes: {', '.join(f'{code.value} {code.name.lower()}' for code in ExitCode)}", ""]
    for name, command in described():
        arguments = [
            p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)
        ]
        lines.append(" ".join(["siaga", name, *arguments]))
        for option in command.params:
            if isinstance(option, click.Option):
                kind = "flag" if option.is_flag else option.type.name
                given = isinstance(option.default, str | int) and not option.is_flag
                lines.append(f"  {'/'.join(option.opts)} ({kind}){f' = {option.default}' if given else ''}")
        lines.append("")
    return "\n".join(lines)


def test_commands_options_and_exit_codes_are_the_contract():
    """A change here breaks scripts: change golden and CHANGELOG together."""
    assert contract() == GOLDEN.read_text()


def test_the_list_of_commands_says_what_they_say_themselves(run):
    for name, command in commands().items():
        assert command.help.partition("\n")[0] == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_help_ends_with_an_example(run, name):
    result = run(name, "--help")
    assert result.exit_code == 0
    last = result.stdout.rstrip().splitlines()[-1]
    assert "Example:" in result.stdout
    assert re.search(rf"\bsiaga {name}\b", last), last


def test_version(run):
    assert run("--version").stdout == f"siaga {version('siaga')}\n"


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["nonsense"],
        ["check", "--nonsense"],
        ["send"],
        ["send", "no-such-file"],
        ["send", "--rate", "0", "-"],
        ["topics", "--wait", "10"],
        ["topics", "--check", "--mend"],
        ["score", "--scorer", "mood"],
        ["worker", "--web-port", "0"],
    ],
    ids=" ".join,
)
def test_usage_errors_end_with_64(run, args):
    result = run(*args)
    assert result.exit_code == ExitCode.USAGE
    assert "Usage: siaga" in result.stderr


def test_a_duration_without_unit_is_told_so(run):
    assert (
        "not a duration: got '10'; expected a whole number with a unit"
        in run("topics", "--wait", "10").stderr
    )


@pytest.mark.parametrize(
    "args", [["worker"], ["topics"], ["check"], ["send", "-"], ["score"], ["backtest", "-"]], ids=" ".join
)
def test_a_wrong_configuration_ends_with_78_and_one_line_a_problem(run, tmp_path, args):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/brands.yml").write_text("brands: {a: {name: A, aliases: []}, b: {}}")
    result = run(*args, "--config", "bad")
    assert result.exit_code == ExitCode.CONFIG
    assert result.stdout == ""
    told = [line.removeprefix("siaga: ").removeprefix("error: ") for line in result.stderr.splitlines()]
    assert told[:3] == [
        "bad/brands.yml: brands.a.aliases: got an empty list; expected 1 or more words; add one",
        "bad/brands.yml: brands.b.name: missing: got nothing; expected 1 to 200 characters; add it",
        "bad/brands.yml: brands.b.aliases: missing: got nothing; expected 1 or more words; add it",
    ]


def fresh(*code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_help_does_not_import_what_it_does_not_need():
    done = fresh(
        "import sys",
        "from agents.command_line import siaga",
        "sys.argv = ['siaga', '--help']",
        "try:",
        "    siaga.main()",
        "except SystemExit:",
        "    heavy = {'kafka', 'faust', 'numpy', 'yaml', 'msgspec', 'aiohttp', 'structlog', 'rich'}",
        "    print(sorted(heavy & set(sys.modules)), file=sys.stderr)",
    )
    assert done.stderr.strip() == "[]"


def test_a_fault_is_one_line_and_the_traceback_only_on_demand(run, monkeypatch):
    def fail(*_args):
        raise RuntimeError("it\nbroke")

    monkeypatch.setattr("agents.commands.check.load_settings", fail)
    result = run("check")
    assert result.exit_code == ExitCode.SOFTWARE
    assert result.stderr == (
        "siaga: fault of siaga: got RuntimeError: it broke; please report it with what SIAGA_DEBUG=1 shows\n"
    )
    monkeypatch.setenv("SIAGA_DEBUG", "1")
    assert "Traceback" in run("check").stderr


def test_interrupt_ends_with_130(run, monkeypatch):
    def interrupt(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr("agents.commands.check.load_settings", interrupt)
    assert run("check").exit_code == ExitCode.INTERRUPTED


def test_a_reader_that_has_enough_is_no_error(tmp_path):
    lines = tmp_path / "lines.txt"
    lines.write_text("bagus sekali\n" * 20_000)
    siaga_ = f"{sys.executable} -c 'from agents.command_line import main; main()'"
    script = f"{siaga_} score {lines} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[1] == "0"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [("--explain 'lemot \U0001f621'", "\U0001f621"), ("<&- >&- 2>&-", "")],
)
def test_no_locale_and_no_closed_stream_is_a_fault(words, told):
    siaga_ = f"{sys.executable} -c 'from agents.command_line import main; main()'"
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        ["bash", "-c", f"{siaga_} score {words}"], capture_output=True, cwd=ROOT, env=env, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert told in done.stdout.decode()
