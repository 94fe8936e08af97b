"""Words that are drawn out for emphasis, in the length they are looked up in."""

from __future__ import annotations

import re
import string

from ahocorasick_rs import AhoCorasick, Implementation

# The same as `_LONG` in a third of the time; most texts are asked this only.
_find_long = AhoCorasick(
    [letter * 3 for letter in string.ascii_letters], implementation=Implementation.DFA
).find_matches_as_indexes
_LONG = re.compile(r"([A-Za-z])\1\1")
_RUN = re.compile(r"([A-Za-z])\1{2,}")
_LETTERS = re.compile(r"[^\W\d_]+")

# Words that people draw out at a letter that is rightly doubled; by hand, both languages.
_DOUBLED = """
    agree all annoy annoyed annoying apple awesomeness aww bee beer bermanfaat better bitter bless blessed
    boo book boss bottom bullshit bully buzz call calling cheer cheers class coffee cool crappy creepy
    cross deep difficult dinner disappoint disappointed disappointing disappointment discuss dismiss dress
    dull eww excellent express fall fee feed feel feeling feels fell fill finally food fool foolish free
    freedom freezing full fully funny fuzzy giggle good goodbye goodness goods green greet guess happen
    happened happily happiness happy hassle hell hello hill hopeless horribly hurry illegal keadaan keep
    keeps kerjaan kesukaan kill killed killer killing kiss less letter little look looking looks loose
    loss maaf maafkan manfaat massa meet meeting mess message messed messy middle miss missed missing moo
    mood moon muffin need needed needs noob off offer office ooh oops ooze pass passed passion peek
    pertanyaan perusahaan piss pissed pizza pool poop poor pretty professional really reef room root saat
    school scroll see seem seems seen sheesh shitty shoot sleep sleepy slippery small smell smells smelly
    soon sorry speed spell spooky staff stall still stress stressed stuff succeed success suffer suffering
    suggest sunny support sweet swell taat tall teen tell terrible terrific terrified thrilled till
    tomorrow too took tool tooth totally traffic tree troll unhappy useless vroom wall wee weed week
    weekend well whoop will witty woo wood worried worry yahoo yell yellow yippee yummy zoo zoom
"""
_WORDS = frozenset(_DOUBLED.split())
_SOUND = "grrr"  # VADER knows it by three letters


def shorten(text: str) -> str:
    """Return a text with letters that stand three times or more as often as the word wants them.

    Once, or twice where that makes a word of which it is known; a word of one letter ("zzz") stays.

    >>> shorten("baguuus sooo goood, zzz")
    'bagus so good, zzz'
    """
    return _LETTERS.sub(_shorten, text) if _has_long(text) else text


def _has_long(text: str) -> bool:
    try:
        return bool(_find_long(text))
    except UnicodeEncodeError:  # lone surrogates
        return True


def _shorten(match: re.Match[str]) -> str:
    word = match[0]
    if not _LONG.search(word):
        return word
    once = _RUN.sub(r"\1", word)
    if len(once) == 1:
        return word
    if (thrice := _RUN.sub(r"\1\1\1", word)).lower() == _SOUND:
        return thrice
    twice = _RUN.sub(r"\1\1", word)
    return twice if twice.lower() in _WORDS else once
