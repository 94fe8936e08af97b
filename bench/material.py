"""What the benchmarks of the whole service read: brands with made-up names, and posts about them.

A record is a post of about 250 bytes of JSON. Some brands are talked of more than others: the first of
1,000 has 2 % of the posts, the last .02 %.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from agents.settings.load import Settings, load_settings
from detector.codec import to_json

SPAN_MS = 10 * 60_000
PARTITIONS = 4
# For the broker: a benchmark wants the quicker compiler, and room.
JAVA = ("-Xmx1g", "-XX:TieredStopAtLevel=4")

_ONSETS, _VOWELS = "bcdfgjklmnprstwy", "aeiou"
_HEADS = [first + vowel for first in _ONSETS for vowel in _VOWELS]
_OPENINGS = (
    "kenapa ya", "tolong dong", "just got off the phone with", "dari tadi pagi", "honestly", "baru coba",
    "gara-gara", "third time this week that", "makasih banyak", "aduh", "@temanku kata orang", "so",
)  # fmt: skip
_BODIES = (
    "lemot banget, sudah tiga hari jaringan putus terus dan customer service tidak membalas",
    "is absolutely terrible, the support never answers and I lost my booking again",
    "cepat sekali responnya, petugas ramah dan masalahnya langsung selesai, mantap",
    "was great today, friendly staff and everything worked the first time!",
    "naik harga lagi bulan depan, menurut kalian masih layak tidak dibanding yang lain",
    "changed the opening hours for the holidays, see the details on their page",
    "parah, refund belum juga masuk padahal janjinya cuma dua hari kerja 😡",
    "bukan jelek sih, tapi not as good as it used to be, kecewa sedikit",
)
_TAILS = (
    "siapa yang sama? balas di sini ya", "so disappointed in all of this", "pokoknya recommended buat semua",
    "https://contoh.example/t/", "#keluhan #pelanggan", "thanks guys, see you there",
    "gimana nih solusinya, ada yang tahu", "will never buy again", "semoga cepat beres 🙏", "no idea why",
)  # fmt: skip


def brands(count: int) -> dict[str, dict[str, Any]]:
    """Return so many brands (at most 10,000) as `brands.yml` has them, each with two aliases."""
    made = {}
    for i in range(count):
        first, second = divmod(i * 7_919 % 10_007, 101)
        name = f"{_word(first)}n {_word(second + 211)}l".title()
        low = name.lower()
        made[low.replace(" ", "-")] = {"name": name, "aliases": [low, low.replace(" ", "")]}
    return made


def _word(number: int) -> str:
    """Return a word of two syllables, another one for each number below 6,400."""
    return _HEADS[number * 37 % 80] + _HEADS[(number * 11 + number // 80) % 80]


BRANDS = brands(20)


def make_posts(
    count: int,
    end_ms: int,
    seed: int = 7,
    about: Mapping[str, Mapping[str, Any]] = BRANDS,
    span_ms: int = SPAN_MS,
    first_share: float | None = None,
) -> list[bytes]:
    """Return posts in time order, each about one brand.

    Parameters
    ----------
    count, end_ms, span_ms
        How many, the time of the last one, and over how long a time.
    about
        The brands, as `brands` makes them.
    first_share
        What part of all posts is about the first brand; default: as of any first among so many.
    """
    return [to_json(post) for _, post in brand_posts(count, end_ms, seed, about, span_ms, first_share)]


def brand_posts(
    count: int,
    end_ms: int,
    seed: int = 7,
    about: Mapping[str, Mapping[str, Any]] = BRANDS,
    span_ms: int = SPAN_MS,
    first_share: float | None = None,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the key of a brand and a post about it; see `make_posts`."""
    rng = random.Random(seed)
    keys, weights = list(about), [1 / (rank + 10) for rank in range(len(about))]
    if first_share is not None and len(keys) > 1:
        weights[0] = sum(weights[1:]) * first_share / (1 - first_share)
    upto = list(accumulate(weights))
    for i in range(count):
        key = rng.choices(keys, cum_weights=upto)[0]
        yield key, _post(rng, i, count, rng.choice(about[key]["aliases"]), seed, end_ms, span_ms)


def _post(
    rng: random.Random, i: int, count: int, name: str, seed: int, end_ms: int, span_ms: int
) -> dict[str, Any]:
    tail = f"{rng.choice(_TAILS)}{rng.randrange(10_000)}"
    return {
        "platform": rng.choice(("x", "tiktok", "instagram")),
        "id": f"{seed}{i:018}",
        "created_at": end_ms - span_ms + i * span_ms // count,
        "text": f"{rng.choice(_OPENINGS)} {name} {rng.choice(_BODIES)} {tail}",
        "author": {"id": f"user{rng.randrange(count // 3 + 1):012}"},
    }


def bundled(posts: Sequence[bytes], size: int) -> Iterator[bytes]:
    """Yield records of so many posts, one post a line."""
    for at in range(0, len(posts), size):
        yield b"\n".join(posts[at : at + size])


def bare_settings(folder: Path, about: Mapping[str, Mapping[str, Any]], scorer: str = "vader") -> Settings:
    """Return settings for some brands, for what runs without Kafka; they are written to a folder."""
    for name, content in (
        ("brands", {"brands": dict(about)}),
        ("detector", {"allowed_lateness": "60s", "scorer": scorer}),
        ("alerts", {"receivers": []}),
        ("service", {"kafka": {"brokers": ["127.0.0.1:9092"]}}),
    ):
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content))
    return load_settings(folder, {})
