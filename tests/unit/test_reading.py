from collections import Counter
from itertools import pairwise

import pytest

from detector.brand import Brand, BrandMatcher
from detector.codec import to_json
from detector.mention import LANGUAGES, position
from detector.post import PLATFORMS
from detector.reading import Reader
from detector.routing import partition_of
from detector.sentiment import Score

NOW = 1_753_085_100_000
MATCHER = BrandMatcher([Brand("biznet", "Biznet", ("biznet",)), Brand("jago", "Jago", ("kopi jago",))])


class Scorer:
    """Says what its text says, and remembers what it was to ignore."""

    name, version = "fake", "1"

    def __init__(self):
        self.asked = []

    def score(self, text, ignore=(), lang=None):
        self.asked.append((text, tuple(ignore), lang))
        polarity = -0.5 if "mati" in text else 0.25
        label = "negative" if polarity < 0 else "neutral"
        return Score("id", polarity, polarity, label, 0.666)

    explain = score


def post(text: str = "biznet mati", **other) -> dict:
    return {"platform": "x", "id": "1", "created_at": NOW - 1_000, "text": text, **other}


def reader(partitions: int = 4, key: bytes = b"secret", scorer=None, ignored=None) -> Reader:
    return Reader(MATCHER, scorer or Scorer(), partitions, key, ignored)


def read(*posts, partitions: int = 1, **settings):
    return reader(partitions, **settings).read([(7, to_json(list(posts)))], NOW)


def test_a_mention_carries_what_its_post_says():
    (one,) = read(post(author={"id": "budi"}, reach=9)).mentions[0]
    assert (one.brand, one.alias, one.text, one.position) == ("biznet", "biznet", "biznet mati", position(7))
    assert (one.polarity, one.label, one.coverage, one.reach) == (-5_000, -1, 67, 9)
    assert (PLATFORMS[one.platform], LANGUAGES[one.lang]) == ("x", "id")


def test_mentions_go_to_the_partitions_of_their_brands_in_order():
    posts = [post("biznet dan kopi jago", id=str(i)) for i in range(5)]
    found = read(*posts, partitions=8)
    assert set(found.mentions) == {partition_of(brand, 8) for brand in ("biznet", "jago")}
    for home, mentions in found.mentions.items():
        assert all(partition_of(one.brand, 8) == home for one in mentions)
        assert [one.position for one in mentions] == sorted(one.position for one in mentions)


def test_hashes_depend_on_the_key_the_platform_and_the_name():
    def hashes(key=b"one", **other):
        (one,) = read(post(author={"id": "budi"}, **other), key=key).mentions[0]
        return one.post, one.author

    assert hashes() == hashes()
    for other in (hashes(b"two"), hashes(platform="facebook")):
        assert not set(other) & set(hashes())
    assert hashes(id="2")[0] != hashes()[0]
    assert hashes(id="2")[1] == hashes()[1]
    assert hashes(id="budi") == (hashes()[1], hashes()[1])
    assert 0 not in hashes()


def test_a_post_without_author_has_none():
    assert read(post()).mentions[0][0].author == 0


def test_an_unknown_platform_is_labelled_other_and_still_tells_posts_apart():
    one, other = read(post(platform="koo"), post(platform="loo")).mentions[0]
    assert PLATFORMS[one.platform] == PLATFORMS[other.platform] == "other"
    assert one.post != other.post


def test_the_matched_brands_own_words_are_ignored():
    scorer = Scorer()
    words = {"biznet": ("Biznet",), "jago": ("Jago", "Kopi")}
    read(post("biznet"), post("biznet kopi jago"), post("apa saja"), post("biznet", lang="id"),
         scorer=scorer, ignored=words)  # fmt: skip
    assert [ignore for _, ignore, _ in scorer.asked] == [("Biznet",), ("Biznet", "Jago", "Kopi"), ("Biznet",)]
    assert scorer.asked[-1][2] == "id"


def test_a_brand_with_words_of_its_own_has_a_scorer_of_its_own():
    class Own(Scorer):
        def score(self, text, ignore=(), lang=None):
            super().score(text, ignore, lang)
            return Score("id", 0.5, 0.5, "positive", 1.0)

    shared, own = Scorer(), Own()
    one = Reader(MATCHER, shared, 1, b"secret", {"biznet": ("Biznet",)}, {"jago": own})
    reading = one.read([(7, to_json([post("biznet mati, kopi jago"), post("biznet mati", id="2")]))], NOW)
    assert [(m.brand, m.label) for m in reading.mentions[0]] == [("biznet", -1), ("jago", 1), ("biznet", -1)]
    assert (reading.counts["negative"], reading.counts["positive"]) == (2, 1)
    assert own.asked == [("biznet mati, kopi jago", ("Biznet",), None)]
    assert len(shared.asked) == 2


def test_posts_by_outcome():
    found = read(post(), post("kopi jago biznet"), post("apa saja"), post(text=""), post("x" * 5_000))
    outcomes = {name: found.counts[name] for name in ("matched", "unmatched", "rejected", "cut")}
    assert outcomes == {"matched": 2, "unmatched": 2, "rejected": 1, "cut": 1}
    assert (found.counts["negative"], found.counts["neutral"]) == (1, 2), "one for each brand"
    assert [(one.offset, one.rejected.index) for one in found.refused] == [(7, 3)]


def test_the_newest_event_time_is_at_most_now_and_of_unmatched_posts_too():
    assert read(post(created_at=NOW + 30_000)).newest == NOW
    assert read(post(created_at=NOW - 5_000), post("apa saja", created_at=NOW - 9)).newest == NOW - 9
    assert read(post(text="")).newest is None


def test_a_tombstone_is_refused_alone():
    found = reader(1).read([(1, None), (2, to_json(post()))], NOW)
    assert (len(found.refused), len(found.mentions[0])) == (1, 1)


@pytest.mark.parametrize("bad", [None, b"{}", b"", to_json([post(id="a"), post(id="b")])])
def test_many_records_are_read_as_one_by_one(bad):
    records = [(offset, to_json(post(id=str(offset), created_at=NOW - offset % 7))) for offset in range(200)]
    records[150] = (150, bad)
    at_once = reader().read(records, NOW)
    one_by_one = [reader().read([record], NOW) for record in records]
    assert at_once.refused == [refused for one in one_by_one for refused in one.refused]
    assert at_once.platforms == [platform for one in one_by_one for platform in one.platforms]
    assert at_once.counts == sum((one.counts for one in one_by_one), Counter())
    assert at_once.moves == [(position(0), NOW)]
    for home, mentions in at_once.mentions.items():
        assert mentions == [mention for one in one_by_one for mention in one.mentions.get(home, ())]


@pytest.mark.parametrize("fault", [b"", b"\n{}"])
def test_a_large_record_is_read_in_steps(fault):
    record = b"\n".join(to_json(post(id=str(number))) for number in range(1_000)) + fault
    scorer, seen, done = Scorer(), [], []

    def steps():
        done.append((yield from reader(1, scorer=scorer).reading([(0, record)], NOW)))

    for _ in steps():
        seen.append(len(scorer.asked))
    (reading,) = done
    assert max(later - earlier for earlier, later in pairwise([0, *seen, 1_000])) < 100
    assert len(reading.mentions[0]) == 1_000
    assert reading.counts["rejected"] == len(reading.refused) == (1 if fault else 0)
