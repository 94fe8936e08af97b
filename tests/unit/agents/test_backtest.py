from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.backtest.choice import choose
from agents.backtest.counts import replay_counts
from agents.backtest.past import summaries
from agents.command_line import siaga
from agents.settings import load_settings
from agents.sources.files import Count
from detector.clock import MINUTE_MS, from_rfc3339, to_rfc3339
from detector.codec import from_json, to_json
from detector.severity import Severity
from detector.spike import Signal

START = from_rfc3339("2025-07-01T00:00:00Z")


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIAGA_CONFIG", raising=False)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/brands.yml").write_text("brands: {biznet: {name: Biznet, aliases: [biznet]}}")
    return tmp_path


@pytest.fixture
def backtest(config):
    return lambda *args, **kwargs: CliRunner().invoke(siaga, ["backtest", *args], **kwargs)


def default():
    return choose("default", load_settings("config", {}))


def crisis() -> bytes:
    """Two quiet days, one post an hour; then forty angry people within ten minutes; then two quiet hours."""
    quiet = [(START + hour * 60 * MINUTE_MS, "pakai biznet", f"q{hour}") for hour in range(48)]
    begin = START + 48 * 60 * MINUTE_MS
    angry = [
        (begin + i * 15_000, f"biznet mati total di {place} {street}, kecewa parah!", f"a{i}")
        for i, (place, street) in enumerate(product(("depok", "bogor", "bekasi", "solo"), "abcdefghij"))
    ]
    after = [(begin + hour * 60 * MINUTE_MS, "biznet", f"z{hour}") for hour in range(1, 4)]
    posts = [
        {"platform": "x", "id": str(i), "created_at": at, "text": text, "author": {"id": author}}
        for i, (at, text, author) in enumerate(quiet + angry + after)
    ]
    return b"".join(to_json(post) + b"\n" for post in posts)


def test_a_crisis_in_posts(backtest):
    result = backtest("-", "--json", "-", input=crisis())
    assert result.exit_code == 0, result.stderr
    document = from_json(result.stdout, dict)
    (incident,) = document["incidents"]
    assert (incident["brand"], incident["opened_at"]) == ("biznet", "2025-07-03T00:01:00Z")
    assert incident["resolved_at"] is not None
    assert incident["severity"] in ("warning", "critical")
    assert document["posts"] == {"read": 91, "rejected": 0, "unmatched": 0, "matched": 91}
    assert document["mentions"] == {"counted": 91, "duplicate": 0, "late": 0}
    assert document["brand_weeks"] == pytest.approx(51 / 168, rel=0.01)
    assert document["alarms"] >= 1


def test_the_same_input_gives_the_same_bytes(backtest):
    first, second = (backtest("-", "--json", "-", input=crisis()).stdout for _ in range(2))
    assert first == second


def test_people_read_a_line_an_incident(backtest, config):
    (config / "posts.jsonl").write_bytes(crisis())
    result = backtest("posts.jsonl")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("2025-07-03T00:01:00Z  ")
    assert lines[-3].startswith("incidents: 1, alarms: ")
    assert lines[-2] == "posts: 91 read, 0 rejected, 0 unmatched, 91 matched"
    assert lines[-1] == "mentions: 91 counted, 0 duplicate, 0 late"


def test_several_files_are_one_stream(backtest, config):
    lines = crisis().splitlines(keepends=True)
    (config / "a.jsonl").write_bytes(b"".join(lines[:60]))
    (config / "b.jsonl").write_bytes(b"".join(lines[60:]))
    whole = backtest("-", "--json", "-", input=crisis()).stdout
    assert backtest("a.jsonl", "b.jsonl", "--json", "-").stdout == whole


def test_refused_posts_end_with_65(backtest):
    result = backtest("-", input=crisis() + b"{}\n")
    assert result.exit_code == 65
    assert "posts: 92 read, 1 rejected (missing_field 1), 0 unmatched" in result.stdout
    assert result.stderr.startswith("-: line 92: missing_field: ")
    assert len(result.stderr.splitlines()) == 1


def test_what_is_refused_names_its_file_and_line_in_the_order_of_the_files(backtest, config):
    lines = crisis().splitlines(keepends=True)
    (config / "a.jsonl").write_bytes(b"".join(lines[50:]) + b"{}\n")
    (config / "b.csv").write_bytes(b'created_at,text\n2025-07-01T00:00:00Z,"biznet\n' + b"soon,x\n" * 6)
    result = backtest("a.jsonl", "b.csv", "--json", "-", "--compare", "zscore")
    assert result.exit_code == 65
    shown = [line.rpartition(": ")[0] for line in result.stderr.splitlines()]
    assert "a.jsonl: line 42: missing_field" in shown
    assert result.stderr.count("b.csv: line ") == 4
    assert "b.csv: line 2: bad_json: a quote that opens here is not closed" in result.stderr
    assert from_json(result.stdout, dict)["refused"] == {"bad_json": 1, "bad_time": 6, "missing_field": 1}


def test_what_is_refused_puts_nothing_out_of_order(backtest):
    first, *others = crisis().splitlines(keepends=True)
    future = to_json({"platform": "x", "id": "f", "created_at": 4 * 10**12, "text": "biznet"}) + b"\n"
    no_text = to_json({"platform": "x", "id": "t", "created_at": START - 10**9}) + b"\n"
    result = backtest("-", "--json", "-", input=future + first + no_text + b"".join(others))
    assert "order" not in result.stderr
    whole = from_json(backtest("-", "--json", "-", input=first + b"".join(others)).stdout, dict)
    found = from_json(result.stdout, dict)
    assert found["refused"] == {"in_future": 1, "missing_field": 1}
    assert found["revisions"] == whole["revisions"]


def test_csv(backtest):
    result = backtest("-", input="ts,text\n2025-07-21T15:05:00Z,biznet lemot\n")
    assert result.exit_code == 0
    assert "posts: 1 read, 0 rejected, 0 unmatched, 1 matched" in result.stdout


def volume(spike_at: int = 700, length: int = 800) -> list[Count]:
    return [
        Count(START + i * 5 * MINUTE_MS, 80.0 if spike_at <= i < spike_at + 3 else 3.0 + i % 3)
        for i in range(length)
    ]


def test_counts(backtest, config):
    rows = [f"{to_rfc3339(c.at)},{c.value:g}" for c in volume()]
    (config / "My Volume.csv").write_text("\n".join(["timestamp,value", *rows]))
    result = backtest("My Volume.csv", "--counts", "total", "--json", "out.json")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "counts: 800 intervals"
    document = from_json((config / "out.json").read_text(), dict)
    (incident,) = document["incidents"]
    assert (incident["brand"], incident["severity"]) == ("my-volume", "info")
    assert incident["opened_at"] == to_rfc3339(START + 700 * 5 * MINUTE_MS)
    assert document["intervals"] == 800


def test_what_the_mute_and_the_budget_keep_back_is_listed(backtest, config):
    counts = [
        Count(c.at, {700: 80.0, 760: 120.0}.get(i, c.value)) for i, c in enumerate(volume(spike_at=10**6))
    ]
    rows = [f"{to_rfc3339(c.at)},{c.value:g}" for c in counts]
    (config / "volume.csv").write_text("\n".join(["timestamp,value", *rows]))
    shown = backtest("volume.csv", "--counts", "total", "--html", "page.html").stdout.splitlines()
    head = shown.index("kept back: 1 alarms by the mute, 0 by the budget")
    at = to_rfc3339(START + 760 * 5 * MINUTE_MS)
    assert shown[head + 1].startswith(f"  {at}  volume  total_count 128 in 15 min (")
    assert shown[head + 1].endswith(
        "an alarm had gone out not long before, and this was neither worse nor larger"
    )
    assert "Alarms kept back" in (config / "page.html").read_text()
    document = from_json(backtest("volume.csv", "--counts", "total", "--json", "-").stdout, dict)
    assert [one["hold"] for one in document["kept_back"]] == ["muted"]


def test_counts_of_negatives_can_be_a_crisis(config):
    past = replay_counts(volume(), "b", Signal.NEGATIVE_COUNT, default())
    (incident,) = summaries(past.revisions)
    assert incident.severity is not Severity.INFO
    assert len(past.alarms) >= 1


def test_an_outage_of_the_source_is_no_zero(config):
    """After a day without rows the usual volume is as usual as before."""
    counts = [
        c if i < 400 else Count(c.at + 24 * 60 * MINUTE_MS, c.value) for i, c in enumerate(volume(2000))
    ]
    assert replay_counts(counts, "b", Signal.TOTAL_COUNT, default()).revisions == []


def test_no_counts_at_all(backtest):
    result = backtest("-", input="timestamp,value\n")
    assert (result.exit_code, result.stdout) == (0, "incidents: 0, alarms: 0\n")


def test_counts_out_of_order_end_with_65_and_one_line(backtest):
    result = backtest("-", input="timestamp,value\n2025-07-21 15:05:00,1\n2025-07-21 15:00:00,1\n")
    assert result.exit_code == 65
    assert result.stderr == (
        "siaga: -: line 3: not in time order: got 2025-07-21 15:00:00; expected it after the line before; "
        "sort the file\n"
    )


def test_the_indonesian_outage(shared, config, backtest):
    path = next(Path(shared / "data/streams").glob("biznet*.csv"))
    document = from_json(backtest(str(path), "--json", "-").stdout, dict)
    assert [i["opened_at"] for i in document["incidents"]] == ["2025-07-21T15:05:00Z"]


def write_volume(path: Path) -> None:
    rows = [f"{to_rfc3339(c.at)},{c.value:g}" for c in volume()]
    path.write_text("\n".join(["timestamp,value", *rows]))


def test_rows_have_a_score_only_where_an_alarm_goes_out(backtest, config):
    write_volume(config / "volume.csv")
    result = backtest("volume.csv", "--counts", "total", "--rows", "rows.csv", "--json", "out.json")
    assert result.exit_code == 0, result.stderr
    rows = list(csv.DictReader((config / "rows.csv").open()))
    assert list(rows[0]) == ["timestamp", "value", "anomaly_score", "alarm"]
    assert [row["timestamp"] for row in rows] == [to_rfc3339(c.at) for c in volume()]
    alarms = [row for row in rows if row["alarm"] == "1"]
    assert [row["timestamp"] for row in alarms] == [to_rfc3339(START + 700 * 5 * MINUTE_MS)]
    assert 0.6 <= float(alarms[0]["anomaly_score"]) <= 1
    assert {row["anomaly_score"] for row in rows if row["alarm"] == "0"} == {"0"}


def test_rows_of_posts_say_which_post_called(backtest, config):
    (config / "posts.jsonl").write_bytes(crisis() + b"{}\n")
    result = backtest("posts.jsonl", "--rows", "rows/", "--json", "out.json")
    assert result.exit_code == 65
    rows = list(csv.DictReader((config / "rows/posts.csv").open()))
    assert [row["value"] for row in rows] == ["1"] * 91 + ["0"]
    assert rows[-1]["timestamp"] == ""
    document = from_json((config / "out.json").read_text(), dict)
    called = [row["timestamp"][:16] for row in rows if row["alarm"] == "1"]
    assert called == [alarm[:16] for alarm in document["incidents"][0]["alarms"]]


def test_rows_one_by_one_change_nothing(backtest, config):
    (config / "posts.jsonl").write_bytes(crisis())
    whole = backtest("posts.jsonl", "--json", "-").stdout
    assert backtest("posts.jsonl", "--json", "-", "--rows", "rows.csv").stdout == whole


def test_rows_of_two_series_need_a_folder(backtest, config):
    write_volume(config / "a.csv")
    write_volume(config / "b.csv")
    result = backtest("a.csv", "b.csv", "--rows", "rows.csv")
    assert result.exit_code == 64
    assert result.stderr.endswith("got --rows rows.csv; expected a folder; end it with /\n")
    assert backtest("a.csv", "b.csv", "--rows", "rows/").exit_code == 0
    assert sorted(path.name for path in (config / "rows").iterdir()) == ["a.csv", "b.csv"]


def test_labels_are_hit_missed_or_alarms_are_false(backtest, config):
    (config / "posts.jsonl").write_bytes(crisis())
    labels = {
        "biznet": ["2025-07-03T00:30:00Z", ["2025-07-02T01:00:00", "2025-07-02T02:00:00"]],
        "other/posts.jsonl": [],
        "acme": ["2025-07-03T00:30:00Z"],
    }
    (config / "labels.json").write_bytes(b"\xef\xbb\xbf" + to_json(labels))
    result = backtest("posts.jsonl", "--labels", "labels.json", "--json", "out.json")
    assert result.stderr == "labels of what is not in the input: acme\n"
    found = from_json((config / "out.json").read_text(), dict)["labels"]
    by_brand, by_file = found["judged"]
    assert by_brand["labels"][0]["alarm"] == "2025-07-03T00:01:00Z"
    assert (by_brand["labels"][0]["lead_min"], by_brand["labels"][1]["alarm"]) == (29, None)
    assert by_brand["false_alarms"] == []
    assert by_file["false_alarms"][0] == "2025-07-03T00:01:00Z"
    assert (found["total"]["labels"], found["total"]["hits"], found["total"]["misses"]) == (2, 1, 1)
    assert found["total"]["median_lead_min"] == 29
    assert "biznet: 2025-07-03T00:30:00Z: hit at 2025-07-03T00:01:00Z, 29 min before" in result.stdout
    near = backtest("posts.jsonl", "--labels", "labels.json", "--near", "20m", "--json", "-").stdout
    assert from_json(near, dict)["labels"]["total"]["hits"] == 0


def test_labels_outside_the_time_of_the_input_are_said_and_are_no_misses(backtest, config):
    (config / "posts.jsonl").write_bytes(crisis())
    outside = ["1999-01-01T00:00:00Z", ["2031-01-01T00:00:00Z", "2031-01-02T00:00:00Z"]]
    touching = ["2025-07-03T00:30:00Z", ["1999-01-01T00:00:00Z", "2031-01-01T00:00:00Z"]]
    (config / "labels.json").write_bytes(to_json({"biznet": outside + touching}))
    result = backtest("posts.jsonl", "--labels", "labels.json")
    assert result.stderr == (
        "labels of what is not in the input: biznet at 1999-01-01T00:00:00Z, "
        "biznet at 2031-01-01T00:00:00Z to 2031-01-02T00:00:00Z\n"
    )
    assert "labels: 2 of 2 hit, 0 missed" in result.stdout
    write_volume(config / "a.csv")
    (config / "labels.json").write_bytes(to_json({"a.csv": outside}))
    result = backtest("a.csv", "--labels", "labels.json")
    assert result.stderr.count("a.csv at ") == 2
    assert "labels: 0 of 0 hit, 0 missed" in result.stdout


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (b"[]", "no labels: got bad JSON (Expected `object`, got `array`)"),
        (b'{"a": [7]}', "label of a: got 7; expected a time, or a list of two"),
        (
            b'{"a": ["soon"]}',
            "not a time: got 'soon'; expected RFC 3339 such as 2025-07-21T15:05:00Z; correct the",
        ),
        (b'{"a": ["1969-07-20T20:17"]}', "time out of range: got 1969-07-20T20:17; expected 1970 to 9999"),
        (b'\xef\xbb\xbf{"a": [], "a": []}', "key given twice: got a more than once; expected all"),
        (b'{"a": [["2025-07-03 01:00", "2025-07-03 00:00"]]}', "label of a: got an end before its begin"),
    ],
)
def test_bad_labels_end_with_65_and_say_why(backtest, config, labels, text):
    (config / "labels.json").write_bytes(labels)
    result = backtest("-", "--labels", "labels.json", input=crisis())
    assert result.exit_code == 65
    assert result.stderr.startswith(f"siaga: labels.json: {text}")
    assert result.stderr.endswith("; correct the file\n")


def test_posts_in_any_order_are_sorted_first_and_it_is_said(backtest, config):
    lines = crisis().splitlines(keepends=True)
    whole = backtest("-", "--json", "-", input=crisis())
    assert whole.stderr == ""
    backwards = b"".join(reversed(lines))
    result = backtest("-", "--json", "-", input=backwards)
    assert result.stdout == whole.stdout
    assert result.stderr.startswith(
        "not in time order: 90 of 91 posts are older than one before them, by up to "
    )
    given = from_json(backtest("-", "--as-given", "--json", "-", input=backwards).stdout, dict)
    assert given["mentions"]["late"] > 40


def test_a_second_configuration_side_by_side(backtest, config):
    (config / "posts.jsonl").write_bytes(crisis())
    (config / "numb.yml").write_text("detector: {min_count: 100}")
    result = backtest("posts.jsonl", "--compare", "numb.yml", "--compare", "zscore", "--json", "out.json")
    assert result.exit_code == 0, result.stderr
    document = from_json((config / "out.json").read_text(), dict)
    assert [one["name"] for one in document["compared"]] == ["numb.yml", "zscore"]
    assert document["compared"][0]["incidents"] == []
    table = result.stdout.splitlines()
    assert next(line for line in table if line.startswith("incidents  ")).split()[1:3] == ["1", "0"]


def test_nothing_to_compare_with(backtest, config):
    result = backtest("-", "--compare", "nothing.yml", input=b"")
    assert result.exit_code == 64
    assert "got 'nothing.yml'; expected a detector.yml or one of default, zscore, last_hour" in result.stderr


def test_errors_of_the_other_configuration_name_its_file(backtest, config):
    (config / "other.yml").write_text("detector: {min_count: 0}")
    result = backtest("-", "--compare", "other.yml", input=b"")
    assert result.exit_code == 78
    assert "other.yml: detector.min_count" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--rows", "posts.jsonl"),
        ("--rows", "./"),
        ("--html", "./posts.jsonl"),
        ("--html", "a", "--json", "a"),
        ("--rows", "-", "--json", "-"),
    ],
)
def test_no_output_writes_over_an_input_or_another_output(backtest, config, options):
    file = config / "posts.jsonl"
    file.write_bytes(crisis())
    done = backtest(file.name, *options)
    assert done.exit_code == 64
    assert "would write " in done.output
    assert file.read_bytes() == crisis()
