"""Which partition a brand lives on: Kafka's own default partitioner, so that any client agrees."""

from __future__ import annotations

_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def murmur2(key: bytes) -> int:
    """Return the 32-bit Murmur2 hash with Kafka's seed, as an unsigned integer.

    Source: `org.apache.kafka.common.utils.Utils.murmur2` (the hash of A. Appleby, 2008).

    >>> murmur2(b"21")  # Kafka's own test vector, -973932308 as a signed integer
    3321034988
    """
    length = len(key)
    h = (_SEED ^ length) & _MASK
    whole = length & ~3
    for i in range(0, whole, 4):
        k = (int.from_bytes(key[i : i + 4], "little") * _M) & _MASK
        k = ((k ^ (k >> 24)) * _M) & _MASK
        h = ((h * _M) & _MASK) ^ k
    if whole < length:
        h = ((h ^ int.from_bytes(key[whole:], "little")) * _M) & _MASK
    h = ((h ^ (h >> 13)) * _M) & _MASK
    return h ^ (h >> 15)


def partition_of(brand: str, partitions: int) -> int:
    """Return the partition of a brand: ``(murmur2(utf-8) & 0x7fffffff) % partitions``.

    Parameters
    ----------
    brand
        The brand's key as configured.
    partitions
        Number of partitions of the topic, 1 or more.
    """
    if partitions < 1:
        raise ValueError(f"no partitions: got {partitions}; expected 1 or more; run `siaga topics`")
    return (murmur2(brand.encode()) & 0x7FFFFFFF) % partitions
