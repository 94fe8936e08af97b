"""What is configured about words reaches the scorers and the reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.assembly import ignored_words, new_reader, new_scorer
from agents.settings import load_settings
from detector.codec import to_json

NOW = 1_753_085_100_000
BRANDS = "brands: {camar: {name: Camar Air, aliases: [camar]}, kunang: {name: Kunang, aliases: [kunang]}}"
LEXICON = """
id: {promo: 0}
brands:
  camar: {id: {turbulensi: -3, promo: 1.5}, ignore: [terbang tenang]}
"""


@pytest.fixture
def settings(tmp_path):
    Path(tmp_path / "brands.yml").write_text(BRANDS)
    Path(tmp_path / "lexicon.yml").write_text(LEXICON)
    Path(tmp_path / "detector.yml").write_text("scorer: lexicon")  # of the rules alone each word is known
    return load_settings(tmp_path, {})


def test_words_of_all_brands_and_of_one(settings):
    text = "promo turbulensi lagi nih"
    assert [t.text for t in new_scorer(settings).explain(text).terms] == []
    assert [t.text for t in new_scorer(settings, "kunang").explain(text).terms] == []
    assert [t.text for t in new_scorer(settings, "camar").explain(text).terms] == ["turbulensi", "promo"]


def test_what_is_ignored_of_a_brand(settings):
    assert ignored_words(settings, settings.brands[0]) == ("Camar Air", "camar", "terbang tenang")
    assert ignored_words(settings, settings.brands[1]) == ("Kunang", "kunang")


def test_the_reader_scores_each_brand_by_its_words(settings):
    def post(number, text):
        return {"platform": "x", "id": str(number), "created_at": NOW, "text": text}

    texts = [
        "camar turbulensi lagi",
        "kunang turbulensi lagi",
        "camar dan kunang turbulensi",
        "camar terbang tenang",
    ]
    posts = [post(i, text) for i, text in enumerate(texts)]
    reading = new_reader(settings, 1).read([(0, to_json(posts))], NOW)
    labels = sorted((m.brand, m.label) for m in reading.mentions[0])
    assert labels == [("camar", -1), ("camar", -1), ("camar", 0), ("kunang", 0), ("kunang", 0)]
