from types import SimpleNamespace

import pytest

from agents.slab import in_parts


def records(*sizes):
    return [SimpleNamespace(offset=i, value=b"x" * size if size else None) for i, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [
        ((), []),
        ((3, 3, 4), [3]),
        ((3, 3, 5), [2, 1]),
        ((50, 1), [1, 1]),
        ((1, 50, 1), [1, 1, 1]),
        ((0, 0, 0), [3]),
    ],
)
def test_records_come_in_parts_of_bounded_size(sizes, parts):
    found = list(in_parts(records(*sizes), 10))
    assert [len(part) for part in found] == parts
    assert [record.offset for part in found for record in part] == list(range(len(sizes)))
