"""Importing agents starts nothing and opens nothing: seen from outside, in a fresh interpreter."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import agents

ROOT = Path(__file__).parents[3]

WATCH = """
import importlib, sys, threading
found = []
deeds = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.fork", "os.mkdir")

def hook(event, args):
    # Faust asks the `file` command for the word length of this machine.
    if event in deeds and args[0] != "file":
        found.append(f"{event} {args[0]!r}")
    if event == "open" and isinstance(args[0], str):
        path, mode = args[0], args[1]
        if path.endswith((".yml", ".yaml")) or (isinstance(mode, str) and set(mode) & set("wax+")):
            found.append(f"open {path} {mode}")

sys.addaudithook(hook)
sys.dont_write_bytecode = True
for name in sys.argv[1:]:
    importlib.import_module(name)
threads = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
print(found + threads)
"""


def modules() -> list[str]:
    return ["agents", *(m.name for m in pkgutil.walk_packages(agents.__path__, "agents."))]


def run(*names: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WATCH, *names], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_importing_everything_starts_nothing_and_opens_nothing():
    done = run(*modules())
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_every_module_can_be_imported_alone():
    """No import depends on another one that came before."""
    quick = [
        name
        for name in modules()
        if name.startswith(("agents.settings", "agents.sources", "agents.commands"))
    ]
    script = "import importlib, sys; importlib.import_module(sys.argv[1])"
    for name in quick:
        done = subprocess.run(
            [sys.executable, "-c", script, name], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "deed", ["open('x.yml')", "import socket; socket.create_connection(('127.0.0.1', 1))"]
)
def test_the_watch_sees_what_it_should(deed, tmp_path, monkeypatch):
    (tmp_path / "culprit.py").write_text(f"try:\n    {deed}\nexcept OSError:\n    pass\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert run("culprit").stdout.strip() != "[]"
