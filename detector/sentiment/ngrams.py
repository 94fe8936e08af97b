"""A table of n-gram weights, as training wrote it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from itertools import pairwise
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.sentiment.grams import turned

UNKNOWN: Final = 0
"""The number of a word that the table does not have."""

_BITS = 16
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the same table is the same bytes


@dataclass(frozen=True, slots=True, eq=False)
class NgramTable:
    """Weights of words and of pairs of words.

    A weight is two numbers in one: what an n-gram adds to the negative class (real) and to the positive
    one (imaginary) against the neutral class; a regression has plain numbers. Complex, because a text's
    weights are then summed in one pass.

    `ids` numbers the words from 1; `turned` has, by number, that of the word where a negator turns it;
    `words` the weights by number, nothing at 0; `pairs` those of pairs of numbers, packed into one; `bias`
    is the weight of every text; `digest` changes with the content.
    """

    ids: dict[str, int]
    turned: list[int]
    words: list[complex]
    pairs: dict[int, complex]
    bias: complex
    digest: str

    def total(self, ids: Sequence[int]) -> complex:
        """Return the sum of the weights of a text's words and pairs, and the bias.

        The sum is divided by the root of the number of words, so that long texts are no surer than they
        should be.

        Parameters
        ----------
        ids
            The numbers of its words in order, `UNKNOWN` ones included.
        """
        if not ids:
            return self.bias
        find = self.pairs.get
        weights = [weight for first, second in pairwise(ids) if (weight := find(first << _BITS | second))]
        weights += map(self.words.__getitem__, ids)
        return self.bias + sum(weights) / sqrt(len(ids))

    def pair(self, first: int, second: int) -> complex:
        """Return the weight of a pair of numbers, 0 where the table does not have it."""
        return self.pairs.get(first << _BITS | second, 0.0)


def table_bytes(
    names: Sequence[str],
    weights: NDArray[np.float64],
    pairs: NDArray[np.uint16],
    pair_weights: NDArray[np.float64],
    bias: Sequence[float],
) -> bytes:
    """Return a table as a file's content (npz).

    Parameters
    ----------
    names
        Words; the first has number 1. At most 65,535.
    weights, pair_weights
        Two columns: real and imaginary part; rounded to half precision.
    pairs
        Two columns: the numbers of the words.
    bias
        Real and imaginary part.
    """
    arrays: dict[str, NDArray[np.generic]] = {
        "names": np.frombuffer("\n".join(names).encode(), np.uint8),
        "weights": weights.astype(np.float16),
        "pairs": pairs.astype(np.uint16),
        "pair_weights": pair_weights.astype(np.float16),
        "bias": np.array(bias, np.float64),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            one = io.BytesIO()
            np.save(one, array, allow_pickle=False)
            entry = zipfile.ZipInfo(name + ".npy", _FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, one.getvalue())
    return file.getvalue()


def table_from(data: bytes) -> NgramTable:
    """Return the table of a file's content."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        names = file["names"].tobytes().decode().split("\n")
        first, second = file["pairs"].T.astype(np.int64)
        ids = {name: number for number, name in enumerate(names, 1)}
        pair_weights = _plain(file["pair_weights"])
        return NgramTable(
            ids=ids,
            turned=[UNKNOWN, *(ids.get(turned(name), UNKNOWN) for name in names)],
            words=[0.0, *_plain(file["weights"])],
            pairs=dict(zip((first << _BITS | second).tolist(), pair_weights, strict=True)),
            bias=_plain(file["bias"][None])[0],
            digest=blake2b(data, digest_size=4).hexdigest(),
        )


@cache
def shipped_table(language: str) -> NgramTable:
    """Return the table that is part of the program, loaded at the first call: of ``id`` or ``en``."""
    return table_from((files("detector.sentiment") / "data" / f"{language}_ngrams.npz").read_bytes())


def _plain(weights: NDArray[np.floating]) -> list[complex]:
    """Return two columns as complex numbers, or as real ones where the second is empty."""
    wide = weights.astype(np.float64)
    if wide[:, 1].any():
        return list(wide.view(np.complex128).ravel().tolist())
    return list(wide[:, 0].tolist())
