"""What the product promises on simulated posts, over many seeds: in memory, no Kafka."""

from pathlib import Path

import pytest

from agents.assembly import detectors_of, new_reader
from agents.settings import load_settings
from agents.simulation.draft import NATURAL_MIX, Voice
from agents.simulation.names import DEFAULT_BRAND, names_of
from agents.simulation.plan import STORY_MS, Kind, Request
from agents.simulation.season import DAY_MS, HOUR_MS
from agents.simulation.simulate import Simulation
from detector.clock import MINUTE_MS, from_rfc3339
from detector.incident import Change, Incident
from detector.pipeline import Pipeline
from detector.severity import Severity

# Three seconds of work a story, but several at once where tests run beside others.
pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).parents[2]
START = from_rfc3339("2025-06-02T00:00:00+07:00")
VOICE = Voice(names_of(DEFAULT_BRAND), NATURAL_MIX)
CONFIG = load_settings(str(ROOT / "config"), {"SIAGA_PSEUDONYM_KEY": "0123456789abcdef"})


def told(kind: Kind, seed: int, duration: int) -> tuple[list[Incident], dict[str, int]]:
    """Return the revisions that a simulation leads to, and when each of its events began."""
    simulation = Simulation(Request(kind, START, duration), seed, DEFAULT_BRAND.key, VOICE)
    pipeline = Pipeline(
        new_reader(CONFIG, 1),
        detectors_of(CONFIG),
        CONFIG.incident_settings,
        int(CONFIG.detector.allowed_lateness),
    )
    now = START + 30 * DAY_MS
    for line in simulation.lines():
        pipeline.send(line, now)
    pipeline.finish(now)
    streams = simulation.truth()["streams"]
    assert isinstance(streams, list)
    return pipeline.outcome.revisions, {
        s["name"]: from_rfc3339(s["onset_at"]) for s in streams if "onset_at" in s
    }


def opened_within(revisions: list[Incident], began: int) -> list[Incident]:
    """Return the revisions of incidents that opened during an event, which lasts five hours and a half."""
    return [r for r in revisions if 0 <= from_rfc3339(r.opened_at) - began < 6 * HOUR_MS]


@pytest.mark.parametrize("seed", range(10))
def test_the_outage_is_caught_and_the_joke_is_info(seed: int) -> None:
    revisions, began = told("story", seed, STORY_MS)
    of_joke = opened_within(revisions, began["joke"])
    of_outage = opened_within(revisions, began["crisis"])
    others = {r.id for r in revisions} - {r.id for r in of_joke + of_outage}
    assert {r.severity for r in of_joke} <= {Severity.INFO}
    assert Severity.CRITICAL in {r.severity for r in of_outage}
    opened = [r for r in of_outage if r.change is Change.OPENED]
    assert len(opened) == 1, "one outage, one incident"
    assert opened[0].severity is not Severity.INFO
    # A warning of the same day mutes another one: then the outage is told when it is critical.
    muted = any(r.severity is not Severity.INFO for r in revisions if r.id in others)
    assert from_rfc3339(opened[0].opened_at) - began["crisis"] <= (15 if muted else 10) * MINUTE_MS
    assert abs(from_rfc3339(opened[0].onset_at) - began["crisis"]) <= 5 * MINUTE_MS
    assert len(others) <= 1, "hardly anything happened in the weeks before"


@pytest.mark.parametrize("seed", range(10))
def test_a_furious_author_alone_is_never_above_info(seed: int) -> None:
    revisions, _ = told("author", seed, 3 * DAY_MS)
    assert {r.severity for r in revisions} <= {Severity.INFO}
