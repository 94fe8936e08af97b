import pytest

from detector.stop_words import STOP_WORDS
from detector.terms import terms_of, words_of
from detector.text import redact


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("internet mati lagi", {"internet", "mati", "internet mati"}),
        ("Internet MATIII!!", {"internet", "mati", "internet mati"}),
        ("the router is down", {"router", "down"}),  # "is" stands between them
        ("refund, gangguan", {"refund", "gangguan"}),  # a comma too
        ("gangguan gangguan", {"gangguan"}),
        ("pelayanan café buruk", {"pelayanan", "cafe", "buruk", "pelayanan cafe", "cafe buruk"}),
        ("yang dan the of untuk", set()),
        ("😭😭 !!! 12", set()),
        ("", set()),
    ],
)
def test_words_and_pairs(text: str, terms: set[str]) -> None:
    assert terms_of(text) == terms


def test_no_handles_numbers_links_or_what_stands_for_them() -> None:
    text = "@budi_s cek https://a.example/u/budi 0812-3456-7890, a.b@mail.example tagihan 350rb &amp; u/budi"
    terms = terms_of(redact(text))
    assert terms == {"cek", "tagihan"}


def test_the_words_of_the_brand_are_not_in_it_and_part_its_neighbours() -> None:
    brand = words_of(["kopi-senja", "Kopi Senja"])
    assert terms_of("kopi senja kemahalan banget, KopiSenja antri panjang", brand) == {
        "kemahalan",
        "antri",
        "panjang",
        "antri panjang",
    }


def test_stop_words_are_folded_and_of_both_languages() -> None:
    assert {"yang", "nggak", "the", "don't"} <= STOP_WORDS
    assert all(word == word.casefold() for word in STOP_WORDS)
    assert not {"mati", "gangguan", "down", "refund", "lemot"} & STOP_WORDS
