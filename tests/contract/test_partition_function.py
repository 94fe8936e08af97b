"""Where a brand lives is a contract with Kafka's own clients, and with everything already written."""

import pytest
from kafka.partitioner.default import DefaultPartitioner
from kafka.partitioner.default import murmur2 as kafka_murmur2

from detector.routing import murmur2, partition_of
from tests.golden_file import golden

BRANDS = ("a", "ab", "abc", "abcd", "biznet", "kopi-jago", "nusa-indah", "delta-air-lines", "0", "x" * 64)
PARTITIONS = (1, 2, 3, 4, 8, 12, 16, 64)


class Cluster:
    """What a client knows of a topic."""

    def __init__(self, partitions: int) -> None:
        self._partitions = set(range(partitions))

    def topics(self):
        return {"incidents"}

    def partitions_for_topic(self, _topic):
        return self._partitions

    available_partitions_for_topic = partitions_for_topic


def test_brands_stay_where_they_are():
    rows = [["brand", *map(str, PARTITIONS)]]
    rows += [[brand, *(str(partition_of(brand, p)) for p in PARTITIONS)] for brand in BRANDS]
    present = "".join(f"{row[0]:<66}" + "".join(f"{cell:>4}" for cell in row[1:]) + "\n" for row in rows)
    assert present == golden("partitions.txt", present)


@pytest.mark.parametrize("partitions", PARTITIONS)
def test_kafkas_own_partitioner_agrees(partitions):
    for brand in (*BRANDS, "naïve", "merek-😀", *(f"brand-{i}" for i in range(200))):
        key = brand.encode()
        theirs = DefaultPartitioner().partition("incidents", brand, key, None, None, Cluster(partitions))
        assert partition_of(brand, partitions) == theirs


@pytest.mark.parametrize("length", range(40))
def test_the_hash_is_kafkas_for_every_length(length):
    for key in (b"\xff" * length, b"\0" * length, bytes(range(200, 200 + length))):
        assert murmur2(key) == kafka_murmur2(key) & 0xFFFFFFFF
