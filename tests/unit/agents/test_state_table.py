from types import SimpleNamespace

import pytest

from agents.state_table import StateTable
from detector.codec import CodecError


class App:
    """Makes one table that keeps what a Faust table would."""

    def __init__(self):
        self.store = SimpleNamespace(data={}, _key_partition={})
        self.recovered = []

    def Table(self, name, **settings):
        self.settings = settings
        topic = f"app-{name}-changelog"
        return SimpleNamespace(changelog_topic_name=topic, data=self.store, on_recover=self.recovered.append)


def test_a_write_is_kept_with_its_partition_and_a_deletion_leaves_nothing():
    app = App()
    table = StateTable(app, "state", partitions=4)
    table.keep(1, "1/header", b"one")
    table.keep(12, "12/header", b"twelve")
    table.keep(1, "1/minute/7/0", b"old")
    table.keep(1, "1/minute/7/0", None)
    table.keep(1, "1/minute/8/0", None)
    assert table.entries(1) == {"1/header": b"one"}
    assert table.entries(12) == {"12/header": b"twelve"}
    assert table.entries(2) == {}
    assert app.store._key_partition == {b"1/header": 1, b"12/header": 12}


def test_the_table_is_plain_bytes_and_named_by_its_changelog():
    app = App()
    table = StateTable(app, "state", partitions=4)
    assert table.topic == "app-state-changelog"
    assert app.settings == {"key_type": bytes, "value_type": bytes, "partitions": 4}
    table.on_recover("hook")
    assert app.recovered == ["hook"]


def test_a_key_that_is_no_text_is_named():
    app = App()
    app.store.data[b"1/brand/\xff"] = b"one"
    table = StateTable(app, "state", partitions=4)
    with pytest.raises(
        CodecError, match=r"broken state key; restore the changelog topic: got b'1/brand/\\xff'"
    ):
        table.entries(1)
    assert table.entries(2) == {}
