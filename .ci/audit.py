"""Are there known faults in what requirements.lock names? `make audit`.

Ends with 1 on a known fault; with 0 and a clear line when the service that knows cannot be asked.
"""

from __future__ import annotations

import json  # noqa: TID251 - runs without siaga, in an environment of its own
import subprocess
import sys
from typing import Any

COMMAND = ("--disable-pip", "--require-hashes", "-r", "requirements.lock", "--format", "json")


def judge(report: dict[str, Any] | None, said: str) -> tuple[list[str], int]:
    """Return the lines to print and the exit code, given pip-audit's JSON, or None and what it said."""
    if report is None:
        last = (said.strip().splitlines() or ["nothing"])[-1]
        return [f"NOT AUDITED: pip-audit gave no report; it said: {last[:200]}"], 0
    found, left_out, asked = [], [], 0
    for one in report["dependencies"]:
        if "skip_reason" in one:
            left_out.append(one["name"])
            continue
        asked += 1
        for fault in one["vulns"]:
            mended = ", ".join(fault["fix_versions"]) or "no release"
            found.append(f"{one['name']} {one['version']}: {fault['id']}; mended in {mended}")
    if found:
        return [*found, f"{len(found)} known faults: raise the bounds in pyproject.toml, then `make lock`"], 1
    if not asked:
        return [
            "NOT AUDITED: the service of known faults cannot be reached from here; run it where it can"
        ], 0
    lines = [f"no known fault in {asked} packages"]
    if left_out:
        lines.append(f"NOT AUDITED, as the service does not know them: {', '.join(left_out)}")
    return lines, 0


def main() -> int:
    """Ask pip-audit and print what follows."""
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--timeout", "10", *COMMAND]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        report, said = (json.loads(done.stdout) if done.stdout.strip() else None), done.stderr
    except (subprocess.TimeoutExpired, json.JSONDecodeError) as error:
        report, said = None, str(error)
    lines, code = judge(report, said)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
