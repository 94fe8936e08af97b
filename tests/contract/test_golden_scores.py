"""Full score records of own texts: a change of any score shows as a diff that is read.

`SIAGA_REWRITE_GOLDEN=1` rewrites the file.
"""

from __future__ import annotations

import os
from pathlib import Path

from detector.codec import from_json, pretty_json
from detector.sentiment import Score
from detector.sentiment.registry import SCORER_NAMES, make_scorer

FILE = Path(__file__).parents[1] / "golden" / "contracts" / "scores.json"
IGNORE = ("nusa indah", "nusaindah")
TEXTS = (
    "",
    "Internet Nusa Indah mati lagi dari pagi, kecewa banget!!",
    "gak bagus",
    "pelayanannya ramah tapi jaringannya lemot bgt",
    "Makasih @nusaindah, teknisinya gercep dan sopan 👍🏽",
    "Terima kasih, luar biasa cepat!",
    "kapan promo lagi min?",
    "lemooot parah, rugi bayar mahal-mahal 😡",
    "tidak ada masalah, lancar jaya",
    "kurang puas sama aplikasinya, sering error",
    "Nusa Indah is GREAT, but the app isn't :(",
    "The outage lasted five hours. Nobody answered.",
    "Thank you Nusa Indah, problem solved so fast!",
    "never so disappointed in my life",
    "I don’t think it is a bad product",
    "the app is down lagi nih, please fix dong",
    "so good banget kopinya sih, love it",
    "mantap sekali, tiap hujan putus",
    "😂😂😂",
    "https://a.example/nusa @budi 12345",
)


class Record(Score, frozen=True, kw_only=True):
    scorer: str
    text: str


def records() -> list[Record]:
    found = []
    for name in SCORER_NAMES:
        scorer = make_scorer(name)
        for text in TEXTS:
            s = scorer.explain(text, IGNORE)
            found.append(
                Record(
                    s.lang,
                    s.compound,
                    s.polarity,
                    s.label,
                    s.coverage,
                    s.terms,
                    scorer=scorer.version,
                    text=text,
                )
            )
    return found


def test_scores_are_those_on_record() -> None:
    if os.environ.get("SIAGA_REWRITE_GOLDEN") == "1":
        FILE.write_text(pretty_json(records()), encoding="utf-8")
    assert records() == from_json(FILE.read_bytes(), list[Record])
