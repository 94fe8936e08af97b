from __future__ import annotations

import pytest
from click.testing import CliRunner

from agents.command_line import siaga
from agents.commands import send
from agents.errors import UnavailableError
from agents.send_posts import SendPosts
from agents.sources.line import Line
from detector.codec import from_json
from detector.intake import MAX_RECORD_BYTES, read_record

NOW = 1_764_000_000_000


class Outlet:
    """Remembers records; fails at one of them when told to."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.records: list[bytes] = []
        self.finished = False
        self.fail_at = fail_at

    def send(self, value: bytes, posts: int) -> None:
        if len(self.records) == self.fail_at:
            raise UnavailableError("Kafka stopped answering")
        assert len(read_record(value, NOW).accepted) == posts
        self.records.append(value)

    def finish(self) -> None:
        self.finished = True


def post(i: int, at: int = NOW - 60_000, text: str = "halo") -> Line:
    return Line(i, f'{{"platform":"x","id":"{i}","created_at":{at},"text":"{text}"}}'.encode())


@pytest.fixture
def outlet():
    return Outlet()


def sending(outlet, *args, **kwargs):
    return SendPosts(outlet, *args, clock=lambda: NOW, **kwargs)


def test_each_post_is_its_own_record_with_its_own_bytes(outlet):
    work = sending(outlet)
    work.take_all([post(1), post(2)])
    work.finish()
    assert outlet.records == [post(1).data, post(2).data]
    assert outlet.finished
    assert (work.account.read, work.account.sent, work.account.records) == (2, 2, 2)


def test_posts_are_bundled_and_the_rest_is_sent_at_the_end(outlet):
    work = sending(outlet, 2)
    work.take_all([post(1), post(2), post(3)])
    assert len(outlet.records) == 1
    work.finish()
    assert outlet.records == [post(1).data + b"\n" + post(2).data, post(3).data]
    assert (work.account.sent, work.account.records) == (3, 2)


def test_a_bundle_stays_below_the_limit_of_a_record(outlet):
    work = sending(outlet, 10_000)
    work.take_all(post(i, text="x" * 4_000) for i in range(600))
    work.finish()
    assert len(outlet.records) == 3
    assert max(map(len, outlet.records)) <= MAX_RECORD_BYTES
    assert work.account.sent == 600


def test_a_post_over_several_lines_is_one_line_in_a_bundle(outlet):
    work = sending(outlet, 2)
    work.take_all([Line(1, post(1).data.replace(b",", b",\r\n")), post(2)])
    work.finish()
    assert outlet.records[0].count(b"\n") == 1


def test_what_intake_would_reject_is_not_sent(outlet):
    told = []
    work = sending(outlet, refuse=lambda line, rejected: told.append((line.number, str(rejected.reason))))
    work.take_all([post(1), Line(2, b"{}"), Line(3, b"nonsense"), post(4, NOW + 10**7), post(5)])
    work.finish()
    assert outlet.records == [post(1).data, post(5).data]
    assert told == [(2, "missing_field"), (3, "bad_json"), (4, "in_future")]
    assert work.account.refused == {"missing_field": 1, "bad_json": 1, "in_future": 1}
    assert work.account.read == work.account.sent + work.account.refused.total()


def test_disorder_and_long_texts_are_noted(outlet):
    work = sending(outlet)
    work.take_all(
        [post(1, NOW - 1000), post(2, NOW - 9000), post(3, NOW - 1000), post(4, NOW - 500, "x" * 5000)]
    )
    assert (work.account.behind, work.account.behind_ms, work.account.cut) == (1, 8_000, 1)


def test_the_rate_is_kept(outlet):
    now = [100.0]
    work = sending(outlet, rate=10, seconds=lambda: now[0], wait=lambda s: now.__setitem__(0, now[0] + s))
    work.take_all(post(i) for i in range(21))
    assert now[0] == pytest.approx(102.0)


def test_a_failure_ends_the_sending():
    work = sending(Outlet(fail_at=1))
    with pytest.raises(UnavailableError):
        work.take_all([post(1), post(2), post(3)])
    assert work.account.sent == 1


@pytest.mark.parametrize("number", [0, 10_001])
def test_bundles_of_impossible_size(outlet, number):
    with pytest.raises(ValueError, match=f"posts per record: got {number}; expected 1 to 10000; choose"):
        sending(outlet, number)


@pytest.fixture
def run(tmp_path, monkeypatch, outlet):
    """`siaga send` with the outlet above in place of Kafka."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/brands.yml").write_text("brands: {biznet: {name: B, aliases: [biznet]}}")
    real = send._outlet
    monkeypatch.setattr(
        send, "_outlet", lambda settings, wait_s, dry_run: real(settings, wait_s, True) if dry_run else outlet
    )

    def invoke(*args, **kwargs):
        return CliRunner().invoke(siaga, ["send", *args], **kwargs)

    return invoke


GOOD = '{"platform":"x","id":"1","created_at":"2025-07-21T15:05:00Z","text":"halo"}\n'
OLDER = '{"platform":"x","id":"2","created_at":"2025-07-21T15:04:30Z","text":"halo"}\n'


def test_the_command_sends_files_in_order_and_says_how_many(run, outlet, tmp_path):
    (tmp_path / "a.jsonl").write_text(GOOD)
    (tmp_path / "b.csv").write_text("ts,text,mood\n2025-07-21T15:06:00Z,hai,bad\n")
    result = run("a.jsonl", "b.csv", "--platform", "forum")
    assert result.exit_code == 0
    assert result.stdout == "2 sent, 0 refused\n"
    assert result.stderr == "b.csv: columns that nobody reads: mood\n"
    assert [read_record(r, NOW).accepted[0].post.platform for r in outlet.records] == ["x", "forum"]


def test_refused_posts_end_with_65_and_are_kept_on_demand(run, outlet, tmp_path):
    result = run("-", "--rejects", "bad.jsonl", input=GOOD + "{}\n" + GOOD)
    assert result.exit_code == 65
    assert result.stdout == "2 sent, 1 refused (missing_field 1)\n"
    assert result.stderr.startswith("-: line 2: missing_field: ")
    (row,) = [from_json(line, dict) for line in (tmp_path / "bad.jsonl").read_bytes().splitlines()]
    assert {k: row[k] for k in ("file", "line", "reason", "data")} == {
        "file": "-",
        "line": 2,
        "reason": "missing_field",
        "data": "{}",
    }


def test_many_refusals_are_told_once(run):
    result = run("-", input=GOOD + "{}\n" * 50)
    assert len(result.stderr.splitlines()) == 6
    assert result.stderr.splitlines()[-1] == "further refusals are only counted; --rejects FILE keeps all"


def test_disorder_is_a_warning(run):
    result = run("-", input=GOOD + OLDER)
    assert result.exit_code == 0
    assert result.stderr == (
        "warning: not in time order: got 1 posts up to 30s older than one before them; expected at most 5m "
        "(allowed_lateness); sort by created_at, or old ones count as late\n"
    )


def test_a_dry_run_sends_nothing(run, outlet):
    result = run("-", "--dry-run", input=GOOD)
    assert (result.exit_code, result.stdout, outlet.records) == (0, "1 valid, 0 refused\n", [])


def test_json_for_machines(run):
    document = from_json(run("-", "--json", input=GOOD + "x\n").stdout, dict)
    assert document.pop("seconds") >= 0
    assert document == {
        "read": 2,
        "sent": 1,
        "valid": 1,
        "records": 1,
        "refused": {"bad_json": 1},
        "cut": 0,
        "out_of_order": 0,
    }


def test_a_file_that_is_no_posts_ends_with_65_and_one_line(run):
    result = run("-", input="a,b\n")
    assert (result.exit_code, result.stdout) == (65, "")
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("siaga: -: neither JSON nor CSV of posts: got 'a,b';")


def test_what_is_refused_never_goes_into_an_input(run, tmp_path):
    file = tmp_path / "own.jsonl"
    file.write_text(GOOD)
    result = run(str(file), "--dry-run", "--rejects", str(file))
    assert result.exit_code == 64
    assert file.read_text() == GOOD
