"""The fused scorer: the rules of the lexicon scorer and n-gram models, in one pass over a text."""

from __future__ import annotations

import string
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from math import exp
from typing import Any, Final, NamedTuple

from msgspec import structs

from detector.sentiment import Label, Language, Score, Term
from detector.sentiment.attribution import gram_parts, terms_of_parts
from detector.sentiment.engine import Engine, Meaning
from detector.sentiment.grams import ENDS, NEGATES, SCOPE, Grams
from detector.sentiment.indonesian import indonesian
from detector.sentiment.language import named
from detector.sentiment.lexicon import LexiconScorer, Reading
from detector.sentiment.memo import Memo
from detector.sentiment.ngrams import UNKNOWN, NgramTable, shipped_table
from detector.sentiment.own_words import NO_WORDS, OwnWords
from detector.sentiment.totals import compound, emphasis, masses, spreads
from detector.sentiment.trace import Trace
from detector.sentiment.vader import terms_of, vader

ID_PER_MASS: Final = 3.0
"""What a full mass of negative or positive valences adds to the logit of its class, Indonesian."""
EN_PER_NEGATIVE, EN_PER_POSITIVE = 0.7, 0.5
"""The same for the English value. Complaints outweigh thanks: many people thank before they complain."""
EN_CUTS, BOTH_CUTS = (-0.05, 0.3), (-0.15, 0.3)
"""Polarity below which an English text, or one judged by both models, counts as negative, and above which
as positive; an Indonesian one has the likeliest class."""
_PER_LOGIT = 1 / 3  # the slope of the difference of two probabilities where three are equal
_PLACES = 4
_RULES_VERSION = "1"
_EN_NEGATORS = (
    *("not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "nowhere", "without", "hardly"),
    *("scarcely", "barely", "cannot", "cant", "dont", "didnt", "isnt", "doesnt", "wont", "wasnt", "werent"),
    *("aint", "couldnt", "shouldnt", "wouldnt", "havent", "hasnt", "hadnt"),
)
_NO_WORD, _NEW_WORD, _KNOWN_WORD = range(3)
_COLUMNS = 2  # of a memo's record, by model


class Model(NamedTuple):
    """An n-gram table and what it is read with.

    `ignored` words have no weight here. `judge` turns a total and the masses of the negative and positive
    valences into polarity and class; `part` is about what a part of the total, or of the masses (signed),
    adds to the polarity.
    """

    grams: Grams
    table: NgramTable
    ignored: Collection[str]
    judge: Callable[[complex, float, float], tuple[float, Label]]
    part: Callable[[complex, float], float]


class _Voice(NamedTuple):
    """One language's engine and models, and the one memory of all that is known of its tokens.

    Of a token: its meaning to the rules, its kind, then for each model the numbers of its words and marks,
    and whether it negates or is a pause.
    """

    engine: Engine
    models: tuple[Model, ...]
    memo: Memo[tuple[Any, ...]]


class FusedScorer:
    """Indonesian and English text by rules and by weights of words and pairs, learnt from labelled texts.

    The text is read as the lexicon scorer reads it; `compound` is that scorer's. `polarity` is, for
    Indonesian, the probability of the positive class less that of the negative one, for English a
    regression on people's scores; each has the masses of the valences that the rules found added to it. A
    mixed text, or one of unknown language, has the mean of both, weighed by how many of its words each
    model knows. See docs/model-card.md.

    Parameters
    ----------
    own
        Words that win over those of the lists; they have no weight in the tables.
    tables
        Other tables by language, ``id`` and ``en``, for measuring; those that are shipped where left out.
    """

    name: Final = "fused"

    def __init__(self, own: OwnWords = NO_WORDS, tables: Mapping[str, NgramTable] | None = None) -> None:
        tables = tables or {}
        self._lexicon = LexiconScorer(own)
        table_id = tables.get("id") or shipped_table("id")
        table_en = tables.get("en") or shipped_table("en")
        ignored_id = frozenset((*own.indonesian_words, *own.emoji))
        ignored_en = frozenset((*own.english_words, *own.emoji))
        model_id = Model(grams_of("id"), table_id, ignored_id, judge_id, part_id)
        model_en = Model(grams_of("en"), table_en, ignored_en, judge_en, part_en)
        both = self._voice("mixed", self._lexicon.meaning_either, model_id, model_en)
        self._voices: dict[Language, _Voice] = {
            "id": self._voice("id", self._lexicon.meaning_id, model_id),
            "en": self._voice("en", self._lexicon.meaning_en, model_en),
            "mixed": both,
            "und": both,
        }
        rules = self._lexicon.version.partition(" ")[2]
        self.version = f"fused {rules} {table_id.digest} {table_en.digest} {_RULES_VERSION}"

    def score(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        """Return the score of a text; see `Scorer`."""
        return self._score(self._lexicon.read(text, ignore, lang), lang, explain=False)

    def explain(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Score:
        """Return the score with the words and pairs that made it, about as parts of the polarity."""
        return self._score(self._lexicon.read(text, ignore, lang), lang, explain=True)

    def trace(self, text: str, ignore: Sequence[str] = (), lang: str | None = None) -> Trace:
        """Return the score, and what the rules make of each word; what the models add is in its terms."""
        return structs.replace(
            self._lexicon.trace(text, ignore, lang), score=self.explain(text, ignore, lang)
        )

    def _score(self, reading: Reading, hint: str | None, explain: bool) -> Score:
        clean, tokens, language = reading
        lang = named(language, tokens, hint)
        if not tokens:
            return Score(lang, 0.0, 0.0, "neutral", 0.0)
        voice = self._voices[language]
        meanings, kinds, *columns = zip(*map(voice.memo.__getitem__, tokens), strict=True)
        known = kinds.count(_KNOWN_WORD)
        if not known:
            return Score(lang, 0.0, 0.0, "neutral", 0.0)
        at, valences, _, _ = voice.engine.ruled(tokens, meanings)
        value = negative = positive = 0.0
        if valences:
            added = emphasis(clean)
            value = compound(valences, added)
            negative, positive = masses(valences, added)
        if len(voice.models) == 1:
            _, table, _, judge, _ = voice.models[0]
            shares: tuple[int, ...] = (1,)
            polarity, label = judge(table.total(_sequence(table.turned, *columns)), negative, positive)
        else:
            polarity, label, shares = _both(voice.models, columns, negative, positive)
        polarity = round(max(-1.0, min(1.0, polarity)), _PLACES)
        terms: tuple[Term, ...] = ()
        if explain:
            terms = _terms(voice, shares, tokens, columns, terms_of(voice.engine, tokens, at, valences))
        coverage = known / (known + kinds.count(_NEW_WORD))
        return Score(lang, value, polarity, label if polarity else "neutral", coverage, terms)

    def _voice(self, language: Language, meaning: Callable[[str], Meaning], *models: Model) -> _Voice:
        def look_up(token: str) -> tuple[Any, ...]:
            what = meaning(token)
            known = bool(what and what.known)
            record: list[Any] = []
            for grams, table, ignored, *_ in models:
                names, turn = grams.piece(token)
                find = table.ids.get
                if len(names) == 1:  # nearly always: the quick way
                    numbers: tuple[int, ...] = (find(names[0], UNKNOWN),)
                else:
                    numbers = tuple([find(name, UNKNOWN) for name in names])
                if ignored and token.strip(string.punctuation).lower().replace("_", " ") in ignored:
                    numbers = (UNKNOWN,) * len(numbers)
                known = known or (any(numbers[:1]) and what is not False)
                record += (numbers, turn)
            return (what, _KNOWN_WORD if known else _NEW_WORD if what is None else _NO_WORD, *record)

        return _Voice(self._lexicon.engines[language], models, Memo(look_up))


def grams_of(language: str) -> Grams:
    """Return how tokens of a language, ``id`` or ``en``, are read as n-grams."""
    if language == "id":
        return Grams(indonesian().negators, indonesian().slang, vader().lexicon)
    return Grams(_EN_NEGATORS, {}, vader().lexicon)


def judge_id(total: complex, negative: float, positive: float) -> tuple[float, Label]:
    """Return the probability of the positive class less that of the negative one, and the likeliest class."""
    worse = exp(total.real + ID_PER_MASS * negative)
    better = exp(total.imag + ID_PER_MASS * positive)
    polarity = (better - worse) / (1.0 + worse + better)
    if worse > better:
        return polarity, "negative" if worse > 1.0 else "neutral"
    return polarity, "positive" if better > 1.0 else "neutral"


def judge_en(total: complex, negative: float, positive: float) -> tuple[float, Label]:
    """Return the value of the regression, and its class by `EN_CUTS`."""
    polarity = total.real - EN_PER_NEGATIVE * negative + EN_PER_POSITIVE * positive
    return polarity, _label(polarity, EN_CUTS)


def part_id(weight: complex, mass: float) -> float:
    """Return about what a part of the logits adds to the polarity of an undecided text."""
    return _PER_LOGIT * (weight.imag - weight.real + ID_PER_MASS * mass)


def part_en(weight: complex, mass: float) -> float:
    """Return what a part of the regression adds to the polarity."""
    return weight.real + (EN_PER_NEGATIVE if mass < 0 else EN_PER_POSITIVE) * mass


def _sequence(turned: Sequence[int], numbers: Sequence[tuple[int, ...]], turns: Sequence[int]) -> list[int]:
    """Return the numbers of a text's words, negation marked: what `Grams.sequence` does by name."""
    if max(turns) < NEGATES:
        return list(chain.from_iterable(numbers))
    found: list[int] = []
    left = 0
    for plain, turn in zip(numbers, turns, strict=True):
        found += map(turned.__getitem__, plain) if left > 0 and turn < NEGATES else plain
        left = 0 if turn & ENDS else SCOPE if turn else left - 1
    return found


def _both(
    models: Sequence[Model], columns: Sequence[tuple[Any, ...]], negative: float, positive: float
) -> tuple[float, Label, tuple[int, ...]]:
    """Return the mean polarity of models, the class it has, and what each model weighed.

    Each weighs as much as it knows words; one more for each, so that a text of which neither knows a word is
    judged by both.
    """
    sum_of = 0.0
    shares = []
    for i, (_, table, _, judge, _) in enumerate(models):
        ids = _sequence(table.turned, *columns[_COLUMNS * i : _COLUMNS * (i + 1)])
        shares.append(1 + len(ids) - ids.count(UNKNOWN))
        sum_of += shares[-1] * judge(table.total(ids), negative, positive)[0]
    polarity = sum_of / sum(shares)
    return polarity, _label(polarity, BOTH_CUTS), tuple(shares)


def _label(polarity: float, cuts: tuple[float, float]) -> Label:
    return "negative" if polarity < cuts[0] else "positive" if polarity > cuts[1] else "neutral"


def _terms(
    voice: _Voice,
    weights: Sequence[int],
    tokens: Sequence[str],
    columns: Sequence[tuple[Any, ...]],
    rules: Sequence[Term],
) -> tuple[Term, ...]:
    parts: list[dict[str, float]] = []
    spread = spreads([term.contribution for term in rules])
    for i, (model, weight) in enumerate(zip(voice.models, weights, strict=True)):
        share = weight / sum(weights)
        found = gram_parts(model.table, tokens, *columns[_COLUMNS * i : _COLUMNS * (i + 1)])
        parts.append({text: share * model.part(value, 0.0) for text, value in found.items()})
        for term in rules:
            mass = term.contribution / spread[term.contribution > 0]
            parts.append({term.text: share * model.part(0.0, mass)})
    return terms_of_parts(parts)
