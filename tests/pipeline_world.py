"""A world to disturb: posts, two workers, and what they may suffer; and a reference that counts posts."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random
from unittest import mock

from faust.types.tuples import TP

from detector.clock import minute_of
from detector.codec import from_json, from_msgpack, to_json
from detector.detector_settings import DetectorSettings
from detector.incident_record import Incident
from detector.late import Late
from detector.mention import unpack
from detector.rank_tail import RankTail
from detector.shard import Shard
from detector.spike import Signal
from detector.state import Header, MinuteRecord, header_key
from detector.watch import IncidentSettings
from tests.memory_kafka import LATENESS_MS, MENTIONS, POSTS, Crash, MemoryKafka, MemoryWorker

BRANDS = ("kunang", "camar", "ganti")
CHANGED = "ganti"  # its posts may come again with another created_at
TPS = [TP("posts", p) for p in range(POSTS)] + [TP("mentions", p) for p in range(MENTIONS)]
# A source that is idle may be overtaken by as much as its statement is old.
MARGIN_MS = 7_000
DETECTOR = DetectorSettings(window_min=5, lateness_min=2, min_exposure_min=10)
INCIDENTS = IncidentSettings(mute_min=30, resolve_after_min=3, update_every_min=3, escalate_after_min=2)

AGES_S = (0, 0, -40, 10, 60, 110, 200)

Where = tuple[str, int, int, int]  # brand, and where the post stands: partition, offset, index


def new_shard(partition: int, partitions: int = MENTIONS) -> Shard:
    signals = (Signal.NEGATIVE_COUNT, Signal.TOTAL_COUNT)
    return Shard(
        partition, partitions, lambda _: [RankTail(s, DETECTOR) for s in signals], INCIDENTS, LATENESS_MS
    )


class Reference:
    """Counts posts as plainly as can be: sets, and nothing ever forgotten."""

    def __init__(self) -> None:
        self._newest = 0
        self.posts: dict[tuple[str, int], set[str]] = defaultdict(set)
        self.in_time: set[tuple[str, str]] = set()
        self.copies: dict[tuple[str, str], list[Where]] = defaultdict(list)

    def sent(self, where: tuple[int, int, int], post: dict, now_ms: int) -> None:
        """Note one copy of a post, where it stands, and whether it may be late at all."""
        brand, identity = post["text"].split()[0], post["id"]
        self._newest = max(self._newest, now_ms, post["created_at"])
        if brand not in BRANDS or brand == CHANGED:
            return
        self.posts[brand, minute_of(post["created_at"])].add(identity)
        self.copies[brand, identity].append((brand, *where))
        if post["created_at"] >= self._newest - LATENESS_MS + MARGIN_MS:
            self.in_time.add((brand, identity))

    def expected(self, late: set[Where]) -> dict[tuple[str, int], int]:
        """Return the posts of each brand and minute: those of which not every copy was reported late."""
        lost = {key for key, copies in self.copies.items() if late.issuperset(copies)}
        assert not lost & self.in_time, f"in time, yet late: {sorted(lost & self.in_time)}"
        counts = {
            (brand, minute): len({one for one in posts if (brand, one) not in lost})
            for (brand, minute), posts in self.posts.items()
        }
        return {key: count for key, count in counts.items() if count}


class World:
    """Kafka, two workers, and the posts of three brands.

    Parameters
    ----------
    worker
        Makes a worker; a test that breaks a rule makes broken ones.
    """

    def __init__(self, worker: Callable[..., MemoryWorker] = MemoryWorker, shard=new_shard) -> None:
        self.kafka = MemoryKafka()
        self.reference = Reference()
        self._loop = asyncio.new_event_loop()
        self._worker, self._shard = worker, shard
        self.ghosts: list[MemoryWorker] = []
        self._sent: list[dict] = []
        self._patches = [
            mock.patch("agents.score_posts.monotonic", self._monotonic),
            mock.patch("agents.broker_clock.monotonic", self._monotonic),
            mock.patch("agents.broker_clock.now_ms", self._now_ms),
        ]
        for patch in self._patches:
            patch.start()
        self.workers = [self._new_worker() for _ in range(2)]
        self.assign(0b0101)
        self._begin()

    def close(self) -> None:
        """Let go of the clock and the loop."""
        for patch in self._patches:
            patch.stop()
        self._loop.close()

    def _monotonic(self) -> float:
        return self.kafka.now_ms / 1_000

    def _now_ms(self) -> int:
        return self.kafka.now_ms

    def _new_worker(self) -> MemoryWorker:
        return self._worker(self.kafka, BRANDS, self._shard)

    def _begin(self) -> None:
        """Let some quiet minutes pass, so that a burst is an incident."""
        for _ in range(16):
            for p, brand in enumerate(BRANDS):
                self.send(p % POSTS, brand)
            self.pass_time(60)
            self.work_all()
            self.tick()

    def assign(self, owners: int) -> None:
        """Give each partition to one of the workers: a bit of `owners` for each."""
        for i, worker in enumerate(self.workers):
            worker.assign(tp for bit, tp in enumerate(TPS) if owners >> bit & 1 == i)

    def owner(self, tp: TP) -> MemoryWorker:
        return next(worker for worker in self.workers if tp in worker.consumer.assignment())

    def pass_time(self, seconds: float) -> None:
        self.kafka.now_ms += round(seconds * 1_000)

    def append(self, partition: int, posts: Sequence[dict]) -> None:
        """Append one record of posts."""
        offset = len(self.kafka.logs[TP("posts", partition)])
        for index, post in enumerate(posts):
            self.reference.sent((partition, offset, index), post, self.kafka.now_ms)
        self.kafka.append("posts", b"\n".join(map(to_json, posts)), partition=partition)

    def send(
        self, partition: int, brand: str, *, age_s: float = 0, count: int = 1, bad: bool = False
    ) -> None:
        """Send new posts about a brand, each so old, all in one record."""
        made = [self._new_post(brand, age_s + i * 0.01, bad) for i in range(count)]
        self.append(partition, made)

    def _new_post(self, brand: str, age_s: float, bad: bool) -> dict:
        post = {
            "platform": "x",
            "id": f"{len(self._sent)}",
            "created_at": self.kafka.now_ms - round(age_s * 1_000),
            "text": f"{brand} {'buruk' if bad else 'biasa'}",
            "author": {"id": f"a{len(self._sent)}"},
        }
        self._sent.append(post)
        return post

    def send_broken(self, partition: int, brand: str, count: int) -> None:
        """Send some records that are no posts, then a post."""
        for _ in range(count):
            self.kafka.append("posts", b"{", partition=partition)
        self.send(partition, brand)

    def send_again(self, partition: int, which: int, *, age_s: float | None = None) -> None:
        """Send one of the latest posts again; one of a certain brand, if with another time."""
        latest = self._sent[-60:]
        if age_s is not None:
            latest = [post for post in latest if post["text"].startswith(CHANGED)]
        post = latest[which % len(latest)] if latest else self._sent[-1]
        if age_s is not None and latest:
            post = {**post, "created_at": self.kafka.now_ms - round(age_s * 1_000)}
        self.append(partition, [post])

    def work(self, which: int, size: int, skip: int = 0, back: int = 0) -> bool:
        """Let the owner of a partition handle one slab."""
        tp = TPS[which % len(TPS)]
        return self._run(self.owner(tp), self.owner(tp).work(tp, size, skip, back))

    def work_and_tick(self, which: int, size: int) -> bool:
        """Let the owner of a partition handle one slab while the clock strikes."""
        tp = TPS[which % len(TPS)]
        return self._run(self.owner(tp), self.owner(tp).work_and_tick(tp, size))

    def work_all(self) -> None:
        """Handle everything that is there."""
        while sum(self.work(which, 1_000) for which in range(len(TPS))):
            pass

    def tick(self) -> None:
        for worker in list(self.workers):
            self._run(worker, worker.tick())

    def commit(self) -> None:
        """Commit what the workers have marked: of mentions, never more than the state's own mark."""
        for worker in self.workers:
            worker.commit()
        for partition in range(MENTIONS):
            header = self.kafka.state(partition).get(header_key(partition))
            mark = 0 if header is None else from_msgpack(header, Header).mark
            assert self.kafka.committed.get(TP("mentions", partition), 0) <= mark

    def crash(self, which: int, records: int, *, commits: bool = False) -> None:
        """Let a worker die before so many more records are sent, whatever it is doing then."""
        worker = self.workers[which % 2]
        worker.sender.fuse = records
        mine = worker.consumer.assignment()
        for _ in range(4):
            for at, tp in enumerate(TPS):
                if tp in mine and worker in self.workers:
                    self.work(at, 5)
                    if commits:
                        worker.commit()
        if worker in self.workers:
            self._replace(worker)

    def crash_in_a_burst(self, which: int, before: str) -> None:
        """Let a worker die in a burst, just before it sends a header, a minute or an incident."""
        worker = self.workers[which % 2]
        worker.sender.fatal = before
        for brand in BRANDS:
            self.send(0, brand, count=8, bad=True)
        for _ in range(3):
            self.pass_time(61)
            self.work_and_tick(0, 1_000)
            self.work_and_tick(1, 1_000)
            for at in range(POSTS, len(TPS)):
                self.work(at, 1_000)
        worker.sender.fatal = None

    def cut_off(self, which: int, loses: int) -> None:
        """Give a worker's partitions to another; it does not know and writes on, and some of that is lost."""
        worker = self.workers[which % 2]
        worker.sender.loses = loses
        self.ghosts.append(worker)
        self._replace(worker)

    def overtaken(self, which: int, brand: str) -> None:
        """Let a worker that was cut off lose a post, and write much later ones before its successor reads."""
        self.cut_off(which, loses=0)
        ghost = self.ghosts[-1]
        for partition in range(POSTS):
            self.send(partition, brand)
        ghost.sender.loses = 9
        self.ghosts_work(1_000)
        ghost.sender.loses = 0
        self.pass_time(250)
        for partition in range(POSTS):
            self.send(partition, brand)
        self.ghosts_work(1_000)
        for at in range(POSTS, len(TPS)):
            self.work(at, 1_000)

    def ghosts_work(self, size: int) -> None:
        """Let those who were cut off read and write mentions."""
        for ghost in self.ghosts[-3:]:
            for tp in ghost.consumer.assignment():
                if tp.topic == "posts":
                    self._loop.run_until_complete(ghost.work(tp, size))

    def _replace(self, worker: MemoryWorker) -> None:
        tps = worker.consumer.assignment()
        fresh = self._new_worker()
        self.workers[self.workers.index(worker)] = fresh
        fresh.assign(tps)

    def rebalance(self, owners: int, *, graceful: bool = True) -> None:
        """Move partitions; gracefully means that what may be committed is."""
        if graceful:
            self.commit()
        self.assign(owners)

    def land(self, take: int) -> None:
        """Let some of what dead workers had sent arrive now; the rest never does."""
        for i, one in enumerate(self.kafka.in_flight):
            if take >> i % 8 & 1 and not unpack(one.value).cover.idle:
                self.kafka.append(one.topic, one.value, partition=one.partition)
        self.kafka.in_flight.clear()

    def idle(self, seconds: int) -> None:
        """Let nothing happen but ticks."""
        for _ in range(seconds):
            self.pass_time(1)
            self.tick()
            self.work_all()

    def stall(self, which: int, seconds: int, brand: str) -> None:
        """Leave one posts partition unread for a while; the other goes on, and all are told what is idle."""
        stalled = which % POSTS
        self.send(stalled, brand)
        for _ in range(seconds):
            self.pass_time(1)
            self.tick()
            self.send(1 - stalled, "selesai")
            for at in range(len(TPS)):
                if at != stalled:
                    self.work(at, 9)
        self.send(1 - stalled, brand)

    def _run(self, worker: MemoryWorker, work):
        try:
            return self._loop.run_until_complete(work)
        except Crash:
            self._replace(worker)
            return True

    def finish(self) -> None:
        """End all disturbances and let all minutes close."""
        self.kafka.in_flight.clear()
        for minutes in (5, 5):
            self.pass_time(minutes * 60)
            for partition in range(POSTS):
                self.send(partition, "selesai")
            self.pass_time(2)
            self.work_all()
            self.tick()
            self.work_all()

    def check(self) -> None:
        """Compare what the topics hold with the reference, and with a run that was never disturbed.

        Raises
        ------
        AssertionError
            When a post was lost or counted twice, or anything depends on what was suffered.
        """
        late, incidents = self.late(), self.incidents()
        counted = self.counted(self._written())
        ordinary = {key: n for key, n in counted.items() if key[0] != CHANGED}
        assert ordinary == self.reference.expected(late)
        undisturbed = Undisturbed(self.kafka)
        assert counted == self.counted(undisturbed.minutes)
        assert incidents == undisturbed.incidents
        assert late == undisturbed.late

    def late(self) -> set[Where]:
        found = (from_json(record.value, Late) for record in self.kafka.logs[TP("late", 0)])
        return {(one.brand, one.partition, one.offset, one.index) for one in found}

    def incidents(self) -> dict[tuple[str, int], Incident]:
        known: dict[tuple[str, int], Incident] = {}
        for record in self.kafka.logs[TP("incidents", 0)]:
            one = from_json(record.value, Incident)
            assert known.setdefault((one.id, one.revision), one) == one, "one revision, two contents"
        return known

    def _written(self) -> dict[str, bytes]:
        """Return every closed minute that was ever written; a minute is written the same each time."""
        minutes: dict[str, bytes] = {}
        for partition in range(MENTIONS):
            for record in self.kafka.logs[TP("state", partition)]:
                if b"/minute/" in record.key and record.value is not None:
                    assert minutes.setdefault(record.key.decode(), record.value) == record.value
        return minutes

    @staticmethod
    def counted(minutes: dict[str, bytes]) -> dict[tuple[str, int], int]:
        counts: dict[tuple[str, int], int] = {}
        for data in minutes.values():
            record = from_msgpack(data, MinuteRecord)
            for brand, row in record.brands.items():
                counts[brand, record.minute] = row.tally.posts
        return counts


class Undisturbed:
    """What one shard for each mentions partition makes of the whole log, applied once and in order."""

    def __init__(self, kafka: MemoryKafka) -> None:
        self.minutes: dict[str, bytes] = {}
        self.incidents: dict[tuple[str, int], Incident] = {}
        self.late: set[Where] = set()
        for partition in range(MENTIONS):
            shard = new_shard(partition)
            for record in kafka.logs[TP("mentions", partition)]:
                shard.apply(record.offset, record.timestamp, unpack(record.value))
                found, writes = shard.take(), shard.checkpoint()
                self.incidents |= {(one.id, one.revision): one for one in found.revisions}
                self.late |= {(one.brand, one.partition, one.offset, one.index) for one in found.late}
                if writes is not None:
                    self.minutes |= {k: v for k, v in writes.before if v is not None and "/minute/" in k}


def wander(world: World, rng: Random, steps: int) -> None:
    """Let so many things happen to a world, whatever the random numbers say."""
    some, one_of = rng.randrange, rng.choice
    things = [
        (6, lambda: world.send(some(2), one_of(BRANDS), age_s=one_of(AGES_S), count=one_of([1, 1, 3]))),
        (1, lambda: world.send(some(2), one_of(BRANDS), count=some(7, 12), bad=True)),
        (3, lambda: world.send_again(some(2), some(60), age_s=one_of([None, 0, 30, 90]))),
        (12, lambda: world.work(some(4), one_of([1, 1, 2, 9]), one_of([0, 0, 1, 5]), one_of([0, 0, 2, 9]))),
        (3, lambda: world.work_and_tick(some(4), one_of([1, 2, 9]))),
        (4, lambda: world.pass_time(one_of([0.5, 2, 20, 61]))),
        (3, world.tick),
        (1, lambda: world.idle(one_of([3, 20]))),
        (1, lambda: world.stall(some(2), one_of([3, 20]), one_of(BRANDS))),
        (2, world.commit),
        (1, lambda: world.crash(some(2), some(9), commits=some(2) == 1)),
        (2, lambda: world.crash_in_a_burst(some(2), one_of(["/header", "/minute/", "incidents"]))),
        (1, lambda: world.overtaken(some(2), one_of(BRANDS))),
        (1, lambda: world.cut_off(some(2), some(4))),
        (2, lambda: world.ghosts_work(one_of([1, 5]))),
        (1, lambda: world.send_broken(some(2), one_of(BRANDS), some(6))),
        (1, lambda: world.rebalance(some(16), graceful=some(2) == 1)),
        (1, lambda: world.land(some(256))),
    ]
    weights = [weight for weight, _ in things]
    for _ in range(steps):
        rng.choices(things, weights)[0][1]()
