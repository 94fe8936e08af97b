"""Makes broken input out of good input."""

from __future__ import annotations

import random
from collections.abc import Sequence

_NUMBERS = (0, 1, 0x7F, 0x80, 0xC0, 0xC1, 0xDC, 0xDD, 0xDF, 0xFF)
_MOST = 1 << 16


class Mutator:
    """An endless source of input; the same seed gives the same input.

    Parameters
    ----------
    seeds
        Good input; what is made begins as one of them.
    words
        Pieces that mean something in this format.
    seed
        Of the random numbers.
    """

    def __init__(self, seeds: Sequence[bytes], words: Sequence[bytes], seed: int) -> None:
        self._seeds = list(seeds)
        self._words = list(words)
        self._random = random.Random(seed)
        self._ways = (
            self._flip,
            self._set,
            self._cut,
            self._repeat,
            self._insert_word,
            self._insert_noise,
            self._splice,
            self._end,
            self._nest,
            self._widen,
        )

    def next(self) -> bytes:
        """Return the next input, 64 KiB at most."""
        if self._random.random() < 0.02:
            return self._random.randbytes(self._random.randrange(200))
        data = bytearray(self._random.choice(self._seeds))
        for _ in range(1 + int(self._random.expovariate(0.5))):
            self._random.choice(self._ways)(data)
        return bytes(data[:_MOST])

    def _at(self, data: bytearray) -> int:
        return self._random.randrange(len(data) + 1)

    def _span(self, data: bytearray) -> tuple[int, int]:
        begin = self._at(data)
        return begin, min(len(data), begin + 1 + int(self._random.expovariate(0.05)))

    def _flip(self, data: bytearray) -> None:
        if data:
            data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)

    def _set(self, data: bytearray) -> None:
        if data:
            data[self._random.randrange(len(data))] = self._random.choice(_NUMBERS)

    def _cut(self, data: bytearray) -> None:
        begin, end = self._span(data)
        del data[begin:end]

    def _repeat(self, data: bytearray) -> None:
        begin, end = self._span(data)
        times = self._random.choice((1, 1, 1, 3, 200))
        data[end:end] = data[begin:end] * times

    def _insert_word(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._random.choice(self._words)

    def _insert_noise(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._random.randbytes(self._random.randrange(1, 9))

    def _splice(self, data: bytearray) -> None:
        other = self._random.choice(self._seeds)
        data[self._at(data) :] = other[self._random.randrange(len(other) + 1) :]

    def _end(self, data: bytearray) -> None:
        del data[self._at(data) :]

    def _nest(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._random.choice((b"[", b'{"a":', b"\x91", b"- ", b"{")) * self._random.choice(
            (2, 50, 5_000)
        )

    def _widen(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._random.choice(
            (b"9", b"a", b" ", b"\n", b"\xf0\x9f\x98\xa1")
        ) * self._random.choice((30, 9_000))
