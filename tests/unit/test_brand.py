"""Brand matching: whole words, folding, exclusions, order, tags and bad settings."""

from __future__ import annotations

import pytest

from detector.brand import MAX_ALIAS_CHARS, Brand, BrandMatcher, Match

NUSA = Brand("nusanet", "Nusa Net", ("nusanet", "nusa net", "@nusacare"))
JAGO = Brand("kopijago", "Kopi Jago", ("jago", "kopi jago"), exclude=("bank jago", "ayam jago"))
CAFE = Brand("cafe-biru", "Café Biru", ("Café Biru", "wendy's"))
PLUS = Brand("yaho", "Yaho!", ("yaho!", "c++"))
MATCHER = BrandMatcher([NUSA, JAGO, CAFE, PLUS])


@pytest.mark.parametrize(
    ("text", "alias"),
    [
        ("nusanet mati", "nusanet"),
        ("NUSANET!", "nusanet"),
        ("#nusanet", "nusanet"),
        ("hai @NusaNet.", "nusanet"),
        ("(nusanet)", "nusanet"),
        ("nusanet-nya lemot", "nusanet"),
        ("nusa net", "nusa net"),
        ("nusa\nnet", "nusa net"),
        ("nusa  \t net", "nusa net"),
        ("nusa\u00a0net", "nusa net"),
        ("ｎｕｓａｎｅｔ", "nusanet"),
        ("𝐧𝐮𝐬𝐚𝐧𝐞𝐭 😭", "nusanet"),
        ("😭nusanet😭", "nusanet"),
        ("nusa\u00adnet", "nusanet"),
        ("kata @nusacare sabar", "@nusacare"),
    ],
)
def test_an_alias_counts_as_a_whole_word(text: str, alias: str) -> None:
    assert MATCHER.match(text) == [Match("nusanet", alias)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nusanethome",
        "@nusanethome",
        "#NusaNetHome",
        "nusanet_id",
        "nusanet2",
        "anusanet",
        "énusanet",
        "nusaneté",
        "nusa-net",
        "nusacare",
        "mail@nusacare.example",
        "\ud800",
    ],
)
def test_parts_of_longer_words_do_not_count(text: str) -> None:
    assert MATCHER.match(text) == []


@pytest.mark.parametrize("text", ["cafe biru", "CAFÉ BIRU", "Cafe\u0301 Biru", "wendy’s", "Wendy's"])
def test_case_diacritics_and_typography_do_not_matter(text: str) -> None:
    assert [match.brand for match in MATCHER.match(text)] == ["cafe-biru"]


def test_an_alias_may_end_in_punctuation() -> None:
    assert MATCHER.match("yaho! dan c++") == [Match("yaho", "yaho!")]
    assert MATCHER.match("c++11") == [Match("yaho", "c++")]
    assert MATCHER.match("xc++") == []


def test_an_alias_inside_an_excluded_phrase_does_not_count() -> None:
    assert MATCHER.match("bank jago mati") == []
    assert MATCHER.match("BANK  JAGO mati, ayam jago juga") == []
    assert MATCHER.match("bank jago mati, jago enggak") == [Match("kopijago", "jago")]
    assert MATCHER.match("sebank jago") == [Match("kopijago", "jago")]  # no whole "bank jago"


def test_an_exclusion_bars_its_own_brand_only() -> None:
    other = Brand("jago", "Jago", ("jago",))
    assert BrandMatcher([JAGO, other]).match("bank jago") == [Match("jago", "jago")]


def test_one_match_a_brand_the_longest_alias_at_the_first_place() -> None:
    assert MATCHER.match("kopi jago, jago, jago") == [Match("kopijago", "kopi jago")]


def test_order_of_first_appearance_then_tags() -> None:
    found = MATCHER.match("jago lalu nusanet", tagged=("Yaho!", "nusanet", "unknown", "yaho"))
    assert found == [Match("kopijago", "jago"), Match("nusanet", "nusanet"), Match("yaho", "tag")]


@pytest.mark.parametrize("tag", ["cafe-biru", "Café Biru", "CAFE BIRU", "wendy's"])
def test_a_tag_is_a_key_a_name_or_an_alias(tag: str) -> None:
    assert MATCHER.match("no brand here", (tag,)) == [Match("cafe-biru", "tag")]


def test_matches_of_one_call_do_not_leak_into_the_next() -> None:
    MATCHER.match("nusanet", ("yaho",))
    assert MATCHER.match("nusanet") == [Match("nusanet", "nusanet")]


def test_two_brands_may_share_an_alias() -> None:
    twins = BrandMatcher([Brand("a", "A", ("satu",)), Brand("b", "B", ("satu",))])
    assert twins.match("satu") == [Match("a", "satu"), Match("b", "satu")]


def test_a_brand_may_live_by_tags_alone() -> None:
    matcher = BrandMatcher([Brand("a", "A", ())])
    assert matcher.match("a") == []
    assert matcher.match("a", ("A",)) == [Match("a", "tag")]


@pytest.mark.parametrize("key", ["", "-a", "A", "a b", "a_b", "é", "a" * 65])
def test_a_bad_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"^bad brand key: got .*; expected 1 to 64 of a-z.*; choose"):
        Brand(key, "A", ())


@pytest.mark.parametrize("phrase", ["", " ", "!!", "\u0301", "a" * (MAX_ALIAS_CHARS + 1)])
def test_a_bad_phrase_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match=r"^bad alias of brand a: got"):
        Brand("a", "A", (phrase,))
    with pytest.raises(ValueError, match=r"^bad exclusion of brand a: got"):
        Brand("a", "A", (), exclude=(phrase,))


def test_a_brand_needs_a_name() -> None:
    with pytest.raises(ValueError, match=r"^brand a has no name"):
        Brand("a", " ", ())


def test_keys_are_distinct() -> None:
    with pytest.raises(ValueError, match=r"^two brands with the same key: got 'a' twice"):
        BrandMatcher([Brand("a", "A", ()), Brand("a", "B", ())])
