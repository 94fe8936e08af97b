"""The Dockerfile: lint-clean, copies what exists, starts what exists, is not root."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from agents.command_line import siaga

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
LAST = DOCKERFILE.rsplit("\nFROM ", 1)[1]


def test_it_is_lint_clean():
    lint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([lint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_stages_start_from_one_pinned_release():
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.MULTILINE))
    (base,) = bases
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base)
    assert DOCKERFILE.count("\nFROM ") == 2


def test_it_copies_what_exists_and_what_is_sent_to_the_build():
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = set()
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, flags=re.MULTILINE):
        copied.update(line.split()[:-1])
    assert copied == sent
    assert all((ROOT / path).exists() for path in copied)


def test_the_extras_that_it_installs_exist():
    (extras,) = re.findall(r"'\.\[([\w,]+)\]'", DOCKERFILE)
    declared = (ROOT / "pyproject.toml").read_text()
    assert all(f"\n{extra} = [" in declared for extra in extras.split(","))


def test_it_starts_a_command_that_exists():
    assert 'ENTRYPOINT ["siaga"]' in LAST
    (command,) = re.findall(r'^CMD \["(\w+)"\]$', LAST, flags=re.MULTILINE)
    assert CliRunner().invoke(siaga, [command, "--help"]).exit_code == 0


def test_it_is_a_numbered_user_who_is_not_root():
    (user,) = re.findall(r"^USER (\S+)$", LAST, flags=re.MULTILINE)
    uid, gid = map(int, user.split(":"))
    assert uid >= 10_000
    assert f"useradd --uid {uid} --gid {gid}" in LAST
    assert f"groupadd --gid {gid}" in LAST


def test_it_is_asked_where_the_worker_answers():
    (words,) = re.findall(r"^  CMD (\[.+\])$", LAST, flags=re.MULTILINE)
    *_, code = json.loads(words)
    compile(code, "healthcheck", "exec")
    assert "os.environ['SIAGA_SERVICE_WEB_PORT']" in code
    (port,) = re.findall(r"SIAGA_SERVICE_WEB_PORT=(\d+)", LAST)
    assert f"\nEXPOSE {port}\n" in LAST
