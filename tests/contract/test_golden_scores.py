"""Full score records of own texts: a change of any score shows as a diff that is read.

`SIAGA_REWRITE_GOLDEN=1` rewrites the file.
"""

from __future__ import annotations

import os
from pathlib import Path

from detector.codec import from_json, pretty_json
from detector.sentiment import Score
from detector.sentiment.registry import SCORER_NAMES, make_scorer
from tests.golden_posts import IGNORE, POSTS

FILE = Path(__file__).parents[1] / "golden" / "contracts" / "scores.json"


class Record(Score, frozen=True, kw_only=True):
    scorer: str
    text: str


def records() -> list[Record]:
    found = []
    for name in SCORER_NAMES:
        scorer = make_scorer(name)
        for text in POSTS:
            s = scorer.explain(text, IGNORE)
            found.append(
                Record(
                    s.lang,
                    s.compound,
                    s.polarity,
                    s.label,
                    s.coverage,
                    s.terms,
                    scorer=scorer.version,
                    text=text,
                )
            )
    return found


def test_scores_are_those_on_record() -> None:
    if os.environ.get("SIAGA_REWRITE_GOLDEN") == "1":
        FILE.write_text(pretty_json(records()), encoding="utf-8")
    assert records() == from_json(FILE.read_bytes(), list[Record])
