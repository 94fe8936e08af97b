"""A seeded load: seven hours of posts about eight brands, most of them in a crisis, to be sent in seconds."""

import random

MINUTE_MS = 60_000
START_MS = 1_760_000_040_000
NAMES = {
    "kunang": "kunang fiber", "camar": "camar air", "rimba": "rimba kopi", "pelita": "pelita bank",
    "lesung": "lesung mart", "gurindam": "gurindam radio", "sampan": "sampan kargo", "tenun": "tenun busana",
}  # fmt: skip
BRANDS = {key: {"name": name.title(), "aliases": [name]} for key, name in NAMES.items()}
CRISES = 6
NEGATIVE = {key: f"{name} parah, kecewa, mengecewakan, rusak lagi" for key, name in NAMES.items()}
NEUTRAL = {key: f"besok ke {name}" for key, name in NAMES.items()}
BOTH = "antre rimba kopi sebelum naik camar air"
NOBODY = "hari ini cerah"
TEXTS = {
    **{text: (brand,) for brand, text in NEGATIVE.items()},
    **{text: (brand,) for brand, text in NEUTRAL.items()},
    BOTH: ("rimba", "camar"),
    NOBODY: (),
}


# Of whom little is said, all of it at once.
SELDOM = {f"jarang{n}": f"jarang{n} toko" for n in range(60)}
SELDOM_BRANDS = {key: {"name": name.title(), "aliases": [name]} for key, name in SELDOM.items()}
TEXTS |= {f"besok ke {name}": (key,) for key, name in SELDOM.items()}


def brands_of(post: dict) -> tuple[str, ...]:
    return TEXTS.get(post["text"], ())


def once_each(serial: str, at_ms: int) -> list[dict]:
    """Return a post about each of the brands of which little is said, within a minute."""
    return [
        {"platform": "x", "id": f"{serial}-{n}", "created_at": at_ms + n * 500, "text": f"besok ke {name}"}
        for n, name in enumerate(SELDOM.values())
    ]


def crisis(seed: int, hours: int = 7, per_minute: float = 8.0, start_ms: int = START_MS) -> list[dict]:
    """Return posts in order of arrival: up to 20 s out of order, some twice, the crises in the last hours.

    The rest is so even that what is a spike does not hang on chance.
    """
    rng = random.Random(seed)
    made: list[dict] = []

    def post(at_ms: int, text: str, author: str) -> None:
        made.append(
            {
                "platform": rng.choice(["x", "tiktok", "warung"]), "id": f"{seed}-{len(made)}",
                "created_at": start_ms + at_ms + rng.randrange(20_000), "text": text,
                "author": {"id": author},
            }
        )  # fmt: skip

    quiet = [*NEUTRAL.values(), *NEUTRAL.values(), BOTH, NOBODY, NOBODY, *NEGATIVE.values()]
    for i in range(int(hours * 60 * per_minute)):
        post(int(i * MINUTE_MS / per_minute), quiet[i % len(quiet)], f"a{rng.randrange(300)}")
    for number, brand in enumerate(rng.sample(sorted(NAMES), CRISES)):
        begin = (hours - 7) * 60 + 7 * 60 * (CRISES + number) // (2 * CRISES + 1) + rng.randrange(10)
        for i in range(120):
            post((begin + i // 12) * MINUTE_MS + rng.randrange(MINUTE_MS), NEGATIVE[brand], f"b{i}")
    made.sort(key=lambda one: one["created_at"] // 20_000)
    twice = rng.sample(range(len(made)), len(made) // 30)
    for i in sorted(twice, reverse=True):
        made.insert(min(i + rng.randrange(6), len(made)), made[i])
    return made


def parts(posts: list[dict], count: int) -> list[list[dict]]:
    size = -(-len(posts) // count)
    return [posts[i : i + size] for i in range(0, len(posts), size)]
