"""What is usual at this time of day: sums of the window counts by quarter hour over the last week."""

from __future__ import annotations

from array import array

from detector.clock import DAY_MIN, Minute

SLOT_MIN = 15
SLOTS_PER_DAY = DAY_MIN // SLOT_MIN
# Seven days are looked back on; the eighth is the one being written.
DAYS_BACK = 7
REACH_MIN = 30
_SLOTS = SLOTS_PER_DAY * (DAYS_BACK + 1)


class DayShape:
    """Window counts of the last eight days in quarter-hour slots, and the mean of any time of day.

    `mean_at` rests on minutes at least ``DAY_MIN - REACH_MIN - SLOT_MIN`` before the asked one, so
    what happens today never changes it. Slots at the rim are weighted by the minutes they share.
    """

    __slots__ = ("_columns", "_minutes", "_sums")

    def __init__(self) -> None:
        self._sums = array("q", bytes(8 * _SLOTS))
        self._minutes = bytearray(_SLOTS)
        self._columns: dict[int, tuple[int, int, int]] = {}

    def start_slot(self, minute: Minute) -> None:
        """Forget what the minute's slot held eight days ago."""
        at = minute // SLOT_MIN % _SLOTS
        self._sums[at] = 0
        self._minutes[at] = 0

    def add(self, minute: Minute, count: int) -> None:
        """Count the window that ends at an observed minute."""
        at = minute // SLOT_MIN % _SLOTS
        self._sums[at] += count
        self._minutes[at] += 1

    def add_silence(self, minute: Minute, minutes: int) -> None:
        """Count windows without a post: so many from a minute on, all in its slot."""
        self._minutes[minute // SLOT_MIN % _SLOTS] += minutes

    def mean_at(self, minute: Minute) -> float | None:
        """Return the mean window count at the same time of day, within half an hour, or None if unseen."""
        first, last = minute - REACH_MIN, minute + REACH_MIN
        count = observed = 0
        for slot in range(first // SLOT_MIN, last // SLOT_MIN + 1):
            start = slot * SLOT_MIN
            weight = min(last, start + SLOT_MIN - 1) - max(first, start) + 1
            column = self._column(slot)
            count += weight * column[1]
            observed += weight * column[2]
        return count / observed if observed else None

    def _column(self, slot: int) -> tuple[int, int, int]:
        """Return the slot with the sums over its time of day in the last week, which no longer change."""
        cached = self._columns.get(slot % 8)
        if cached is not None and cached[0] == slot:
            return cached
        count = observed = 0
        for back in range(1, DAYS_BACK + 1):
            at = (slot - back * SLOTS_PER_DAY) % _SLOTS
            count += self._sums[at]
            observed += self._minutes[at]
        column = (slot, count, observed)
        self._columns[slot % 8] = column
        return column

    def state(self) -> tuple[list[int], bytes]:
        """Return sums and observed minutes by slot."""
        return self._sums.tolist(), bytes(self._minutes)

    def restore(self, sums: list[int], minutes: bytes) -> None:
        """Take what `state` returned."""
        self._sums = array("q", sums)
        self._minutes = bytearray(minutes)
        self._columns = {}
