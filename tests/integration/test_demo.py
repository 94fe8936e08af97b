"""`siaga demo` as a stranger runs it: a real worker on the embedded broker, no Java needed."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

SIAGA = [str(Path(sys.executable).with_name("siaga"))]
ENV = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA_")}
ROOT = Path(__file__).parents[2]


def workers() -> set[str]:
    """Return the processes of workers that demonstrations started."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if b"worker\0--config" in (words := file.read_bytes()) and b"siaga-demo-" in words:
                found.add(file.parent.name)
    return found


@pytest.mark.timeout(600)
def test_the_outage_is_alerted_once_and_the_joke_is_not(tmp_path):
    page = tmp_path / "page.html"
    done = subprocess.run(
        [*SIAGA, "demo", "--html", str(page)], env=ENV, capture_output=True, text=True, timeout=540
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "The outage was alerted once" in done.stdout
    assert re.search(r"opened +info", done.stdout)  # the joke was seen
    alerts = [line for line in done.stdout.splitlines() if "ALERT:" in line]
    assert "Warning" in alerts[0] or "Critical" in alerts[0]
    assert "over" in alerts[-1]
    html = page.read_text()
    assert "<svg" in html
    assert not re.search(r"""(?:src|href)=["']?https?:""", html)


def test_own_posts_are_replayed_and_ctrl_c_ends_everything(tmp_path):
    before = workers()
    posts = str(ROOT / "examples" / "posts.jsonl")
    command = [*SIAGA, "demo", "--posts", posts, "--config", str(ROOT / "config"), "--lang", "id", "--keep"]
    command += ["--html", str(tmp_path / "page.html")]
    process = subprocess.Popen(
        command,
        env=ENV,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                break
        assert workers() - before
    finally:
        process.send_signal(signal.SIGINT)  # nothing is left behind, whatever failed
        rest, errors = process.communicate(timeout=90)
    assert process.returncode == 130, "".join(said) + rest + errors
    deadline = time.monotonic() + 30
    while (left := workers() - before) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left
    assert "PERINGATAN: " in "".join(said)
