"""Language by the vote of function words."""

from __future__ import annotations

import pytest

from detector.sentiment.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("internet saya mati lagi nih", "id"),
        ("gak bisa, kenapa?", "id"),
        ("my internet is down again", "en"),
        ("I’m done, it doesn’t work", "en"),
        ("the internet is mati lagi nih", "mixed"),
        ("kenapa sih gak bisa juga, you always begini lagi", "id"),
        ("mantap", "und"),
        ("😭😭", "und"),
        ("", "und"),
    ],
)
def test_votes(text: str, language: str) -> None:
    assert language_of(text.split()) == language


@pytest.mark.parametrize(
    ("hint", "language"),
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
def test_a_hint_counts_only_without_votes(hint: str, language: str) -> None:
    assert language_of(["mantap"], hint) == language
    assert language_of(["the", "mantap"], hint) == "en"
