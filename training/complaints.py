"""Writes the English complaint words that help on human-scored texts: `python -m training.complaints`.

A candidate (en_candidates.txt: a valence and the forms of one word) is kept if the squared error of the
compound on the texts that have it, after a line fitted for each set, falls. Forms that VADER already makes as
much of are left out; so is what occurs in fewer than three texts, of which nothing can be known.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from msgspec.json import encode
from numpy.typing import NDArray

from detector.sentiment.complaints import Complaint, ComplaintList, meaning_in, words_of
from detector.sentiment.emoji import emoji
from detector.sentiment.normalise import normalise
from detector.sentiment.totals import compound, emphasis
from detector.sentiment.vader import bare, vader
from training.texts import ground_truth, target

FEWEST_TEXTS = 3
OUT = Path("detector/sentiment/data/en_complaints.json")


def compounds(texts: list[str], complaints: tuple[Complaint, ...]) -> NDArray[np.float64]:
    words = words_of(complaints)
    known, symbols = vader(), emoji().words
    engine = known.engine_of(
        lambda token: symbols.get(token) or meaning_in(words, token) or known.meaning(token)
    )
    return np.array([compound(engine.hits(text.split())[1], emphasis(text)) for text in texts])


def main() -> None:
    rows = ground_truth()
    texts = [normalise(row.text) for row in rows]
    truth = np.array([target(row.score) for row in rows])
    kinds = np.array([row.kind for row in rows])
    slope, base = np.empty(len(rows)), np.empty(len(rows))
    plain = compounds(texts, ())
    for kind in set(kinds.tolist()):
        slope[kinds == kind], base[kinds == kind] = np.polyfit(plain[kinds == kind], truth[kinds == kind], 1)
    having: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        for word in {bare(token) for token in text.split()}:
            having.setdefault(word, []).append(i)
    kept = []
    for line in Path(__file__).with_name("en_candidates.txt").read_text("utf-8").splitlines():
        valence, *words = line.split()
        forms = tuple(word for word in words if vader().lexicon.get(word, 0.0) > float(valence))
        at = np.array(sorted({i for word in forms for i in having.get(word, ())}), dtype=int)
        if len(at) < FEWEST_TEXTS:
            why = f"in {len(at)} texts" if forms else "VADER makes as much of it"
            print(f"{' '.join(words):60} left out: {why}")
            continue
        mine = compounds([texts[i] for i in at], (Complaint(forms, float(valence), ""),))
        error = [(slope[at] * found + base[at] - truth[at]) ** 2 for found in (plain[at], mine)]
        gain = float((error[0] - error[1]).sum())
        print(f"{' '.join(words):60} {'kept' if gain > 0 else 'left out'}: {len(at)} texts, gain {gain:+.2f}")
        if gain > 0:
            why = f"squared error of {len(at)} human-scored texts falls by {gain:.2f}"
            kept.append(Complaint(forms, float(valence), why))
    lines = ",\n  ".join(encode(each).decode() for each in ComplaintList(tuple(kept)).complaints)
    OUT.write_text(f'{{\n "complaints": [\n  {lines}\n ]\n}}\n', encoding="utf-8")
    print(f"{OUT}: {sum(len(each.words) for each in kept)} words")


if __name__ == "__main__":
    main()
