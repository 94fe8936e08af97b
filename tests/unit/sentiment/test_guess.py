"""The guess of a language is py3langid's, where that is sure."""

from __future__ import annotations

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from detector.sentiment.guess import SURE, guess
from tests.sentiment_texts import rule_dense_texts


def test_it_is_that_of_py3langid():
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["id", "en"])
    words = ("mantap", "pelayanan", "lambat", "kecewa", "refund", "great", "flight", "delayed", "café")
    texts = [" ".join(text.lower().split()[:3]) for text in rule_dense_texts(300, seed=3)]
    texts += [f"{first} {second}" for first in words for second in words]
    found = {text: guess()(text) for text in texts if text.isprintable()}
    for text, language in found.items():
        likelier, probability = identifier.classify(text)
        assert language == (likelier if probability >= SURE else "und"), text
    assert set(found.values()) == {"id", "en", "und"}
