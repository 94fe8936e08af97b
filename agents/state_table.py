"""The state of all partitions of this worker, as Faust restores it from its changelog topic."""

from __future__ import annotations

from typing import Any

from detector.state import entries_of


class StateTable:
    """A Faust table that is read at a restore and written past its own change tracking.

    Faust only logs a failed changelog write; siaga sends the writes itself, waits for each, and then tells
    the table what it would know after a restart.

    Parameters
    ----------
    app
        The Faust app.
    name
        Of the table; its changelog topic is ``<app id>-<name>-changelog``.
    partitions
        Of the changelog topic.
    """

    def __init__(self, app: Any, name: str, partitions: int) -> None:
        self._table = app.Table(name, key_type=bytes, value_type=bytes, partitions=partitions)

    @property
    def topic(self) -> str:
        """Full name of the changelog topic."""
        return str(self._table.changelog_topic_name)

    def on_recover(self, fun: Any) -> None:
        """Call an async function without arguments whenever the table has been restored."""
        self._table.on_recover(fun)

    def entries(self, partition: int) -> dict[str, bytes]:
        """Return the keys and values of one partition.

        Raises
        ------
        CodecError
            When a key is no text.
        """
        prefix = f"{partition}/".encode()
        return entries_of(item for item in self._store.data.items() if item[0].startswith(prefix))

    def keep(self, partition: int, key: str, value: bytes | None) -> None:
        """Take in a write that is durable; None deletes."""
        raw = key.encode()
        if value is None:
            self._store.data.pop(raw, None)
            self._store._key_partition.pop(raw, None)
        else:
            self._store.data[raw] = value
            # Faust forgets a lost partition's keys only where it knows their partition.
            self._store._key_partition[raw] = partition

    @property
    def size(self) -> tuple[int, int]:
        """Number of records of this worker's partitions, and bytes of their keys and values."""
        held = list(self._store.data.items())
        return len(held), sum(len(key) + len(value) for key, value in held)

    @property
    def _store(self) -> Any:
        return self._table.data
