"""The words of alerts in Indonesian and English: short sentences that a person can read aloud."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from detector.incident_record import Change
from detector.severity import Calm, Severity
from detector.spike import Signal

Language = Literal["id", "en"]


class Counted(Struct, frozen=True):
    """How a signal is spoken of; `{n}` stands for a number, `{share}` for a percentage.

    `one` and `many` say what was counted, `wave` is the whole of it, for its end.
    """

    one: str
    many: str
    wave: str


class Wording(Struct, frozen=True, kw_only=True):
    """All phrases of one language; names in braces are filled in by `detector.message`."""

    months: tuple[str, ...]
    thousands: str
    moment: str
    same_day: str
    clock: str
    day: str
    hour: str
    minute: str
    plural: str
    signals: dict[Signal, Counted]
    severities: dict[Severity, str]
    changes: dict[Change, str]
    opening: str
    usually: str
    usually_none: str
    ending: str
    count: str
    normal_range: str
    authors_once: str
    reminder: str
    mix: str
    mix_at_end: str
    still_high: str
    weighs: str
    contributions: dict[str, str]
    calm: dict[Calm, str]
    usual_share: str
    platforms: str
    other_platform: str
    drivers: str
    near_copies: str
    amplified: str
    low_coverage: str
    first_seen: str
    silent: str
    examples: str
    act: dict[Severity, str]
    act_at_end: str
    link: str
    burst: str
    and_more: str
    reference: str


ENGLISH = Wording(
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    thousands=",",
    same_day="{clock} {zone}",
    moment="{clock} {zone} on {day} {month} {year}",
    clock="{hour:02}:{minute:02}",
    day="day",
    hour="hour",
    minute="minute",
    plural="s",
    signals={
        Signal.NEGATIVE_COUNT: Counted(
            "{n} negative post", "{n} negative posts", "the wave of negative posts"
        ),
        Signal.TOTAL_COUNT: Counted("{n} post", "{n} posts", "the wave of posts"),
        Signal.NEGATIVE_SHARE: Counted(
            "{n} of posts negative", "{n} of posts negative", "the high share of negative posts"
        ),
    },
    severities={
        Severity.INFO: "For your information",
        Severity.WARNING: "Warning",
        Severity.CRITICAL: "Critical",
    },
    changes={
        Change.OPENED: "new",
        Change.UPDATED: "still going on",
        Change.ESCALATED: "getting worse",
        Change.DE_ESCALATED: "easing",
        Change.RESOLVED: "over",
    },
    opening="{brand}: {counted} within {window}, {usual}, since about {onset}. {severity}, {change}.",
    usually="usually about {n}",
    usually_none="usually almost none",
    ending="{brand}: {wave} is over. It lasted {duration}, from about {onset} to {end}.",
    count="Counted at {until}: {counted} within {window}, {usual}.",
    normal_range="Up to {n} would still be normal.",
    authors_once="Several posts by one person count once.",
    reminder="still going on (reminder)",
    mix="All posts about {brand} in that time: {posts}, of which negative: {negatives} ({share}{usual}).",
    mix_at_end=(
        "Posts about {brand} in the last {window} before the end: {posts}, of which negative: {negatives} "
        "({share}{usual})."
    ),
    still_high=(
        "That is still more than was usual before. It has lasted for so long that we now take it for normal."
    ),
    weighs="Crisis score {score} of 100. What weighs most: {reasons}.",
    contributions={
        "size": "how far it is above the usual",
        "negative_share": "how negative the posts are",
        "growth": "how fast it grows",
        "authors": "how many people write",
        "reach": "how many people see it",
        "platforms": "on how many platforms it is",
        "persistence": "how long it lasts",
    },
    calm={
        Calm.NOT_NEGATIVE: (
            "Why this is only for your information: most of what people write is not negative."
        ),
        Calm.AS_USUAL: (
            "Why this is only for your information: there is more than usual, but it is no more negative "
            "than posts about {brand} always are."
        ),
        Calm.AMPLIFIED: (
            "Why this is only for your information: without copies and repeated posts by the same people it "
            "would be nothing unusual."
        ),
    },
    usual_share=", usually {share}",
    platforms="Where: {platforms}.",
    other_platform="elsewhere",
    drivers="Words that stand out: {drivers}.",
    near_copies="Posts that repeat the text of another one: {n}.",
    amplified="About {share} of these posts are copies, or further posts by the same people.",
    low_coverage="We could judge the words of only {share} of these posts, so take the figures with care.",
    first_seen="We have not watched {brand} for long, so take this with care.",
    silent="Nothing comes from {platforms} at present, so the real figures are probably higher.",
    examples="What people write:",
    act={
        Severity.INFO: (
            "What to do now: read the posts and find out why people talk about you. Nothing is urgent."
        ),
        Severity.WARNING: (
            "What to do now: read the posts and check what happened. Then answer soon and in simple words: "
            "what you know, what you do not know yet, and when you will write again."
        ),
        Severity.CRITICAL: (
            "What to do now: answer at once, everywhere people write. Say in simple words what you know, "
            "what you do not know yet, and when you will write again."
        ),
    },
    act_at_end=(
        "What to do now: make sure that the problem is really solved, then tell people so, and what you have "
        "changed. After that write down what went well and what did not."
    ),
    link="See for yourself: {link}",
    burst="{n} incidents in a short time: {brands}.",
    and_more=" and {n} more",
    reference="Incident {id}, message {revision}.",
)

INDONESIAN = Wording(
    months=(
        *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
        *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    ),
    thousands=".",
    same_day="pukul {clock} {zone}",
    moment="pukul {clock} {zone} tanggal {day} {month} {year}",
    clock="{hour:02}.{minute:02}",
    day="hari",
    hour="jam",
    minute="menit",
    plural="",
    signals={
        Signal.NEGATIVE_COUNT: Counted(
            "{n} unggahan negatif", "{n} unggahan negatif", "gelombang unggahan negatif"
        ),
        Signal.TOTAL_COUNT: Counted("{n} unggahan", "{n} unggahan", "gelombang unggahan"),
        Signal.NEGATIVE_SHARE: Counted(
            "{n} unggahan bernada negatif",
            "{n} unggahan bernada negatif",
            "porsi unggahan negatif yang tinggi",
        ),
    },
    severities={
        Severity.INFO: "Sekadar info",
        Severity.WARNING: "Peringatan",
        Severity.CRITICAL: "Kritis",
    },
    changes={
        Change.OPENED: "baru",
        Change.UPDATED: "masih berlangsung",
        Change.ESCALATED: "makin parah",
        Change.DE_ESCALATED: "mulai mereda",
        Change.RESOLVED: "sudah berakhir",
    },
    opening="{brand}: {counted} dalam {window}, {usual}, sejak sekitar {onset}. {severity}, {change}.",
    usually="biasanya sekitar {n}",
    usually_none="biasanya hampir tidak ada",
    ending="{brand}: {wave} sudah berakhir. Berlangsung {duration}, dari sekitar {onset} sampai {end}.",
    count="Hitungan {until}: {counted} dalam {window}, {usual}.",
    normal_range="Sampai {n} masih tergolong wajar.",
    authors_once="Beberapa unggahan dari satu orang dihitung sekali.",
    reminder="masih berlangsung (pengingat)",
    mix="Semua unggahan tentang {brand} selama itu: {posts}, yang negatif: {negatives} ({share}{usual}).",
    mix_at_end=(
        "Unggahan tentang {brand} dalam {window} terakhir sebelum berakhir: {posts}, yang negatif: "
        "{negatives} ({share}{usual})."
    ),
    still_high=(
        "Itu masih lebih banyak daripada biasanya. Karena sudah berlangsung lama, sekarang kami anggap wajar."
    ),
    weighs="Skor krisis {score} dari 100. Yang paling menentukan: {reasons}.",
    contributions={
        "size": "jumlah yang jauh di atas biasanya",
        "negative_share": "porsi unggahan negatif",
        "growth": "kecepatan bertambahnya",
        "authors": "banyaknya orang yang menulis",
        "reach": "banyaknya orang yang melihat",
        "platforms": "sebarannya di beberapa platform",
        "persistence": "lamanya berlangsung",
    },
    calm={
        Calm.NOT_NEGATIVE: "Mengapa sekadar info: sebagian besar yang orang tulis tidak bernada negatif.",
        Calm.AS_USUAL: (
            "Mengapa sekadar info: jumlahnya lebih dari biasanya, tetapi nadanya tidak lebih negatif "
            "daripada unggahan tentang {brand} pada umumnya."
        ),
        Calm.AMPLIFIED: (
            "Mengapa sekadar info: tanpa salinan dan unggahan berulang dari orang yang sama, ini bukan hal "
            "yang luar biasa."
        ),
    },
    usual_share=", biasanya {share}",
    platforms="Ditulis di: {platforms}.",
    other_platform="tempat lain",
    drivers="Kata yang menonjol: {drivers}.",
    near_copies="Unggahan yang mengulang teks unggahan lain: {n}.",
    amplified="Sekitar {share} dari unggahan ini salinan, atau unggahan lain dari orang yang sama.",
    low_coverage=(
        "Hanya {share} dari unggahan ini yang kata-katanya bisa kami nilai, "
        "jadi angkanya perlu dibaca hati-hati."
    ),
    first_seen="Kami belum lama memantau {brand}, jadi pesan ini perlu dibaca hati-hati.",
    silent="Saat ini tidak ada yang masuk dari {platforms}, jadi angka sebenarnya mungkin lebih tinggi.",
    examples="Yang orang tulis:",
    act={
        Severity.INFO: (
            "Yang perlu dilakukan sekarang: baca unggahannya dan cari tahu mengapa orang membicarakan Anda. "
            "Tidak ada yang mendesak."
        ),
        Severity.WARNING: (
            "Yang perlu dilakukan sekarang: baca unggahannya dan periksa apa yang terjadi. Lalu segera "
            "jawab dengan kata-kata sederhana: apa yang sudah diketahui, apa yang belum, dan kapan kabar "
            "berikutnya."
        ),
        Severity.CRITICAL: (
            "Yang perlu dilakukan sekarang: jawab segera, di semua tempat orang menulis. Sampaikan dengan "
            "kata-kata sederhana apa yang sudah diketahui, apa yang belum, dan kapan kabar berikutnya."
        ),
    },
    act_at_end=(
        "Yang perlu dilakukan sekarang: pastikan masalahnya benar-benar selesai, lalu beri tahu orang, "
        "termasuk apa yang sudah diperbaiki. Setelah itu catat apa yang berjalan baik dan apa yang tidak."
    ),
    link="Lihat sendiri: {link}",
    burst="{n} insiden dalam waktu singkat: {brands}.",
    and_more=" dan {n} lagi",
    reference="Insiden {id}, pesan ke-{revision}.",
)

WORDINGS: dict[Language, Wording] = {"id": INDONESIAN, "en": ENGLISH}
