"""The benchmark runs and prints its figures; a small form of it, so no figure is judged."""

import json
import re

from bench import end_to_end


# It starts a broker of its own; the mark makes it wait for Java like every test on a real broker.
def test_a_small_run_prints_and_writes_its_figures(own_broker, tmp_path, capsys):
    path = tmp_path / "figures.json"
    end_to_end.main(
        f"--posts 3000 --scorers vader --per-record 1 --runs 1 --json {path}".split(),
    )
    printed = capsys.readouterr().out
    assert re.search(r"posts per CPU-second, vader, 1 a record: \d+ \(at least 35000\)", printed)
    figures = json.loads(path.read_text())
    (line,) = figures["end_to_end"]
    assert line["posts_per_cpu_s"] > 0
    assert line["late"] == 0
    assert set(figures["stages_us"]["vader"]) >= {"decode", "match", "score", "encode", "decide", "state"}
