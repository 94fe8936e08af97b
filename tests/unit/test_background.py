from detector.background import (
    EVERY_MIN,
    EVERY_MIN_YOUNG,
    HALF_LIFE_MIN,
    MAX_TERMS,
    YOUNG_TEXTS,
    learn,
    unpack,
)

NOON = 29_218_500


def test_it_counts_texts_not_repetitions() -> None:
    known = unpack(learn(b"", NOON, [{"mati", "internet"}, {"mati"}]))
    assert (known.texts, known.counts) == (2.0, {"mati": 2.0, "internet": 1.0})


def test_two_weeks_ago_counts_half() -> None:
    packed = learn(b"", NOON, [{"mati"}] * 8)
    known = unpack(learn(packed, NOON + HALF_LIFE_MIN, []))
    assert (known.texts, known.counts) == (4.0, {"mati": 4.0})


def test_it_stays_within_a_few_kilobytes_and_keeps_what_is_frequent() -> None:
    packed = b""
    for hour in range(400):
        packed = learn(
            packed, NOON + 60 * hour, [{"often", *(f"rareword{hour}-{i:02d} pairword" for i in range(10))}]
        )
    known = unpack(packed)
    assert len(known.counts) == MAX_TERMS
    assert known.counts["often"] > 150
    assert len(packed) < 8_000


def test_equal_posts_in_any_order_give_equal_bytes() -> None:
    assert learn(b"", NOON, [{"b", "a"}, {"c"}]) == learn(b"", NOON, [{"a", "b"}, {"c"}])


def test_a_young_brand_is_learnt_from_more_often() -> None:
    assert unpack(learn(b"", NOON, [set()])).next_at == NOON + EVERY_MIN_YOUNG
    assert unpack(learn(b"", NOON, [set()] * int(YOUNG_TEXTS))).next_at == NOON + EVERY_MIN


def test_nothing_is_known_at_first() -> None:
    assert unpack(b"").next_at == 0
