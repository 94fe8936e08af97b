"""The language of a text: Indonesian, English, both, or unknown.

Function words vote. Where none does, the source's tag counts; without one, py3langid (naive Bayes over
byte n-grams; Lui & Baldwin 2012) chooses between the two, where it is sure.
"""

from __future__ import annotations

import string
from collections.abc import Sequence

from detector.sentiment import Language
from detector.sentiment.guess import guess
from detector.sentiment.memo import Memo

# The commonest words of each language that are no word of the other; informal spellings included.
_INDONESIAN = """
    yang yg dan di dari ini itu dengan dgn untuk utk buat tidak tdk gak ga gk nggak ngga enggak tak kagak
    bukan bkn belum blm blom jangan jgn akan pada juga jg saya sy aku aq gue gw gua kamu kau lu elo dia
    mereka kita kami kalian anda ke karena krn karna tersebut bisa bsa ada adalah ialah lebih atau hanya
    oleh sudah sdh udah udh dah telah jika kalau kalo klo saat ketika seperti kayak kyk apa apakah siapa
    kapan mana dimana kenapa knp mengapa bagaimana gimana gmn aja saja doang sih dong donk deh kok lah nih
    tuh kah pun nya ya yaa iya banget bgt sangat sekali terlalu paling lagi masih msh jadi jd sama tapi tp
    tetapi namun padahal mau pengen ingin harus kak gan pak bu mas mbak mba semua banyak bnyk sedikit
    dalam dlm antara tanpa sampai sampe terus trs trus baru sekarang skrg tadi kemarin besok hari orang
    org punya pakai pake bikin kasih kan biar cuma cuman malah emang memang mungkin pernah sering setiap
    tiap para sebuah suatu satu dua tiga begitu begini gini gitu situ sini sana
"""
_ENGLISH = """
    the a an is are was were be been being am i you he she it we they my your his her its our their me us
    them this that these those and or but if of in to for with from at by as not don't dont can't cant
    didn't isn't doesn't won't wasn't i'm im i've ive it's you're have has had do does did doing will
    would could should can may might what when where why who how which there here just so than then too
    very all any some more most no now out up about after before into over only own same get got because
    while still again never every much many on both another other really ever yet he she him who's there's
    that's thats what's whats let's we're they're haven't hasn't wouldn't couldn't aren't weren't ain't
    today tonight tomorrow want need know think going works worked works back first last next way yeah yep
"""
# A vote is a number of which a sum holds both counts: a text has fewer tokens than `_ENGLISH_VOTE`.
_INDONESIAN_VOTE, _ENGLISH_VOTE = 1, 1 << 16
_VOTES = dict.fromkeys(_INDONESIAN.split(), _INDONESIAN_VOTE) | dict.fromkeys(_ENGLISH.split(), _ENGLISH_VOTE)
_MIXED_SHARE = 1 / 5


def _vote(token: str) -> int:
    if token.isalpha():  # most are: the quick way
        return _VOTES.get(token.lower(), 0)
    return _VOTES.get(token.strip(string.punctuation).lower().replace("’", "'"), 0)


_votes = Memo(_vote)


def language_of(tokens: Sequence[str], hint: str | None = None) -> Language:
    """Return the language of a text given by its tokens: by vote, by the source's tag, or by a sure guess.

    Parameters
    ----------
    tokens
        The text, split at white space.
    hint
        The source's language tag (BCP 47), used only where no function word votes; where it is of neither
        language, the text is not guessed at.

    Returns
    -------
    Language
        ``mixed`` when the smaller side has a fifth of the votes or more; ``und`` without votes where the
        hint is another language, or there is none and the guess is not sure. Malay counts as Indonesian.
    """
    return named(voted(tokens, hint), tokens, hint)


def voted(tokens: Sequence[str], hint: str | None = None) -> Language:
    """Return the same without a guess: what decides by which words a text is scored."""
    votes = sum(map(_votes.__getitem__, tokens))
    if not votes:
        return _hinted(hint) if hint else "und"
    english, indonesian = divmod(votes, _ENGLISH_VOTE)
    if indonesian and english and min(indonesian, english) >= _MIXED_SHARE * (indonesian + english):
        return "mixed"
    return "id" if indonesian > english else "en"


def named(language: Language, tokens: Sequence[str], hint: str | None = None) -> Language:
    """Return the language to report of a text whose vote is known.

    A guess only names it: such a text is short, and is scored by the words of both languages.
    """
    return language if language != "und" or hint else _guessed(tokens)


def _hinted(hint: str) -> Language:
    primary = hint.lower().replace("_", "-").partition("-")[0]
    if primary in ("id", "in", "ms", "ind", "may", "msa"):
        return "id"
    return "en" if primary in ("en", "eng") else "und"


def _guessed(tokens: Sequence[str]) -> Language:
    """Return the likelier language of plain words, where that is sure."""
    words = (word.strip(string.punctuation) for word in " ".join(tokens).replace("_", " ").split())
    text = " ".join(filter(str.isalpha, words)).lower()
    if not text or not text.isprintable():
        return "und"
    return guess()(text)
