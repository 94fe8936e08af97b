"""What `make audit` makes of pip-audit's report: a fault fails, silence is said and does not."""

import importlib.util
from pathlib import Path

SPEC = importlib.util.spec_from_file_location("audit", Path(__file__).parents[2] / ".ci/audit.py")
audit = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(audit)

GOOD = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"], "aliases": []}]}
UNKNOWN = {"name": "c", "skip_reason": "not found"}


def test_a_known_fault_fails_and_says_what_mends_it():
    lines, code = audit.judge({"dependencies": [GOOD, BAD, UNKNOWN]}, "")
    assert (lines[0], code) == ("b 2: CVE-1; mended in 3", 1)


def test_without_a_fault_it_says_what_was_asked_and_what_was_not():
    assert audit.judge({"dependencies": [GOOD]}, "") == (["no known fault in 1 packages"], 0)
    lines, code = audit.judge({"dependencies": [GOOD, UNKNOWN]}, "")
    assert (code, lines[1]) == (0, "NOT AUDITED, as the service does not know them: c")


def test_a_service_that_cannot_be_asked_is_no_fault_and_no_all_clear():
    for report, said in ((None, "x\nConnectionError: y\n"), ({"dependencies": [UNKNOWN]}, ""), (None, "")):
        (line,), code = audit.judge(report, said)
        assert line.startswith("NOT AUDITED: ")
        assert code == 0
