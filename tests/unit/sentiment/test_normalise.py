"""Each rule of the normaliser alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.sentiment.normalise import normalise


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("@budi mati", "mati"),
        ("kata (@budi) mati", "kata ( ) mati"),
        ("mati https://a.example/b?c lagi", "mati lagi"),
        ("lihat www.a.example", "lihat"),
        ("a &amp; b", "a & b"),
        ("don’t “go”", 'don\'t "go"'),
        ("❤\ufe0f👍🏽", "❤👍"),
        ("lemot,parah.. sekali", "lemot, parah.. sekali"),
        ("bagus :D", "bagus :D"),
        ("jam 12.30", "jam 12.30"),
    ],
)
def test_rules(text: str, clean: str) -> None:
    assert normalise(text).split() == clean.split()


@pytest.mark.parametrize(
    ("ignore", "clean"),
    [
        (("nusa net",), "lemot, nusanet"),
        (("NUSA NET", "nusanet"), "lemot,"),
        (("nusa",), "Net lemot, nusanet"),
        (("nusa", "nusa net"), "lemot, nusanet"),
        (("", " "), "Nusa Net lemot, nusanet"),
        (("(",), "Nusa Net lemot, nusanet"),
    ],
)
def test_ignored_phrases_go_as_whole_words(ignore: tuple[str, ...], clean: str) -> None:
    assert normalise("Nusa Net lemot, nusanet", ignore).split() == clean.split()


@given(st.text(max_size=80) | st.text("@a,.w/:&;#39 ’", max_size=40))
def test_never_raises_and_keeps_plain_text(text: str) -> None:
    assert isinstance(normalise(text, [text[:5]]), str)
    if text.isalpha() and text.isascii():
        assert normalise(text) == text
