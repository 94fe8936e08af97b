"""Minimal pairs: each holds one rule of the lexicon scorer, in both languages; and jokes it does not get."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from detector.sentiment.lexicon import LexiconScorer

SCORER = LexiconScorer()
HERE = Path(__file__).parent


def pairs(language: str) -> list[tuple[str, str, str]]:
    listed = yaml.safe_load((HERE / f"pairs_{language}.yml").read_text(encoding="utf-8"))
    return [(rule, *pair.split(" < ")) for rule, lines in listed.items() for pair in lines]


INDONESIAN, ENGLISH = pairs("id"), pairs("en")


@pytest.mark.parametrize(("rule", "worse", "better"), [*INDONESIAN, *ENGLISH])
def test_the_rule_tells_them_apart(rule: str, worse: str, better: str) -> None:
    assert SCORER.score(worse).compound < SCORER.score(better).compound


def test_there_are_enough_and_none_twice() -> None:
    assert len(set(INDONESIAN)) == len(INDONESIAN) >= 150
    assert len(set(ENGLISH)) == len(ENGLISH) >= 100


SARCASM = [
    ("mantap sekali, internet mati tiap hari", "the praise is louder than the one word of complaint"),
    ("hebat ya, bayar terus gangguan terus", "praise and complaint weigh the same"),
    ("makasih lho, tiap hujan ilang sinyalnya, luar biasa", "thanks that are none"),
    ("keren banget, baru dibayar langsung putus", "the praise is louder"),
    ("bagus, pertahankan lemotnya", "one word for, one against"),
    ("semangat ya yang nunggu refund dari tahun lalu", "wishes are taken at their word"),
    ("terima kasih sudah membuat saya begadang nunggu teknisi yang gak datang", "thanks that are none"),
    ("great, another delay. love it", "the praise is louder"),
    ("thanks for nothing", "'for nothing' is no negation"),
    ("oh wonderful, the app ate my order again", "no word of complaint"),
    ("best airline ever, only nine hours on the floor", "no word of complaint"),
    ("so proud of how you treat your customers, bravo", "no word of complaint"),
]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(*case, marks=pytest.mark.xfail(strict=True, reason=f"sarcasm: {case[1]}"))
        for case in SARCASM
    ],
)
def test_sarcasm_is_not_seen(text: str, why: str) -> None:
    assert SCORER.score(text).label == "negative"
