"""Real posts in time order through `siaga topics`, `worker` and `send`: incidents reach a webhook."""

import csv
import json
import re

import pytest

from detector.clock import from_rfc3339
from tests.integration.installation import Installation, installed, wait_for
from tests.integration.recount import recount, wait_until_closed

BRANDS = {
    "biznet": {"name": "Biznet", "aliases": ["biznet"]},
    "spotifycares": {"name": "SpotifyCares", "aliases": ["spotifycares"]},
    "jetblue": {"name": "JetBlue", "aliases": ["jetblue"]},
    "southwest": {"name": "Southwest", "aliases": ["southwestair", "southwest"]},
    "united": {"name": "United", "aliases": ["united"]},
    "american": {"name": "American", "aliases": ["americanair"]},
    "us-airways": {"name": "US Airways", "aliases": ["usairways", "us airways"]},
    "virgin-america": {"name": "Virgin America", "aliases": ["virginamerica"]},
}
STREAMS = {
    "airline": "airline_2015-02-17_21.csv",
    "biznet": "biznet_2025-06-19_07-31_id.csv",
    "spotify": "spotify_2017-10.csv",
}


WORDS = {
    key: re.compile("|".join(rf"(?<!\w){re.escape(alias)}(?!\w)" for alias in brand["aliases"]), re.I)
    for key, brand in BRANDS.items()
}
NAMES = {brand["name"]: key for key, brand in BRANDS.items()}


def brands_of(post: dict) -> set[str]:
    """Return the brands of a post by plain regular expressions, and those that the stream's column says."""
    named = {NAMES[name] for name in post.get("brands", ()) if name in NAMES}
    return named | {key for key, words in WORDS.items() if words.search(post["text"])}


@pytest.mark.parametrize("name", STREAMS)
def test_every_post_is_accounted_for_and_crises_are_told(kafka, prefix, tmp_path, shared, name):
    stream = shared / "data" / "streams" / STREAMS[name]
    rows = list(csv.DictReader(stream.open(newline="")))
    options = {"brands": BRANDS, "allowed_lateness": "5m", "session_timeout": "20s"}
    with installed(kafka.bootstrap, prefix, tmp_path, **options) as siaga:
        siaga.worker()
        siaga.command("send", str(stream))
        last = max(from_rfc3339(row["ts"]) for row in rows)
        siaga.close_minutes(last)
        wait_until_closed(siaga, last)
        found = recount(siaga, brands_of)
        assert found.sent == len(rows) + 4
        assert found.rejected == {}
        assert found.sent == found.duplicate + found.unmatched + found.matched
        assert found.counted + found.late == found.expected
        assert sum(found.late.values()) < len(rows) / 100
        told = incidents(siaga, name)
        print(name, found.matched, sum(found.late.values()), told)
        if name == "biznet":
            assert any(opened.startswith("2025-07-21T1") for _, opened, _ in told)
        elif name == "airline":
            assert len({brand for brand, _, _ in told}) >= 2


def incidents(siaga: Installation, name: str) -> list[tuple[str, str, str]]:
    """Return brand, opening and severity of the incidents, once the webhook was told of what it should be.

    Days are replayed in seconds: one that is over before its opening could be sent is not told any more.
    """
    newest: dict[str, dict] = {}

    def all_told() -> bool:
        revisions = [json.loads(r.value) for r in siaga.records("incidents") if r.value]
        newest.update({one["id"]: one for one in sorted(revisions, key=lambda one: one["revision"])})
        told = {alert["id"] for alert in siaga.webhook.received}
        assert told <= set(newest)
        return all(id_ in told or one["state"] == "resolved" for id_, one in newest.items())

    wait_for("all incidents at the webhook", all_told, 30, every_s=0.5)
    assert siaga.webhook.received or not newest
    return sorted((a["brand"], a["opened_at"], a["severity"]) for a in newest.values())
