import pytest

from detector.routing import murmur2, partition_of


@pytest.mark.parametrize(
    ("key", "signed"),
    # The test vectors of Kafka's own UtilsTest.
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_kafkas_vectors(key, signed):
    assert murmur2(key) == signed & 0xFFFFFFFF


def test_no_partitions():
    message = r"^no partitions: got 0; expected 1 or more; run `siaga topics`$"
    with pytest.raises(ValueError, match=message):
        partition_of("biznet", 0)
