"""What a demonstration says, in English and Indonesian."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from detector.incident_record import Change
from detector.severity import Severity

Language = Literal["en", "id"]


class Words(Struct, frozen=True, kw_only=True):
    """All phrases of one language; names in braces are filled in."""

    starting: str
    ready: str
    scenes: dict[str, str]
    negative: str
    expected: str
    least: str
    mood: str
    incidents: str
    alerts: str
    none_yet: str
    changes: dict[Change, str]
    severities: dict[Severity, str]
    alert: str
    totals: tuple[str, ...]
    began: str
    onset: str
    noticed: str
    over: str
    why: str
    drivers: str
    open: str
    latency: str
    page: str
    good: str
    bad: dict[str, str]
    addresses: str


ENGLISH = Words(
    starting="starting an embedded broker and a siaga worker ...",
    ready="worker ready after {seconds:.1f} s; replaying {posts:,} posts",
    scenes={
        "quiet": "ordinary days",
        "joke": "a joke goes viral",
        "crisis": "the network is down",
        "replay": "your posts",
    },
    negative="negative voices in 15 min",
    expected="expected",
    least="alarm from",
    mood="mood",
    incidents="Incidents",
    alerts="Alerts delivered",
    none_yet="none yet",
    changes={
        Change.OPENED: "opened",
        Change.UPDATED: "update",
        Change.ESCALATED: "worse",
        Change.DE_ESCALATED: "calmer",
        Change.RESOLVED: "over",
    },
    severities={Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "critical"},
    alert="alert",
    totals=("posts in", "counted", "about no brand", "late", "rejected", "duplicate"),
    began="began",
    onset="rise seen from",
    noticed="noticed",
    over="over",
    why="why",
    drivers="people say",
    open="open",
    latency="from the deciding post to the receiver: {median:.2f} s in the median of {alerts} alerts",
    page="picture: {path}",
    good="The outage was alerted once, {delay} min after it began; the joke called nobody.",
    bad={
        "no_alert": "The outage was not alerted.",
        "twice": "The outage was alerted {n} times; expected once.",
        "joke": "The joke was alerted; expected information at most.",
        "counts": "Not every post is accounted for: {n} are missing.",
    },
    addresses="still running until Ctrl-C: Kafka {kafka}, metrics {metrics}/metrics, files {folder}",
)

INDONESIAN = Words(
    starting="menyalakan broker tertanam dan sebuah siaga worker ...",
    ready="worker siap setelah {seconds:.1f} dtk; memutar ulang {posts:,} unggahan",
    scenes={
        "quiet": "hari-hari biasa",
        "joke": "sebuah lelucon viral",
        "crisis": "jaringan mati",
        "replay": "unggahan Anda",
    },
    negative="suara negatif dalam 15 mnt",
    expected="perkiraan",
    least="alarm mulai",
    mood="suasana",
    incidents="Insiden",
    alerts="Peringatan terkirim",
    none_yet="belum ada",
    changes={
        Change.OPENED: "dibuka",
        Change.UPDATED: "kabar",
        Change.ESCALATED: "memburuk",
        Change.DE_ESCALATED: "mereda",
        Change.RESOLVED: "selesai",
    },
    severities={Severity.INFO: "info", Severity.WARNING: "waspada", Severity.CRITICAL: "kritis"},
    alert="peringatan",
    totals=("unggahan masuk", "dihitung", "bukan tentang merek", "terlambat", "ditolak", "ganda"),
    began="mulai",
    onset="naik sejak",
    noticed="diketahui",
    over="selesai",
    why="mengapa",
    drivers="kata orang",
    open="terbuka",
    latency="dari unggahan penentu sampai penerima: median {median:.2f} dtk dari {alerts} peringatan",
    page="gambar: {path}",
    good="Gangguan diperingatkan satu kali, {delay} mnt setelah mulai; lelucon tidak memanggil siapa pun.",
    bad={
        "no_alert": "Gangguan tidak diperingatkan.",
        "twice": "Gangguan diperingatkan {n} kali; seharusnya sekali.",
        "joke": "Lelucon diperingatkan; seharusnya paling tinggi info.",
        "counts": "Tidak semua unggahan terhitung: {n} hilang.",
    },
    addresses="berjalan sampai Ctrl-C: Kafka {kafka}, metrik {metrics}/metrics, berkas {folder}",
)

WORDS: dict[Language, Words] = {"en": ENGLISH, "id": INDONESIAN}
