"""Each rule of the normaliser alone, and the laws of all of them together."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.sentiment.elongation import _LONG, _WORDS
from detector.sentiment.normalise import RULES, Normaliser, normalise
from detector.sentiment.vader import vader

# rule, text, what the rule alone makes of it
ALONE = [
    ("entities", "a &amp; b &lt;3", "a & b <3"),
    ("entities", "&amp;lt;3", "<3"),
    ("entities", "AT&T", "AT&T"),
    ("invisible", "le\u200bm\u200do\u00adt\ufeff", "lemot"),
    ("invisible", "\u202ebagus\u202c \x00\x07mati\x7f", "bagus mati"),
    ("invisible", "satu\ndua\ttiga", "satu\ndua\ttiga"),
    ("variants", "❤\ufe0f 👍🏽 ☺\ufe0e", "❤ 👍 ☺"),
    ("marks", "don’t “go” `now`", "don't \"go\" 'now'"),
    ("marks", "lemot—parah… 10−2", "lemot - parah... 10-2"),
    ("marks", "𝗹𝗲𝗺𝗼𝘁 ｌｅｍｏｔ！", "lemot lemot!"),
    ("composed", "kafe\u0301", "kafé"),
    ("links", "mati https://a.example/b?c lagi HTTP://a.example", "mati lagi"),
    ("links", "lihat www.a.example", "lihat"),
    ("handles", "@budi mati", "mati"),
    ("handles", "kata (@budi.santoso) mati", "kata ( ) mati"),
    ("handles", "@a@b mati", "mati"),
    ("handles", "tulis ke budi.baik@enak.example ya", "tulis ke ya"),
    ("handles", "5 @ 10", "5 @ 10"),
    ("hashtags", "#InternetMati", "Internet Mati"),
    ("hashtags", "#internet_mati#PLNPadamLagi", "internet mati PLN Padam Lagi"),
    ("hashtags", "#lemot2 C# nomor #1", "lemot2 C# nomor 1"),
    ("elongation", "baguuuus leeeemooot", "bagus lemot"),
    ("elongation", "sooo goood, FREEEE", "so good, FREE"),
    ("elongation", "maaaaf saaaat", "maaf saat"),
    ("elongation", "zzz XDDDD 10000 grrrrrr", "zzz XD 10000 grrr"),
    ("elongation", "maaf, all good", "maaf, all good"),
    ("glue", "lemot,parah.. sekali", "lemot, parah.. sekali"),
    ("glue", "jam 12.30 a.n. bagus :D", "jam 12.30 a.n. bagus :D"),
    ("emoji", "mati😡😡lagi", "mati 😡 😡 lagi"),
    ("emoji", "bagus🥹🫠", "bagus 🥹 🫠"),
    ("ignore", "Nusa Net lemot", "lemot"),
]


@pytest.mark.parametrize(("rule", "text", "clean"), ALONE)
def test_a_rule_alone(rule: str, text: str, clean: str) -> None:
    only = Normaliser(without=set(RULES) - {rule})
    assert only(text, ["nusa net"]) == clean
    if text != clean:
        assert Normaliser(without=RULES)(text, ["nusa net"]) == text
        assert Normaliser(without=[rule])(text, ["nusa net"]) != normalise(text, ["nusa net"])


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("bagus  sekali 😡", ()),
        ("@budi &amp; lemooot", ("entities", "handles", "elongation")),
        ("nusa net mati😡", ("emoji", "ignore")),
    ],
)
def test_it_tells_which_rules_changed_a_text(text: str, rules: tuple[str, ...]) -> None:
    assert normalise.changes(text, ["nusa net"]) == rules


def test_every_rule_is_tested_alone() -> None:
    assert {rule for rule, _, _ in ALONE} == set(RULES)


def test_an_unknown_rule_lists_the_known() -> None:
    with pytest.raises(ValueError, match=r"^unknown rule: got 'spelling'; expected any of entities, invis"):
        Normaliser(without=["spelling"])


@pytest.mark.parametrize(
    ("ignore", "clean"),
    [
        (("nusa net",), "lemot, nusanet"),
        (("NUSA NET", "nusanet"), "lemot,"),
        (("nusa",), "Net lemot, nusanet"),
        (("nusa", "nusa net"), "lemot, nusanet"),
        (("@nusanet", "#NusaNet"), "lemot, nusanet"),
        (("", " "), "Nusa Net lemot, nusanet"),
        (("(",), "Nusa Net lemot, nusanet"),
    ],
)
def test_ignored_phrases_go_as_whole_words(ignore: tuple[str, ...], clean: str) -> None:
    assert normalise("Nusa Net lemot, nusanet", ignore) == clean


@pytest.mark.parametrize(
    ("text", "ignore", "clean"),
    [
        ("#NusaNetLemot", ("nusa net",), "Lemot"),
        ("di nusa\n net lemot", ("nusa net",), "di lemot"),
        ("nusa nusa net net lemot", ("nusa net",), "lemot"),
        ("lewat nusa.net,lemot", ("nusa.net",), "lewat , lemot"),
        ("İNusa Nusa lemot", ("nusa",), "İNusa lemot"),
        ("nusa_net NUSAAAA😡", ("nusa",), "nusa_net 😡"),
        ("nusa#lemot #nusa#jelek", ("nusa",), "lemot jelek"),
    ],
)
def test_ignored_phrases_meet_the_other_rules(text: str, ignore: tuple[str, ...], clean: str) -> None:
    assert normalise(text, ignore) == clean


def test_the_emoji_of_the_reference_are_known() -> None:
    for char in set(vader().emoji) - set("©®™") - set("🏻🏼🏽🏾🏿"):
        assert normalise(f"a{char}b") == f"a {char} b"


def test_words_with_a_doubled_letter_have_one() -> None:
    assert all(any(a == b for a, b in pairwise(word)) for word in _WORDS)
    assert not any(map(_LONG.search, _WORDS))


HARD = (
    st.text(max_size=60)
    | st.text("a@#.,w/:&;p3! ’\u200b\ufe0f😀", max_size=40)
    | st.lists(
        st.sampled_from(
            [*"@#&;.,_ \n", "amp;", "#38;", "&lt", "&#35;", "ht", "ttps://", "ww", "w.", "nusa", "Net", "ggg"]
        ),
        max_size=14,
    ).map("".join)
)


@given(HARD, st.lists(st.text(max_size=9) | st.sampled_from(["nusa net", "nusa", "w."]), max_size=3))
def test_twice_changes_nothing(text: str, ignore: list[str]) -> None:
    clean = normalise(text, ignore)
    assert normalise(clean, ignore) == clean


@given(HARD, st.sets(st.sampled_from(RULES)))
def test_twice_changes_nothing_whatever_is_off(text: str, without: set[str]) -> None:
    some = Normaliser(without)
    clean = some(text, ["nusa net"])
    assert some(clean, ["nusa net"]) == clean


@given(st.text("abcdefghij KLM,.", max_size=60).filter(lambda text: normalise(text) != text))
def test_plain_text_changes_by_spaces_and_length_only(text: str) -> None:
    assert set(normalise(text)) <= set(text) | {" "}


def test_every_character_twice_changes_nothing() -> None:
    text = "".join(f"a{chr(code)}b {chr(code)} " for code in range(0xD800) if not chr(code).isspace())
    for start in range(0, len(text), 4096):
        clean = normalise(text[start : start + 4096])
        assert normalise(clean) == clean


@pytest.mark.parametrize(
    "piece",
    ["&amp;", "&", "amp;", "&#35;", "nusa ", "net ", "#aB", "@a", "aaab", "a😡", "x@", "\u200b", "ＷW."],
)
def test_no_text_is_slow(piece: str) -> None:
    text = (("&" if piece == "amp;" else "nusa " if piece == "net " else "") + piece * 4096)[:4096]
    start = time.process_time()
    normalise(text, ("nusa net", "net"))
    assert time.process_time() - start < 0.015
