from __future__ import annotations

import msgspec
import pytest
from click.testing import CliRunner

from agents.backtest.past import summaries
from agents.command_line import siaga
from detector.codec import from_json, pretty_json, to_json
from detector.incident_record import Change
from tests.mention_logs import crisis_log, replay
from tests.unit.agents.test_backtest import crisis


@pytest.fixture(scope="module")
def revisions():
    return replay(crisis_log(1))[1].revisions


@pytest.fixture
def run():
    return lambda data, *words: CliRunner().invoke(siaga, ["verify", *(words or ["-"])], input=data)


def test_one_line_says_what_was_checked(run, revisions):
    result = run(to_json(revisions[0]))
    assert result.exit_code == 0, result.stderr
    first, *checks = result.stdout.splitlines()
    assert first == f"{revisions[0].id} revision 1 (opened): agrees"
    assert all(line.startswith("  ok   ") for line in checks)
    assert checks[-1].startswith("  ok   verdict   ")


@pytest.mark.parametrize(
    "layout",
    [
        lambda found: b"\n".join(map(to_json, found)),
        to_json,
        lambda found: pretty_json({"revisions": found}).encode(),
        lambda found: pretty_json({"incidents": summaries(found), "revisions": found}).encode(),
    ],
)
def test_whatever_the_layout_all_revisions_are_checked(run, revisions, layout):
    result = run(layout(revisions), "-", "--json")
    assert result.exit_code == 0, result.stderr
    document = from_json(result.stdout, list)
    assert [one["revision"] for one in document] == [r.revision for r in revisions]
    assert all(one["holds"] for one in document)


def test_what_disagrees_ends_with_65(run, revisions):
    damaged = to_json(revisions[0]).replace(b'"observed":', b'"observed":1', 1)
    result = run(damaged)
    assert result.exit_code == 65
    assert result.stdout.splitlines()[0].endswith("DISAGREES")
    assert "  WRONG ratio" in result.stdout


LATENESS_MS = 300_000


def backtest(found, incidents, **more) -> bytes:
    """Return the document of a backtest."""
    return to_json({"allowed_lateness": "5m", "incidents": incidents, "revisions": found, **more})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("score", 99),
        ("posts", 10**6),
        ("reason", "x"),
        ("resolved_at", None),
        ("detected_at", "x"),
        ("alarms", ()),
    ],
)
def test_a_summary_that_does_not_follow_from_its_revisions_ends_with_65(run, revisions, field, value):
    first, *others = summaries(revisions, LATENESS_MS)
    whole = run(backtest(revisions, [first, *others]))
    assert whole.exit_code == 0, whole.stdout
    assert whole.stdout.count("ok   summary") == len(others) + 1
    changed = run(backtest(revisions, [msgspec.structs.replace(first, **{field: value}), *others]))
    assert changed.exit_code == 65
    assert f"WRONG summary   {field}: got " in changed.stdout
    without = run(backtest(revisions, others))
    assert "WRONG summary   got none; expected this incident" in without.stdout


def test_a_summary_without_a_revision_ends_with_65(run, revisions):
    first, *_ = summaries(revisions, LATENESS_MS)
    result = run(backtest(revisions, [msgspec.structs.replace(first, id="other")]))
    assert (result.exit_code, result.stdout) == (65, "")
    assert result.stderr.startswith(
        "siaga: -: no backtest: got a summary of other without any revision of it"
    )


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("updated_at", "soon", "does not follow from the revisions: not a time: got 'soon'"),
        ("change", Change.RESOLVED, "got no alarm among its revisions; expected its opening"),
    ],
)
def test_a_summary_of_a_broken_revision_is_wrong_and_the_rest_is_checked(run, revisions, field, value, text):
    broken = msgspec.structs.replace(revisions[0], **{field: value})
    result = run(backtest([broken], summaries(revisions[:1], LATENESS_MS)))
    assert result.exit_code == 65
    assert f"WRONG summary   {text}" in result.stdout


def test_what_a_backtest_writes_is_true(run, tmp_path):
    (tmp_path / "brands.yml").write_text("brands: {biznet: {name: Biznet, aliases: [biznet]}}")
    wanted = ["backtest", "-", "--config", str(tmp_path), "--json", "-"]
    document = CliRunner().invoke(siaga, wanted, input=crisis()).stdout
    assert from_json(document, dict)["incidents"]
    assert run(document).exit_code == 0


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"no json", b'{"revisions":[]}'])
def test_what_is_no_incident_ends_with_65_and_one_line(run, data):
    result = run(data)
    assert result.exit_code == 65
    assert result.stderr.startswith("siaga: -: no incident: ")
    assert len(result.stderr.splitlines()) == 1


def test_neither_a_file_nor_an_id(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SIAGA_CONFIG", str(tmp_path))
    (tmp_path / "brands.yml").write_text("brands: {b: {name: B, aliases: [b]}}")
    result = run(b"", "nothing.json")
    assert result.exit_code == 65
    assert "neither a file nor an id: got 'nothing.json'" in result.stderr
