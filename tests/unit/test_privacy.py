"""A thousand identifiers of persons in posts: nothing of them is left in the text that goes on."""

from detector.text import redact
from tests.planted import TEMPLATES, core_of, planted


def test_no_planted_identifier_survives():
    left = []
    for n, identifier in enumerate(planted()):
        text = TEMPLATES[n % len(TEMPLATES)].format(brand="kunang fiber", it=identifier)
        if core_of(identifier).lower() in redact(text).lower():
            left.append((text, redact(text)))
    assert left == []
