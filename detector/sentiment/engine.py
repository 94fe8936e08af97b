"""The rules that turn the words of a text into valences: VADER's, for any vocabulary.

The rules and their constants are those of Hutto & Gilbert (2014), VADER, as vaderSentiment 3.3.2
applies them, its quirks included, so that one vocabulary reproduces it exactly. What a token means is
looked up once and remembered; rules run only round words that carry a valence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import compress, count
from typing import Literal, TypeAlias

from detector.sentiment.memo import Memo

BOOST = 0.293
CAPITALS = 0.733
NEGATION = -0.74
_NEVER_SO = 1.25
_SECOND, _THIRD = 0.95, 0.9  # how boosters two and three words before fade

# The rules a word takes part in.
NEGATES, NEVER, SO, WITHOUT, DOUBT, NO, OR, LEAST, KIND, CONTRAST, IDIOM, UPPER, SCALES, FIXED, YIELDS = (
    1 << bit for bit in range(15)
)


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """What a vocabulary knows of a token.

    `known`: it is in the lexicon; `valence`: its valence there, -4 to 4, not 0; `scale`: what it adds to the
    size of the valence of a word up to three places behind it (boosters, diminishers); `flags`: the
    rules it takes part in; `scale_back`: what it adds to that of the word right before it. A word
    with a scale carries `SCALES`; a known one has no scale and no `NEGATES` or `LEAST`. Two flags are not
    of VADER: the valence of a `FIXED` word is changed by contrast only, and one that `YIELDS` has none
    right before another known word ("cukup mahal").
    """

    known: bool = False
    valence: float = 0.0
    scale: float = 0.0
    flags: int = 0
    scale_back: float = 0.0


# What a token may be: a word that takes part in a rule, any other word (None), or no word at all, such as
# a number or punctuation (False). The last two are false, because most tokens are.
Meaning: TypeAlias = Word | Literal[False] | None

_PLAIN = Word()

# Positions of the tokens whose valence is not 0 after all rules, in order; their valences; how many
# tokens are in the lexicon; how many are words that no rule knows. A bare tuple: made for every text.
Hits: TypeAlias = tuple[list[int], list[float], int, int]


class Engine:
    """Applies the rules to tokens.

    Parameters
    ----------
    look_up
        What the vocabulary knows of a raw token.
    bare
        A raw token without its punctuation, in lower case.
    idioms
        Phrases of two or three words, with the valence they give to a lexicon word in or after them.
        Of each one word at least carries `IDIOM`.
    idiom_scales
        The same for boosters of two words, with what they add.
    """

    def __init__(
        self,
        look_up: Callable[[str], Meaning],
        bare: Callable[[str], str],
        idioms: Mapping[str, float] | None = None,
        idiom_scales: Mapping[str, float] | None = None,
    ) -> None:
        self._memo = Memo(look_up)
        self.bare = bare
        self._idioms = idioms or {}
        self._idiom_scales = idiom_scales or {}

    def valences(self, tokens: list[str]) -> list[float]:
        """Return the valences of raw tokens after all rules, those that are 0 left out."""
        # Three in front and one behind, so that every word has its neighbours.
        return self._valued(tokens, [None, None, None, *map(self._memo.__getitem__, tokens), None])[1]

    def hits(self, tokens: list[str]) -> Hits:
        """Return the same, where they are, and what is known of the other tokens."""
        return self.ruled(tokens, map(self._memo.__getitem__, tokens))

    def ruled(self, tokens: list[str], meanings: Iterable[Meaning]) -> Hits:
        """Return the same for tokens whose meanings are known already."""
        words = [None, None, None, *meanings, None]
        return *self._valued(tokens, words), words.count(None) - 4

    def _valued(self, tokens: list[str], words: list[Meaning]) -> tuple[list[int], list[float], int]:
        known: list[int] = []
        valences: list[float] = []
        flags = 0
        for i in compress(count(), words):
            if word := words[i]:
                flags |= word.flags
                if word.known:
                    known.append(i - 3)
                    valences.append(word.valence)
        if known and flags:
            return *self._ruled_all(tokens, words, known, flags), len(known)
        return known, valences, len(known)

    def _ruled_all(
        self, tokens: list[str], words: list[Meaning], known: list[int], flags: int
    ) -> tuple[list[int], list[float]]:
        at = []
        valences = []
        capitals = flags & UPPER != 0 and _some_upper(tokens)
        idiom = flags & IDIOM != 0
        for i in known:
            word = words[i + 3] or _PLAIN
            # A neighbour without a flag takes part in no rule: a quarter of the words are done with here.
            if (
                idiom
                or word.flags
                or ((near := words[i + 2]) and near.flags)
                or ((near := words[i + 1]) and near.flags)
                or ((near := words[i]) and near.flags)
                or ((near := words[i + 4]) and near.flags)
            ):
                valence = self._ruled(tokens, words, i + 3, capitals, idiom)
            else:
                valence = word.valence
            if valence:
                at.append(i)
                valences.append(valence)
        if flags & CONTRAST:
            _contrast(
                at, valences, next(i for i, word in enumerate(words) if word and word.flags & CONTRAST) - 3
            )
        return at, valences

    def meaning(self, token: str) -> Meaning:
        """Return what the vocabulary knows of a raw token."""
        return self._memo[token]

    def modifiers(self, tokens: list[str], i: int) -> list[int]:
        """Return the positions of the words that may have changed the valence of token `i`."""
        near = range(max(0, i - 3), i)
        found = [k for k in near if (word := self._memo[tokens[k]]) and _modifies(word)]
        if i + 1 < len(tokens) and (word := self._memo[tokens[i + 1]]) and word.scale_back:
            found.append(i + 1)
        return found

    def _ruled(self, tokens: list[str], words: list[Meaning], i: int, capitals: bool, idiom: bool) -> float:
        word, after = words[i] or _PLAIN, words[i + 1] or _PLAIN
        first, second, third = words[i - 1] or _PLAIN, words[i - 2] or _PLAIN, words[i - 3] or _PLAIN
        flags, near = word.flags, first.flags
        valence = word.valence
        if flags & FIXED:
            return valence
        if flags & (KIND | NO | YIELDS):
            if flags & KIND and self._is(tokens, i - 2, "of"):
                return 0.0
            if flags & (NO | YIELDS) and after.known and not after.flags & FIXED:
                valence = 0.0
        if (near | second.flags) & NO or (third.flags & NO and near & OR):
            valence = word.valence * NEGATION
        if capitals and flags & UPPER:
            valence += CAPITALS if valence > 0 else -CAPITALS
        if first.scale:
            valence += _scaled(first.scale, first.flags, valence, capitals)
        if near & NEGATES:
            valence *= NEGATION
        if second.scale:
            valence += _scaled(second.scale, second.flags, valence, capitals) * _SECOND
        if second.flags & NEGATES:
            valence = _negated(valence, second.flags, near & SO, near & DOUBT)
        if i > 5 and not third.known:
            if third.scale:
                valence += _scaled(third.scale, third.flags, valence, capitals) * _THIRD
            if near & SO:  # a quirk of the reference: "so" or "this" right before needs no "never"
                valence *= _NEVER_SO
            elif third.flags & NEGATES:
                valence = _negated(valence, third.flags, second.flags & SO, (near | second.flags) & DOUBT)
            if idiom:
                valence = self._idiomatic(tokens, i - 3, valence)
        if after.scale_back:
            valence += _scaled(after.scale_back, after.flags, valence, capitals)
        if near & LEAST and not (self._is(tokens, i - 5, "at") or self._is(tokens, i - 5, "very")):
            valence *= NEGATION
        return valence

    def _is(self, tokens: list[str], at: int, word: str) -> bool:
        return 0 <= at < len(tokens) and self.bare(tokens[at]) == word

    def _idiomatic(self, tokens: list[str], i: int, valence: float) -> float:
        low = [self.bare(token) for token in tokens[i - 3 : i + 3]]
        third, second, first, word = low[:4]
        near, far, three = f"{second} {first}", f"{third} {second}", f"{third} {second} {first}"
        for phrase in (f"{first} {word}", f"{near} {word}", near, three, far):
            if phrase in self._idioms:
                valence = self._idioms[phrase]
                break
        for end in (5, 6):
            if len(low) >= end:
                valence = self._idioms.get(" ".join(low[3:end]), valence)
        for phrase in (three, far, near):
            valence += self._idiom_scales.get(phrase, 0.0)
        return valence


def _scaled(scale: float, flags: int, valence: float, capitals: bool) -> float:
    if valence < 0:
        scale = -scale
    if capitals and flags & UPPER:
        scale += CAPITALS if valence > 0 else -CAPITALS
    return scale


def _negated(valence: float, flags: int, so: int, doubt: int) -> float:
    if flags & NEVER and so:
        return valence * _NEVER_SO
    if flags & WITHOUT and doubt:
        return valence
    return valence * NEGATION


def _modifies(word: Word) -> bool:
    return word.scale != 0 or word.flags & (NEGATES | LEAST | NO) != 0


def _some_upper(tokens: list[str]) -> bool:
    return 0 < sum(map(str.isupper, tokens)) < len(tokens)


def _contrast(at: list[int], valences: list[float], pivot: int) -> None:
    """Halve what comes before the contrast, and raise what comes after by half.

    The reference looks each valence up by value, so that of equal ones the first is changed again:
    kept, because scores must be equal.
    """
    for k in range(len(valences)):
        valence = valences[k]
        j = valences.index(valence)
        if at[j] < pivot:
            valences[j] = valence * 0.5
        elif at[j] > pivot:
            valences[j] = valence * 1.5
