"""Language by the vote of function words, by the source's tag, or by a guess that is sure."""

from __future__ import annotations

import pytest
from py3langid.langid import LanguageIdentifier

from detector.sentiment import guess
from detector.sentiment.language import language_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("internet saya mati lagi nih", "id"),
        ("gak bisa, kenapa?", "id"),
        ("my internet is down again", "en"),
        ("I’m done, it doesn’t work", "en"),
        ("the internet is mati lagi nih", "mixed"),
        ("kenapa sih gak bisa juga, you always begini lagi", "id"),
        ("great flight", "en"),
        ("Sinyal hilang total 😡", "id"),
        ("@budi sukses selalu", "id"),
        ("keren", "und"),
        ("zqxwv", "und"),
        ("12 34 --", "und"),
        ("😭😭", "und"),
        ("", "und"),
    ],
)
def test_language(text: str, found: str) -> None:
    assert language_of(text.split()) == found


@pytest.mark.parametrize(
    ("hint", "found"),
    [
        ("id", "id"),
        ("in", "id"),
        ("ms-MY", "id"),
        ("id_ID", "id"),
        ("EN-us", "en"),
        ("fr", "und"),
        ("", "und"),
    ],
)
def test_a_hint_counts_only_without_votes(hint: str, found: str) -> None:
    assert language_of(["keren"], hint) == found
    assert language_of(["the", "keren"], hint) == "en"


def test_a_machine_without_room_for_the_model_does_not_guess(monkeypatch):
    def full(*_args, **_kwargs):
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(LanguageIdentifier, "from_model_file", full)
    guess.guess.cache_clear()
    try:
        assert language_of(["great", "flight"]) == "und"
    finally:
        guess.guess.cache_clear()
