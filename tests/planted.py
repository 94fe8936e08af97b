"""A thousand invented handles, addresses and numbers of people, as people write them; none is real."""

import random

TEMPLATES = (
    "{brand} parah, hubungi {it} ya",
    "{it} {brand} mati total lagi",
    "kecewa {brand}: lapor ke {it}!",
)
_NAMES = ("budi", "siti", "agus", "dewi", "rizky", "putri", "eko", "ayu")


def planted(count: int = 1_000, seed: int = 7) -> list[str]:
    """Return distinct identifiers of persons, of each kind about as many."""
    rng = random.Random(seed)
    kinds = (_handle, _email, _phone, _card, _nik)
    made: dict[str, None] = {}
    while len(made) < count:
        made[kinds[len(made) % len(kinds)](rng)] = None
    return list(made)


def core_of(identifier: str) -> str:
    """Return the part of an identifier that must not be found anywhere."""
    return identifier.removeprefix("u/").removeprefix("/u/").lstrip("@").removeprefix("https://wa.me/")


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _word(rng: random.Random) -> str:
    return rng.choice(_NAMES) + rng.choice(("", "_", ".")) + rng.choice(_NAMES) + _digits(rng, 5)


def _handle(rng: random.Random) -> str:
    return rng.choice(("@{0}", "@{0}@pelantar.example", "u/{0}")).format(_word(rng))


def _email(rng: random.Random) -> str:
    host = rng.choice(("contoh.example", "surat.contoh.example", "contoh.co.id"))
    return rng.choice(("{0}@{1}", "{0}+promo@{1}", "{0}@{1}")).format(_word(rng), host)


def _phone(rng: random.Random) -> str:
    mobile, a, b = f"8{rng.choice('1235789')}{_digits(rng, 1)}", _digits(rng, 4), _digits(rng, 4)
    form = rng.choice(
        (
            "0{0}-{1}-{2}",
            "0{0}{1}{2}",
            "0{0} {1} {2}",
            "0{0}.{1}.{2}",
            "+62 {0}-{1}-{2}",
            "+62{0}{1}{2}",
            "62{0}{1}{2}",
            "(0{0}) {1} {2}",
            "+62-{0}-{1}-{2}",
            "https://wa.me/62{0}{1}{2}",
            "(021) {1}{2}",
            "021-{1}{2}",
        )
    )
    return form.format(mobile, a, b)


def _card(rng: random.Random) -> str:
    parts = ["4" + _digits(rng, 3), *(_digits(rng, 4) for _ in range(3))]
    return rng.choice((" ", "-", "")).join(parts)


def _nik(rng: random.Random) -> str:
    region, born = f"3{_digits(rng, 5)}", f"{rng.randint(10, 31)}{rng.randint(1, 12):02}{_digits(rng, 2)}"
    return rng.choice(("{0}{1}{2}", "{0} {1} {2}", "{0}.{1}.{2}")).format(region, born, _digits(rng, 4))
