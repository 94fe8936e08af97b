"""Evidence texts: personal data is taken out; copies share a hash that never changes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.text import MAX_EVIDENCE_CHARS, near_copy, redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@budi kenapa mati?", "@… kenapa mati?"),
        ("(@budi) .@ani '@x'", "(@…) .@… '@…'"),
        ("@budi@pelantar.example hai", "@… hai"),
        ("tulis ke a.b+c@contoh.example.", "tulis ke [email]."),
        ("a@b", "[email]"),
        ("wa 0812-3456-7890 ya", "wa [phone] ya"),
        ("08123456789", "[phone]"),
        ("+62 812 3456 7890", "[phone]"),
        ("6281234567890", "[phone]"),
        ("(021) 555-1234", "[phone]"),
        ("0274 512345", "[phone]"),
        ("+1 (415) 555-2671", "[phone]"),
        ("415.555.2671", "[phone]"),
        ("0812\u00a03456\u20107890", "[phone]"),
        ("NIK 3171234567890001", "NIK [number]"),
        ("NIK 6271234567890001", "NIK [number]"),
        ("4111 1111 1111 1111", "[number]"),
        ("4111-1111-1111-1111!", "[number]!"),
        ("https://x.example/budi/status/1234567890", "https://x.example/…"),
        ("x.example/budi", "x.example/…"),
        ("pesan u/budi dan /u/ani", "pesan u/… dan /u/…"),
        ("mati sejak 2025-07-21 15:05", "mati sejak 2025-07-21 15:05"),
        ("21-07-2025 15.30", "21-07-2025 15.30"),
        ("Rp 1.500.000.000", "Rp 1.500.000.000"),
        ("turun 50 % dari 12345678", "turun 50 % dari 12345678"),
        ("", ""),
    ],
)
def test_personal_data_is_replaced(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_evidence_is_short_and_a_cut_shows() -> None:
    assert redact("a" * 280) == "a" * 280
    assert redact("a" * 281) == "a" * (MAX_EVIDENCE_CHARS - 1) + "…"


def test_no_part_of_a_number_survives_the_cut() -> None:
    link = "https://x.example/" + "a" * 980
    for pad in range(20, 40):
        assert "0812" not in redact(link + " " * pad + "0812 3456 7890 " * 3)


@given(st.text(max_size=400) | st.text("@ab.019 +-(/)", max_size=400))
def test_redacting_never_raises_and_leaves_no_address(text: str) -> None:
    shown = redact(text)
    assert len(shown) <= MAX_EVIDENCE_CHARS
    assert "a@b" not in shown


@pytest.mark.parametrize(
    "copy",
    [
        "internet mati lagi",
        "INTERNET  Mati\nlagi!!!",
        "RT @budi: Internet mati lagi",
        "RT @budi: rt @ani Internet mati lagi",
        "@nusanet internet mati lagi https://a.example/x1",
        "internet mati lagi www.a.example",
        "internet 3 mati 12 lagi 😭👍🏽",
        "internet #mati “lagi” …",
        "intérnet mati lagi",
        "internet &amp; mati lagi",
    ],
)
def test_copies_share_a_hash(copy: str) -> None:
    assert near_copy(copy) == near_copy("internet mati lagi")


@pytest.mark.parametrize("text", ["internet mati", "internet mati lagi ya", "интернет", "internet mati lag"])
def test_other_texts_do_not(text: str) -> None:
    assert near_copy(text) != near_copy("internet mati lagi")


def test_the_hash_is_the_same_on_every_machine() -> None:
    assert near_copy("Internet mati lagi") == 14086539541511873444
    assert near_copy("интернет") == 972602188486522097


@pytest.mark.parametrize("text", ["", "😭😭", "123", "@budi @sari", "!?"])
def test_nothing_left_is_no_copy_of_anything(text: str) -> None:
    assert near_copy(text) == 0


@given(st.text(max_size=200) | st.text("\ud800aé", max_size=9))
def test_a_hash_fits_64_bits(text: str) -> None:
    assert 0 <= near_copy(text) < 2**64
    assert near_copy(text.upper()) == near_copy(text.upper().lower()) or not text.isascii()


@pytest.mark.parametrize("piece", ["@a", "a.", "1 ", "a@", ".aa/", "+(1", "rt @a ", "&amp", "u/"])
def test_no_text_is_slow(piece: str) -> None:
    text = piece * (4096 // len(piece))
    start = time.process_time()
    redact(text)
    near_copy(text)
    assert time.process_time() - start < 0.05


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("parah https://berita.example/a/1", "Gila!! http://www.berita.example/a/1?utm=x#top 😭", True),
        ("https://berita.example/a/1", "https://berita.example/a/1/", True),
        ("parah https://berita.example/a/1", "parah https://berita.example/a/2", False),
        ("internet mati lagi https://a.example/1", "internet mati lagi", True),
        ("sudah tiga jam begini https://a.example/1", "tidak ada kabar dari CS https://a.example/1", False),
    ],
)
def test_a_link_with_hardly_a_word_is_a_copy_of_the_same_link(one, other, same):
    assert (near_copy(one) == near_copy(other)) is same


@pytest.mark.parametrize("number", ["٠٨١٢٣٤٥٦٧٨٩", "08١٢٣٤٥٦٧٨٩", "０８１２３４５６７８９"])
def test_digits_of_other_scripts_are_digits(number):
    assert redact(f"hubungi {number} ya 😡") == "hubungi [phone] ya 😡"


def test_emoji_and_marks_make_no_difference_to_copies_but_letters_do():
    assert near_copy("mati lagi 😡") == near_copy("mati lagi 😭") == near_copy("mati lagi" + " 😡" * 20)
    assert near_copy("mati lagi 日本") not in {near_copy("mati lagi"), near_copy("mati lagi 本日")}
