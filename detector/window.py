"""What a detector sees of one brand: the sums of the last so many one-minute buckets."""

from __future__ import annotations

from msgspec import Struct

from detector.clock import Minute


class Window(Struct, frozen=True):
    """Sums over the buckets ``minute - length + 1 .. minute`` of one brand.

    `posts` and `negatives` count each author once, so that one furious author is one voice;
    posts without an author count singly. `known` is False when the sources were silent, in which case
    zero posts say nothing. `new_posts` and `new_negatives` are those voices that were not in the window
    one minute before; only windows for detectors that judge at the close have them.
    """

    minute: Minute
    length: int
    posts: int
    negatives: int
    known: bool = True
    new_posts: int = 0
    new_negatives: int = 0
