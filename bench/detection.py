"""Prints what the detector reaches on public count series and on null streams.

    python bench/detection.py [--data ../shared/data] [--scorer ../shared/bench/nab_score.py] [--skip-null]

The count series run through detector and incident machine minute by minute, as the service does;
nothing is tuned per file. `anomaly_score` is 1 only where an alarm or an escalation goes out.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from detector.clock import MINUTE_MS, Minute, from_rfc3339, to_millis
from detector.codec import from_json
from detector.evidence import Evidence
from detector.incident import Change, IncidentSettings, Watch, on_close, on_verdict
from detector.rank_tail import RankTail
from detector.spike import Detector, Signal
from detector.window import Window

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared"
HIT_MIN = 120
SCORING = ("--only", "realTweets", "--mode", "fixed", "--threshold", "0.5")
WEEK_MIN = 7 * 24 * 60
EVENTS = {
    "2012_Costa_Rica_earthquake": "2012-09-05T14:42:00Z",
    "2013_LA_airport_shootings": "2013-11-01T16:20:00Z",
    "2013_Bohol_earthquake": "2013-10-15T00:12:00Z",
    "2013_West_Texas_explosion": "2013-04-18T00:50:00Z",
}
# What the first prototype of the rule reached (minutes after the event, for the crises).
NAB_REFERENCE = "reference 84.7 / 75.1 / 89.8; .72 false alarms a brand-week, 12 of 15 instants"
CRISIS_REFERENCE = {
    "2012_Costa_Rica_earthquake": 6,
    "2013_LA_airport_shootings": 14,
    "2013_Bohol_earthquake": 16,
    "2013_West_Texas_explosion": 27,
}
NULL_REFERENCE = "reference 0, 0, 0 Poisson; .30, .23, .14 over-dispersed"


def alarms(counts: Iterable[int], start: Minute, detector: Detector) -> Iterator[Minute]:
    """Yield the minutes in which an alarm or an escalation goes out, for posts per minute."""
    settings = IncidentSettings()
    watch = Watch()
    recent = [0] * detector.window_min
    total = 0
    for minute, count in enumerate(counts, start):
        at = minute % detector.window_min
        total += count - recent[at]
        recent[at] = count
        window = Window(minute, detector.window_min, total, 0)
        shown = Evidence(total, 0, 0, total, 0.0, 1.0, 0, 0, {}, {})
        in_incident = watch.incident is not None
        if total >= 7 or in_incident:
            verdict = detector.judge(window)
            for step in _steps(watch, minute, verdict, shown, settings):
                watch = step.watch
                if step.revision and step.revision.change in (Change.OPENED, Change.ESCALATED):
                    yield minute
        detector.learn(window, watch.incident is not None)


def _steps(watch: Watch, minute: Minute, verdict: Any, shown: Evidence, settings: IncidentSettings) -> Any:
    step = on_verdict("brand", watch, verdict, lambda *_: shown, settings)
    yield step
    yield on_close("brand", step.watch, minute, [verdict], lambda *_: shown, settings)


def per_minute(minutes: Sequence[Minute], counts: Sequence[int]) -> tuple[Minute, list[int]]:
    """Return the first minute and the posts of each minute from there to the last."""
    start = min(minutes)
    series = [0] * (max(minutes) - start + 1)
    for minute, count in zip(minutes, counts, strict=True):
        series[minute - start] += count
    return start, series


def nab(data: Path, scorer: Path) -> None:
    labels = from_json((data / "nab/labels/combined_labels.json").read_bytes(), dict[str, list[str]])
    windows = from_json((data / "nab/labels/combined_windows.json").read_bytes(), dict[str, list[list[str]]])
    hits = instants = sent = far = false = 0
    weeks = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((data / "nab/data/realTweets").glob("*.csv")):
            with path.open(newline="") as file:
                rows = [(_minute(row["timestamp"]), int(row["value"])) for row in csv.DictReader(file)]
            minutes = [minute for minute, _ in rows]
            start, series = per_minute(minutes, [count for _, count in rows])
            found = list(alarms(series, start, RankTail(Signal.TOTAL_COUNT)))
            _write_scores(Path(folder) / path.name, minutes, found)
            wanted = [_minute(at) for at in labels[f"realTweets/{path.name}"]]
            near = [[m for m in found if abs(m - at) <= HIT_MIN] for at in wanted]
            hits += sum(1 for ms in near if ms)
            instants += len(wanted)
            sent += len(found)
            far += sum(1 for m in found if all(abs(m - at) > HIT_MIN for at in wanted))
            spans = [(_minute(a), _minute(b)) for a, b in windows[f"realTweets/{path.name}"]]
            false += sum(1 for m in found if not any(a <= m <= b for a, b in spans))
            weeks += len(series) / WEEK_MIN
            print(f"  {path.stem}: {len(found)} alarms, {sum(map(bool, near))} of {len(wanted)} instants")
        print(f"  {NAB_REFERENCE}")
        print(f"  alarms a brand-week {sent / weeks:.2f}; outside the labelled windows {false / weeks:.2f}")
        print(f"  outside ±2 h of the instants {far / weeks:.2f}; instants hit {hits} of {instants}")
        subprocess.run(
            [sys.executable, str(scorer), "--nab", str(data / "nab"), "--scores", folder, *SCORING],
            check=True,
        )


def _write_scores(path: Path, minutes: Sequence[Minute], found: Sequence[Minute]) -> None:
    scores = [0] * len(minutes)
    for minute in found:
        # An alarm belongs to the newest row at that minute.
        scores[int(np.searchsorted(minutes, minute, side="right")) - 1] = 1
    path.write_text("anomaly_score\n" + "".join(f"{score}\n" for score in scores))


def _minute(text: str) -> Minute:
    return to_millis(datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)) // MINUTE_MS


def crisislex(data: Path) -> None:
    for name, event in EVENTS.items():
        path = next((data / "crisislex").glob(f"{name}*.csv"))
        minutes = sorted(_crisis_minutes(path))
        start, series = per_minute(minutes, [1] * len(minutes))
        found = list(alarms(series, start, RankTail(Signal.TOTAL_COUNT)))
        at = from_rfc3339(event) // MINUTE_MS
        before = [at - m for m in found if m < at]
        after = [m - at for m in found if m >= at]
        reference = CRISIS_REFERENCE[name]
        first = f"{after[0]} min after" if after else "missed"
        print(f"  {name}: {first} (reference {reference}), {len(before)} before, {len(found)} in all")


def _crisis_minutes(path: Path) -> Iterator[Minute]:
    with path.open(newline="") as file:
        for row in csv.reader(file):
            if row and row[0][:1].isalpha() and row[0][:3] in _DAYS:
                at = datetime.strptime(row[0].strip(), "%a %b %d %H:%M:%S %z %Y")
                yield to_millis(at) // MINUTE_MS


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def null(brands: int = 10, days: int = 20) -> None:
    print(f"  {NULL_REFERENCE}")
    for rate in (0.2, 2.0, 20.0):
        for kind in ("Poisson", "gamma 4"):
            sent = 0
            for brand in range(brands):
                series = _null_series(np.random.default_rng([brand, int(rate * 10)]), rate, days, kind)
                sent += sum(1 for _ in alarms(series, 24_000_000, RankTail(Signal.TOTAL_COUNT)))
            print(f"  {kind} {rate}/min: {sent / (brands * days / 7):.2f} alarms a brand-week")


def _null_series(random: np.random.Generator, rate: float, days: int, kind: str) -> list[int]:
    minutes = np.arange(days * 1440)
    level = np.full(minutes.size, rate)
    if kind != "Poisson":
        level *= 1 + 0.6 * np.sin(2 * np.pi * minutes / 1440)
        level *= np.where(minutes // 1440 % 7 >= 5, 0.7, 1.0)
        level *= np.repeat(random.gamma(4.0, 0.25, minutes.size // 60), 60)
    counts: list[int] = random.poisson(level).tolist()
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description="what the detector reaches")
    parser.add_argument("--data", type=Path, default=SHARED / "data")
    parser.add_argument("--scorer", type=Path, default=SHARED / "bench" / "nab_score.py")
    parser.add_argument("--skip-null", action="store_true")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(
            f"no data: got {options.data}; expected the folder of public series; pass --data", file=sys.stderr
        )
        sys.exit(65)
    print("NAB realTweets")
    nab(options.data, options.scorer)
    print("CrisisLex, cold start")
    crisislex(options.data)
    if not options.skip_null:
        print("null streams")
        null()


if __name__ == "__main__":
    main()
