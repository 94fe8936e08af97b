"""The language of a text by the vote of its function words: Indonesian, English, both, or unknown."""

from __future__ import annotations

import string

from detector.sentiment import Language
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
    while still again never every much many
"""
_ID, _EN, _NONE = 1, 2, 0
_VOTES = dict.fromkeys(_INDONESIAN.split(), _ID) | dict.fromkeys(_ENGLISH.split(), _EN)
_MIXED_SHARE = 1 / 5


def _vote(token: str) -> int:
    word = token.strip(string.punctuation).lower().replace("’", "'")
    return _VOTES.get(word, _NONE)


_votes = Memo(_vote)


def language_of(tokens: list[str], hint: str | None = None) -> Language:
    """Return the language of a text given by its tokens.

    Parameters
    ----------
    tokens
        The text, split at white space.
    hint
        The source's language tag (BCP 47), used only where no function word votes.

    Returns
    -------
    Language
        ``mixed`` when the smaller side has a fifth of the votes or more, ``und`` without votes or a
        usable hint. Malay counts as Indonesian.
    """
    votes = list(map(_votes.__getitem__, tokens))
    indonesian, english = votes.count(_ID), votes.count(_EN)
    if not indonesian and not english:
        return _hinted(hint)
    if min(indonesian, english) >= _MIXED_SHARE * (indonesian + english):
        return "mixed"
    return "id" if indonesian > english else "en"


def _hinted(hint: str | None) -> Language:
    primary = (hint or "").lower().replace("_", "-").partition("-")[0]
    if primary in ("id", "in", "ms", "ind", "may", "msa"):
        return "id"
    return "en" if primary in ("en", "eng") else "und"
