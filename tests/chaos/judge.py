"""Judges a run by its topics: posts counted once, the incidents of an undisturbed run, all of them told."""

import time
from collections import Counter, defaultdict
from datetime import datetime

from agents.assembly import new_reader, new_shard
from agents.settings import Settings, load_settings
from detector.codec import from_json, to_json
from detector.incident_record import Incident
from detector.mention import unpack
from detector.pipeline import Pipeline
from tests.chaos.load import brands_of
from tests.integration.installation import Installation, wait_for
from tests.integration.recount import Recount, headers_of, recount, wait_until_closed

Revision = tuple[str, int]
WINDOW_MS = 15 * 60_000


def assert_exact(siaga: Installation, sent: list[dict], *, close_s: float = 180.0) -> Recount:
    """Close all minutes, and compare everything with what was sent."""
    close(siaga, sent, close_s)
    found = recount(siaga, brands_of)
    assert found.sent == len(sent) + 4
    assert found.rejected == {}
    assert found.sent == found.duplicate + found.unmatched + found.matched
    assert found.late == {}
    assert found.counted == found.expected
    assert_told(siaga, assert_incidents(siaga, sent))
    assert_committed(siaga)
    return found


def close(siaga: Installation, sent: list[dict], close_s: float = 180.0) -> None:
    """Send what closes all minutes of the posts, and wait until they are closed and saved."""
    last = max(post["created_at"] for post in sent)
    siaga.close_minutes(last)
    wait_until_closed(siaga, last, close_s)


def assert_incidents(siaga: Installation, sent: list[dict]) -> dict[Revision, bytes]:
    """Compare the incidents with those that the log of mentions means, and with those of a calm run."""
    found = assert_meant(siaga)
    assert_like_a_calm_run(siaga, sent, found)
    return found


def assert_meant(siaga: Installation) -> dict[Revision, bytes]:
    """Compare the incidents with those that the log of mentions means, and return them."""
    found, meant = incidents_of(siaga), replayed(siaga)
    if found.keys() != meant.keys():
        # Both are still written to, and are read one after the other.
        time.sleep(5)
        found, meant = incidents_of(siaga), replayed(siaga)
    assert differences(found, meant) == []
    return found


def incidents_of(siaga: Installation) -> dict[Revision, bytes]:
    """Return the bytes of each revision; one that was sent twice must have been the same twice."""
    found: dict[Revision, bytes] = {}
    about: dict[str, tuple] = {}
    for record in siaga.records("incidents"):
        incident = from_json(record.value, Incident)
        assert record.key == incident.id.encode()
        assert found.setdefault((incident.id, incident.revision), record.value) == record.value
        what = (incident.brand, incident.signal, incident.opened_at)
        assert about.setdefault(incident.id, what) == what, "one id, two incidents"
    assert len(set(about.values())) == len(about), "one incident, two ids"
    return found


def differences(found: dict[Revision, bytes], meant: dict[Revision, bytes]) -> list[str]:
    """Return what is not as it is meant to be, in a line each."""
    said = [f"{one} is not meant: {found[one].decode()}" for one in sorted(found.keys() - meant.keys())]
    said += [f"{one} is missing: {meant[one].decode()}" for one in sorted(meant.keys() - found.keys())]
    for one in sorted(found.keys() & meant.keys()):
        if found[one] != meant[one]:
            is_, should = from_json(found[one], dict), from_json(meant[one], dict)
            fields = [key for key in {**is_, **should} if is_.get(key) != should.get(key)]
            said.append(f"{one}: " + "; ".join(f"{k} {is_.get(k)}, meant {should.get(k)}" for k in fields))
    return said


def settings_of(siaga: Installation) -> Settings:
    return load_settings(siaga.config, {})


def replayed(siaga: Installation) -> dict[Revision, bytes]:
    """Apply the whole log of mentions in memory, without any disturbance, and return what comes of it."""
    settings, logs = settings_of(siaga), defaultdict(list)
    for record in siaga.records("mentions"):
        logs[record.partition].append(record)
    found: dict[Revision, bytes] = {}
    for partition, log in logs.items():
        shard = new_shard(settings, partition, settings.service.topics.partitions.mentions)
        for record in log:
            shard.apply(record.offset, record.timestamp, unpack(record.value))
        for revision in shard.take().revisions:
            found[revision.id, revision.revision] = to_json(revision)
    return found


def calm_run(settings: Settings, sent: list[dict]) -> list[Incident]:
    """Return the opening revisions that the posts lead to in memory, in order of their arrival."""
    one = Pipeline(
        new_reader(settings, 1), lambda brand: new_shard(settings, 0, 1)._detectors_of(brand),
        settings.incident_settings, int(settings.detector.allowed_lateness),
    )  # fmt: skip
    for post in sent:
        one.send(to_json(post), post["created_at"] + 60_000)
    one.finish(sent[-1]["created_at"] + 60_000, minutes=600)
    return [revision for revision in one.outcome.revisions if revision.revision == 1]


def assert_like_a_calm_run(siaga: Installation, sent: list[dict], found: dict[Revision, bytes]) -> None:
    """The same incidents, each opened in the same window.

    Not in the same minute: hours are sent within seconds, so the partitions are read further out of step
    than the lateness, and another post of the same burst decides.
    """
    expected = calm_run(settings_of(siaga), sent)
    calm = Counter((i.brand, i.signal) for i in expected)
    opened = [from_json(value, Incident) for (_, revision), value in found.items() if revision == 1]
    assert Counter((i.brand, i.signal) for i in opened) == calm
    assert calm, "a load without any incident proves nothing"
    begins = defaultdict(list)
    for incident in (*opened, *expected):
        begins[incident.brand, incident.signal].append(_ms(incident.opened_at))
    for times in begins.values():
        ordered = sorted(times)
        pairs = zip(ordered[::2], ordered[1::2], strict=True)
        assert all(later - earlier <= WINDOW_MS for earlier, later in pairs)


def _ms(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1_000


def assert_told(siaga: Installation, found: dict[Revision, bytes]) -> None:
    """Wait until the receiver has the newest revision of every incident, or one that came since.

    Of one that is over by the time its alert could be sent, nobody is told that it began; such are few, as
    most incidents of the load stay open.
    """
    newest: dict[str, Incident] = {}
    for (name, _), value in sorted(found.items()):
        newest[name] = from_json(value, Incident)
    assert any(incident.state == "open" for incident in newest.values())

    def missing() -> list[tuple[str, int]]:
        told: dict[str, int] = {}
        for alert in list(siaga.webhook.received):
            told[alert["id"]] = max(told.get(alert["id"], 0), alert["revision"])
        return [
            (name, incident.revision)
            for name, incident in newest.items()
            if told.get(name, 0) < incident.revision and (name in told or incident.state == "open")
        ]

    try:
        wait_for("all alerts to be told", lambda: not missing(), 120)
    except AssertionError:
        raise AssertionError(f"alerts missing: {missing()}") from None


def assert_committed(siaga: Installation) -> None:
    """Wait until what is committed is what may be: the mark of `mentions`, the end of `posts`."""

    def complete() -> bool:
        marks = {partition: header.mark for partition, header in headers_of(siaga).items()}
        return siaga.committed("mentions") == marks and siaga.committed("posts") == siaga.ends("posts")

    wait_for("the committed offsets to reach their marks", complete, 90, every_s=0.5)
